import {
  type FieldProblem,
  type ItemRow,
  type NewRequestErrors,
  type NewRequestField,
  type NewRequestValues,
  type QuestionRow,
} from '../../../web/pages/staff/new-request-form.ts';
import {
  type NewRequestInput,
  newRequestSchema,
  type ParsedNewRequest,
} from '../../intake/rules/new-request.ts';
import { instantOf, isZone } from '../../lib/zones.ts';

const bytesInMegabyte = 1024 * 1024;

type Result =
  | { request: ParsedNewRequest; errors?: undefined }
  | { request?: undefined; errors: NewRequestErrors };

/**
 * What staff typed, as a request; or what is wrong with it, each beside its field.
 * @param destinations those that can be chosen
 */
export const parseNewRequestForm = (
  values: NewRequestValues,
  destinations: readonly { id: string; name: string }[],
  now: Date,
): Result => {
  const errors: NewRequestErrors = {};
  const wrong = (field: NewRequestField, problem: FieldProblem): undefined => {
    errors[field] ??= { problem };
    return undefined;
  };
  if (values.title.trim() === '') wrong('title', 'required');
  else if (values.title.trim().length > 200) wrong('title', 'too-long');
  const number = (field: NewRequestField, text: string, unit = 1): number | null => {
    if (text.trim() === '') return null;
    const value = Number(text.trim());
    if (!Number.isInteger(value)) return wrong(field, 'not-a-number') ?? null;
    return value * unit;
  };
  const input: NewRequestInput = {
    title: values.title,
    instructions: values.instructions,
    deadline: readDeadline(values, now, wrong),
    deadlineZone: isZone(values.deadlineZone) ? values.deadlineZone : 'UTC',
    graceMinutes: number('graceMinutes', values.graceMinutes) ?? 0,
    takeBackMinutes: number('takeBackMinutes', values.takeBackMinutes) ?? 0,
    password: values.password === '' ? null : values.password,
    maxFileBytes: number('maxFileMegabytes', values.maxFileMegabytes, bytesInMegabyte),
    maxFilesPerSubmission: number('maxFiles', values.maxFiles),
    maxBytesPerSubmission: number('maxTotalMegabytes', values.maxTotalMegabytes, bytesInMegabyte),
    allowedTypes: readTypes(values.allowedTypes),
    items: readItems(values.items, number, wrong),
    fields: readQuestions(values.questions, wrong),
    destinations: values.destinationIds.flatMap((id) => {
      const name = destinations.find((destination) => destination.id === id)?.name;
      return name === undefined ? (wrong('destinationIds', 'unknown-destination') ?? []) : [name];
    }),
  };
  const parsed = newRequestSchema.safeParse(input);
  if (!parsed.success)
    for (const issue of parsed.error.issues) {
      const field = fieldAt(issue.path, values.items);
      if (field !== undefined) wrong(field, problemOf(issue.code));
      else if (Object.keys(errors).length === 0) wrong('title', 'invalid');
    }
  return parsed.success && Object.keys(errors).length === 0 ? { request: parsed.data } : { errors };
};

/** Where a mistake that the schema found is shown. */
const fieldOf: Partial<Record<string, NewRequestField>> = {
  title: 'title',
  instructions: 'instructions',
  deadline: 'deadline',
  deadlineZone: 'deadlineZone',
  graceMinutes: 'graceMinutes',
  takeBackMinutes: 'takeBackMinutes',
  password: 'password',
  maxFileBytes: 'maxFileMegabytes',
  maxFilesPerSubmission: 'maxFiles',
  maxBytesPerSubmission: 'maxTotalMegabytes',
  allowedTypes: 'allowedTypes',
  destinations: 'destinationIds',
};

const itemFieldOf: Partial<Record<string, Exclude<keyof ItemRow, 'required'>>> = {
  maxFileBytes: 'maxFileMegabytes',
  maxFiles: 'maxFiles',
  allowedTypes: 'allowedTypes',
};

/** Items count without blank rows, and two of one name are told at the second. */
const fieldAt = (path: readonly PropertyKey[], rows: readonly ItemRow[]): NewRequestField | undefined => {
  if (path[0] !== 'items') return fieldOf[String(path[0])];
  const labels = rows.map(({ label }) => label.trim().toLowerCase());
  const filled = [...labels.keys()].filter((index) => labels[index] !== '');
  const second = filled.find((index) => labels.indexOf(labels[index] ?? '') !== index);
  const row = path.length === 1 ? second : filled[Number(path[1])];
  return `item.${row ?? 0}.${itemFieldOf[String(path[2])] ?? 'label'}`;
};

const problemOf = (issueCode: string): FieldProblem => {
  if (issueCode === 'too_big') return 'out-of-range';
  return issueCode === 'too_small' ? 'too-short' : 'invalid';
};

const readDeadline = (
  values: NewRequestValues,
  now: Date,
  wrong: (field: NewRequestField, problem: FieldProblem) => undefined,
): string | null => {
  if (values.deadline.trim() === '') return null;
  if (!isZone(values.deadlineZone)) return wrong('deadlineZone', 'unknown-zone') ?? null;
  const at = instantOf(values.deadline.trim(), values.deadlineZone);
  if (at === undefined) return wrong('deadline', 'not-a-date') ?? null;
  if (at <= now) return wrong('deadline', 'in-the-past') ?? null;
  return at.toISOString();
};

const readTypes = (text: string): string[] => text.split(/[\s,、]+/).filter((type) => type !== '');

/** Blank rows are passed over. */
const readItems = (
  rows: readonly ItemRow[],
  number: (field: NewRequestField, text: string, unit?: number) => number | null,
  wrong: (field: NewRequestField, problem: FieldProblem) => undefined,
): NonNullable<NewRequestInput['items']> =>
  rows.flatMap((row, index) => {
    const at = `item.${index}` as const;
    const { required, maxFileMegabytes, maxFiles, allowedTypes } = row;
    if (row.label.trim() === '') {
      if (`${maxFileMegabytes}${maxFiles}${allowedTypes}`.trim() !== '')
        wrong(`${at}.label`, 'label-missing');
      return [];
    }
    return [
      {
        label: row.label,
        required,
        maxFileBytes: number(`${at}.maxFileMegabytes`, maxFileMegabytes, bytesInMegabyte),
        maxFiles: number(`${at}.maxFiles`, maxFiles),
        allowedTypes: readTypes(allowedTypes),
      },
    ];
  });

/** Blank rows are passed over. The key of an answer is its row's number: labels may be in any script. */
const readQuestions = (
  rows: readonly QuestionRow[],
  wrong: (field: NewRequestField, problem: FieldProblem) => undefined,
): NonNullable<NewRequestInput['fields']> =>
  rows.flatMap((row, index) => {
    const label = row.label.trim();
    const choices = row.choices
      .split('\n')
      .map((choice) => choice.trim())
      .filter((choice) => choice !== '');
    if (label === '') {
      if (choices.length > 0 || row.required) wrong(`question.${index}.label`, 'label-missing');
      return [];
    }
    if (row.kind === 'choice' && choices.length === 0) wrong(`question.${index}.choices`, 'choices-missing');
    const { kind, required } = row;
    return [{ key: `q${index + 1}`, label, kind, required, ...(kind === 'choice' ? { choices } : {}) }];
  });
