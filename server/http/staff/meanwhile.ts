import { createHash } from 'node:crypto';
import { ofOneForm, type SharedField } from '../../../web/pages/staff/meanwhile.tsx';
import type { NewRequestValues } from '../../../web/pages/staff/new-request-form.ts';

/**
 * Fingerprints of what a form was filled in from, which it brings along when it is sent: so it is known what its
 * person has changed, and what somebody else has since then.
 */
export const printOf = (values: NewRequestValues): string =>
  sharedOf(values)
    .map((name) => `${name}:${fingerprint(values, name)}`)
    .join(' ');

/** What a form has brought along; empty: nothing. */
export const printIn = (form: FormData): string => {
  const print = form.get('print');
  return typeof print === 'string' ? print : '';
};

/**
 * The form as it is to be saved: what its person changed, and all else as it is now.
 * @param print what the form has brought along; what is none: all that is typed was meant
 * @returns `both`: what its person and somebody else have changed, each otherwise
 */
export const meetingOf = (
  typed: NewRequestValues,
  { print, now }: { print: string; now: NewRequestValues },
): { values: NewRequestValues; both: SharedField[] } => {
  const before = readPrint(print);
  const names = sharedOf(typed).filter((name) => before.has(name));
  const untouched = names.filter((name) => fingerprint(typed, name) === before.get(name));
  const both = names.filter((name) => {
    const current = fingerprint(now, name);
    return !untouched.includes(name) && current !== before.get(name) && current !== fingerprint(typed, name);
  });
  const kept = Object.fromEntries(untouched.map((name) => [name, now[name]]));
  return { values: { ...typed, ...kept }, both };
};

const sharedOf = (values: NewRequestValues): SharedField[] =>
  (Object.keys(values) as (keyof NewRequestValues)[]).filter(
    (name): name is SharedField => !(ofOneForm as readonly string[]).includes(name),
  );

const fingerprint = (values: NewRequestValues, name: SharedField): string =>
  createHash('sha256')
    .update(JSON.stringify(meant(values, name)))
    .digest('base64url')
    .slice(0, 16);

/** Without what no one typed: blank rows, the order of destinations, and how a browser ends lines. */
const meant = (values: NewRequestValues, name: SharedField): unknown => {
  if (name === 'destinationIds') return values.destinationIds.toSorted();
  if (name === 'items') return values.items.filter(({ id, label }) => `${id}${label}`.trim() !== '').map(row);
  if (name === 'questions')
    return values.questions.filter(({ key, label }) => `${key}${label}`.trim() !== '').map(row);
  const value = values[name];
  return typeof value === 'string' ? text(value) : value;
};

const row = (given: object): object =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, typeof value === 'string' ? text(value) : value]),
  );

const text = (value: string): string => value.replaceAll('\r\n', '\n').trim();

const readPrint = (print: string): Map<string, string> =>
  new Map(print.split(' ').map((part) => [part.split(':')[0] ?? '', part.split(':')[1] ?? '']));
