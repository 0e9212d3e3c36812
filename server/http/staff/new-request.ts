import type { z } from 'zod';
import { parseLanguage } from '../../../web/i18n/index.ts';
import {
  type FieldProblem,
  type ItemRow,
  itemList,
  type NewRequestErrors,
  type NewRequestField,
  type NewRequestValues,
  type QuestionRow,
  questionList,
  type RowList,
} from '../../../web/pages/staff/new-request-form.ts';
import type { RequestContent } from '../../intake/request-content.ts';
import {
  type NewRequestInput,
  newRequestSchema,
  type ParsedNewRequest,
  type TemplateContent,
} from '../../intake/rules/new-request.ts';
import { showsSomething } from '../../intake/rules/visible-text.ts';
import { instantOf, isZone, localOf } from '../../lib/zones.ts';

const bytesInMegabyte = 1024 * 1024;

type Result =
  | { request: ParsedNewRequest; errors?: undefined }
  | { request?: undefined; errors: NewRequestErrors };

/**
 * What staff typed, as a request; or what is wrong with it, each beside its field.
 * @param known what can be chosen from
 * @param kept what the form was filled in from: what it does not show stays, and a deadline of a request that is there
 *   already may have passed
 */
export const parseNewRequestForm = (
  values: NewRequestValues,
  known: Record<'destinations' | 'teams', readonly { id: string; name: string }[]>,
  now: Date,
  kept?: KeptSettings,
): Result => {
  const errors: NewRequestErrors = {};
  const wrong = (field: NewRequestField, problem: FieldProblem): undefined => {
    errors[field] ??= { problem };
    return undefined;
  };
  if (!showsSomething(values.title)) wrong('title', 'required');
  const number = (field: NewRequestField, text: string, unit = 1): number | null => {
    // Full-width digits are digits.
    const typed = text.normalize('NFKC').trim();
    if (typed === '') return null;
    if (unit === 1) return /^\d+$/.test(typed) ? Number(typed) : (wrong(field, 'not-a-number') ?? null);
    const isDecimal = /^(\d+\.?\d*|\.\d+)$/.test(typed);
    return isDecimal ? Math.round(Number(typed) * unit) : (wrong(field, 'not-a-decimal') ?? null);
  };
  const input: NewRequestInput = {
    // Of this the form knows nothing.
    ...(kept !== undefined && { resumeMinutes: kept.resumeMinutes }),
    title: values.title,
    team: readTeam(values.team, known.teams, wrong),
    account: values.account,
    instructions: values.instructions,
    deadline: readDeadline(values, now, wrong, kept),
    deadlineZone: isZone(values.deadlineZone) ? values.deadlineZone : 'UTC',
    graceMinutes: number('graceMinutes', values.graceMinutes) ?? 0,
    takeBackMinutes: number('takeBackMinutes', values.takeBackMinutes) ?? 0,
    retentionDays: number('retentionDays', values.retentionDays),
    password: values.password === '' ? null : values.password,
    maxFileBytes: number('maxFileMegabytes', values.maxFileMegabytes, bytesInMegabyte),
    maxFilesPerSubmission: number('maxFiles', values.maxFiles),
    maxBytesPerSubmission: number('maxTotalMegabytes', values.maxTotalMegabytes, bytesInMegabyte),
    allowedTypes: readTypes(values.allowedTypes),
    languages: readLanguages(values.languages, wrong),
    nextcloudPageAllowed: values.nextcloudPageAllowed,
    maxBytesPerRequest: number('maxRequestMegabytes', values.maxRequestMegabytes, bytesInMegabyte),
    deliverPer: values.deliverPer,
    unscanned: values.unscanned,
    afterImport: values.afterImport,
    deleteAfterDays: number('deleteAfterDays', values.deleteAfterDays) ?? undefined,
    items: readItems(values.items, number, wrong),
    fields: readQuestions(values.questions, wrong),
    destinations: values.destinationIds.flatMap((id) => {
      const name = known.destinations.find((destination) => destination.id === id)?.name;
      return name === undefined ? (wrong('destinationIds', 'unknown-destination') ?? []) : [name];
    }),
  };
  const parsed = newRequestSchema.safeParse(input);
  if (!parsed.success)
    for (const issue of parsed.error.issues) {
      const field = fieldAt(issue.path, values);
      if (field !== undefined) wrong(field, problemOf(issue));
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
  retentionDays: 'retentionDays',
  password: 'password',
  maxFileBytes: 'maxFileMegabytes',
  maxFilesPerSubmission: 'maxFiles',
  maxBytesPerSubmission: 'maxTotalMegabytes',
  maxBytesPerRequest: 'maxRequestMegabytes',
  deleteAfterDays: 'deleteAfterDays',
  allowedTypes: 'allowedTypes',
  languages: 'languages',
  destinations: 'destinationIds',
};

/** The same for rows, by what the schema calls them. */
const rowsOf = {
  items: {
    of: 'items',
    at: (row: number, part: string) => `item.${row}.${itemPartOf[part] ?? 'label'}` as const,
  },
  fields: {
    of: 'questions',
    at: (row: number, part: string) => `question.${row}.${part === 'choices' ? 'choices' : 'label'}` as const,
  },
} as const;

const itemPartOf: Partial<Record<string, Exclude<keyof ItemRow, 'required' | 'id'>>> = {
  maxFileBytes: 'maxFileMegabytes',
  maxFiles: 'maxFiles',
  allowedTypes: 'allowedTypes',
};

/** Rows count without blank ones, and two of one name are told at the second. */
const fieldAt = (
  [list, place, part]: readonly PropertyKey[],
  values: NewRequestValues,
): NewRequestField | undefined => {
  if (list !== 'items' && list !== 'fields') return fieldOf[String(list)];
  const { of, at } = rowsOf[list];
  const labels = values[of].map(({ label }) => label.trim().toLowerCase());
  const filled = [...labels.keys()].filter((index) => labels[index] !== '');
  const second = filled.find((index) => labels.indexOf(labels[index] ?? '') !== index);
  const row = place === undefined ? second : filled[Number(place)];
  return at(row ?? 0, String(part));
};

const problemOf = (issue: z.core.$ZodIssue): FieldProblem => {
  if (issue.code !== 'too_big' && issue.code !== 'too_small') return 'invalid';
  if (issue.origin === 'string') return issue.code === 'too_big' ? 'too-long' : 'too-short';
  return issue.code === 'too_big' ? 'out-of-range' : 'not-a-number';
};

export type KeptSettings = Omit<TemplateContent, 'items' | 'destinations'> &
  Partial<Pick<RequestContent, 'deadline'>>;

const readDeadline = (
  values: NewRequestValues,
  now: Date,
  wrong: Wrong,
  kept?: KeptSettings,
): string | null => {
  if (values.deadline.trim() === '') return null;
  if (!isZone(values.deadlineZone)) return wrong('deadlineZone', 'unknown-zone') ?? null;
  // Its seconds are not on the form.
  if (
    typeof kept?.deadline === 'string' &&
    values.deadlineZone === kept.deadlineZone &&
    values.deadline.trim() === localOf(new Date(kept.deadline), kept.deadlineZone)
  )
    return kept.deadline;
  const at = instantOf(values.deadline.trim(), values.deadlineZone);
  if (at === undefined) return wrong('deadline', 'not-a-date') ?? null;
  if (at <= now) return wrong('deadline', 'in-the-past') ?? null;
  return at.toISOString();
};

/** A form without the choice means the first, or the one that it is in. */
const readTeam = (id: string, teams: readonly { id: string }[], wrong: Wrong): string | null => {
  if (id === '') return null;
  return teams.some((team) => team.id === id) ? id : (wrong('team', 'unknown-team') ?? null);
};

const readTypes = (text: string): string[] => text.split(/[\s,、]+/).filter((type) => type !== '');

const readLanguages = (text: string, wrong: Wrong): NewRequestInput['languages'] => {
  if (text === '') return undefined;
  const named = text.split(',').flatMap((name) => parseLanguage(name) ?? []);
  return named.length > 0 ? named : (wrong('languages', 'invalid') ?? ['en']);
};

type Wrong = (field: NewRequestField, problem: FieldProblem) => undefined;

/**
 * Rows without a label are passed over, unless something else was typed in them.
 * @param read is given where the row's inputs are, and the row's number from 0
 */
const readRows = <Name extends 'item' | 'question', Row extends { label: string }, Read>(
  { name }: RowList<Name, Row>,
  rows: readonly Row[],
  wrong: Wrong,
  {
    isUsed,
    read,
  }: { isUsed: (row: Row) => boolean; read: (row: Row, at: `${Name}.${number}`, index: number) => Read },
): Read[] =>
  rows.flatMap((row, index) => {
    if (row.label.trim() !== '') return [read(row, `${name}.${index}`, index)];
    if (isUsed(row)) wrong(`${name}.${index}.label`, 'label-missing');
    return [];
  });

const readItems = (
  rows: readonly ItemRow[],
  number: (field: NewRequestField, text: string, unit?: number) => number | null,
  wrong: Wrong,
): NonNullable<NewRequestInput['items']> =>
  readRows(itemList, rows, wrong, {
    isUsed: ({ id, maxFileMegabytes, maxFiles, allowedTypes }) =>
      id === '' && `${maxFileMegabytes}${maxFiles}${allowedTypes}`.trim() !== '',
    read: ({ label, required, maxFileMegabytes, maxFiles, allowedTypes }, at) => ({
      label,
      required,
      maxFileBytes: number(`${at}.maxFileMegabytes`, maxFileMegabytes, bytesInMegabyte),
      maxFiles: number(`${at}.maxFiles`, maxFiles),
      allowedTypes: readTypes(allowedTypes),
    }),
  });

/** The key of an answer is its row's number, or the next free one that no other row can have: labels may be in any script. */
const freeKey = (rows: readonly QuestionRow[], index: number): string => {
  const keys = new Set(rows.map(({ key }) => key));
  let number = index + 1;
  while (keys.has(`q${number}`)) number += rows.length;
  return `q${number}`;
};

const readQuestions = (rows: readonly QuestionRow[], wrong: Wrong): NonNullable<NewRequestInput['fields']> =>
  readRows(questionList, rows, wrong, {
    isUsed: ({ key, required, choices }) => key === '' && (required || choices.trim() !== ''),
    read: ({ key, label, kind, required, choices }, at, index) => {
      const lines = choices
        .split('\n')
        .map((choice) => choice.trim())
        .filter((choice) => choice !== '');
      if (kind === 'choice' && lines.length === 0) wrong(`${at}.choices`, 'choices-missing');
      const asked = { key: key === '' ? freeKey(rows, index) : key, label: label.trim(), kind, required };
      return kind === 'choice' ? { ...asked, choices: lines } : asked;
    },
  });
