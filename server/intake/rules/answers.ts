import type { RequestField } from '../../../db/schema/index.ts';
import { Failure } from '../../lib/failure.ts';
import { isLocalTime } from '../../lib/zones.ts';

const maxLength = { text: 300, 'long-text': 5000, email: 254, date: 10, choice: 300 } as const;

/** Deliberately loose: the only proof of an address is a mail that arrives. */
const looksLikeEmail = /^[^\s@<>,;:"]+@[^\s@<>,;:"]+\.[^\s@<>,;:"]+$/;

/** One line of text without control characters; for long texts, lines. */
export const cleanText = (text: string, lines = false): string =>
  text
    .normalize('NFC')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(lines ? /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g : /[\u0000-\u001f\u007f-\u009f]/g, ' ')
    .trim();

/**
 * @returns the address, or null when none was given
 * @throws Failure `submission.field-invalid`
 */
export const checkEmail = (text: string | undefined, field = 'email'): string | null => {
  const address = cleanText(text ?? '');
  if (address === '') return null;
  if (address.length > maxLength.email || !looksLikeEmail.test(address))
    throw new Failure('submission.field-invalid', { params: { field } });
  return address;
};

/**
 * The answers to a request's questions, cleaned. What was not asked is dropped.
 * @throws Failure `submission.field-missing` or `submission.field-invalid`, which names the field
 */
export const checkAnswers = (
  fields: readonly RequestField[],
  given: Readonly<Record<string, string>>,
): Record<string, string> =>
  Object.fromEntries(fields.map((field) => [field.key, checkAnswer(field, given)]));

const checkAnswer = (field: RequestField, given: Readonly<Record<string, string>>): string => {
  const text = cleanText(
    Object.hasOwn(given, field.key) ? (given[field.key] ?? '') : '',
    field.kind === 'long-text',
  );
  if (text === '') {
    if (field.required)
      throw new Failure('submission.field-missing', { params: { field: field.key, label: field.label } });
    return '';
  }
  const invalid = () =>
    new Failure('submission.field-invalid', { params: { field: field.key, label: field.label } });
  if (text.length > maxLength[field.kind]) throw invalid();
  if (field.kind === 'email' && !looksLikeEmail.test(text)) throw invalid();
  if (field.kind === 'date' && !isDate(text)) throw invalid();
  if (field.kind === 'choice' && !(field.choices ?? []).includes(text)) throw invalid();
  return text;
};

const isDate = (text: string): boolean => isLocalTime(`${text}T00:00`);
