import type { RequestField } from '../../../db/schema/requests.ts';
import type { WordParams } from '../../i18n/messages.ts';
import type { FieldProblem } from '../../i18n/problems.ts';

export type { FieldProblem } from '../../i18n/problems.ts';

/** One question as typed. */
export interface QuestionRow {
  label: string;
  kind: RequestField['kind'];
  required: boolean;
  /** One a line. */
  choices: string;
}

/** One checklist item as typed. */
export interface ItemRow {
  label: string;
  required: boolean;
  /** In units of 1,048,576 bytes. */
  maxFileMegabytes: string;
  maxFiles: string;
  /** `pdf, docx`. */
  allowedTypes: string;
}

/** The form as typed: nothing is parsed, so that it can be shown again just as it was. */
export interface NewRequestValues {
  title: string;
  instructions: string;
  /** `2026-11-30T17:00`, meant in `deadlineZone`; empty: none. */
  deadline: string;
  /** IANA name. */
  deadlineZone: string;
  graceMinutes: string;
  /** Never sent back to the browser. */
  password: string;
  takeBackMinutes: string;
  /** In units of 1,048,576 bytes, as sizes are shown everywhere here. */
  maxFileMegabytes: string;
  maxFiles: string;
  maxTotalMegabytes: string;
  /** `pdf, docx`. */
  allowedTypes: string;
  items: ItemRow[];
  questions: QuestionRow[];
  destinationIds: string[];
}

/** Names of inputs that an error can stand at. `question.0.label` for the first row. */
export type NewRequestField =
  | Exclude<keyof NewRequestValues, 'questions' | 'items'>
  | `item.${number}.${Exclude<keyof ItemRow, 'required'>}`
  | `question.${number}.${'label' | 'choices'}`;

export type NewRequestErrors = Partial<
  Record<NewRequestField, { problem: FieldProblem; params?: WordParams }>
>;

/** The submit buttons that only ask for more rows: `action=more-questions`. */
export const moreQuestions = 'more-questions';
export const moreItems = 'more-items';

const kinds = [
  'text',
  'long-text',
  'email',
  'date',
  'choice',
] as const satisfies readonly RequestField['kind'][];
export const questionKinds: readonly RequestField['kind'][] = kinds;

const blankQuestion: QuestionRow = { label: '', kind: 'text', required: false, choices: '' };
const blankItem: ItemRow = {
  label: '',
  required: true,
  maxFileMegabytes: '',
  maxFiles: '',
  allowedTypes: '',
};
const maxQuestions = 30;
const maxItems = 50;

/** An empty form, with three blank rows. Minutes as the database defaults to them. */
export const emptyNewRequest = (zone: string, destinationIds: string[] = []): NewRequestValues => ({
  title: '',
  instructions: '',
  deadline: '',
  deadlineZone: zone,
  graceMinutes: '0',
  password: '',
  takeBackMinutes: '10',
  maxFileMegabytes: '',
  maxFiles: '',
  maxTotalMegabytes: '',
  allowedTypes: '',
  items: withBlankItems([]),
  questions: withBlankQuestions([]),
  destinationIds,
});

/** What was posted, as typed. `wantsMoreRows`: nothing is to be opened, only the form shown again. */
export const readNewRequest = (form: FormData): { values: NewRequestValues; wantsMoreRows: boolean } => {
  const text = (name: string): string => {
    const value = form.get(name);
    return typeof value === 'string' ? value : '';
  };
  const action = text('action');
  const questions = readQuestions(form, text);
  const items = readItems(form, text);
  const values: NewRequestValues = {
    title: text('title'),
    instructions: text('instructions'),
    deadline: text('deadline'),
    deadlineZone: text('deadlineZone'),
    graceMinutes: text('graceMinutes'),
    password: text('password'),
    takeBackMinutes: text('takeBackMinutes'),
    maxFileMegabytes: text('maxFileMegabytes'),
    maxFiles: text('maxFiles'),
    maxTotalMegabytes: text('maxTotalMegabytes'),
    allowedTypes: text('allowedTypes'),
    items: action === moreItems ? withBlankItems(items) : items,
    questions: action === moreQuestions ? withBlankQuestions(questions) : questions,
    destinationIds: form.getAll('destinationIds').filter((value) => typeof value === 'string'),
  };
  return { values, wantsMoreRows: action === moreQuestions || action === moreItems };
};

const readQuestions = (form: FormData, text: (name: string) => string): QuestionRow[] => {
  const rows: QuestionRow[] = [];
  for (let index = 0; index < maxQuestions && form.has(`question.${index}.label`); index += 1) {
    const kind = text(`question.${index}.kind`);
    rows.push({
      label: text(`question.${index}.label`),
      kind: kinds.find((known) => known === kind) ?? 'text',
      required: form.has(`question.${index}.required`),
      choices: text(`question.${index}.choices`),
    });
  }
  return rows;
};

const readItems = (form: FormData, text: (name: string) => string): ItemRow[] => {
  const rows: ItemRow[] = [];
  for (let index = 0; index < maxItems && form.has(`item.${index}.label`); index += 1)
    rows.push({
      label: text(`item.${index}.label`),
      required: form.has(`item.${index}.required`),
      maxFileMegabytes: text(`item.${index}.maxFileMegabytes`),
      maxFiles: text(`item.${index}.maxFiles`),
      allowedTypes: text(`item.${index}.allowedTypes`),
    });
  return rows;
};

/** Three more blank rows, as long as there is room. */
const withBlankRows = <T extends object>(rows: readonly T[], blank: T, most: number): T[] =>
  [...rows, ...Array.from({ length: 3 }, () => ({ ...blank }))].slice(0, most);

const withBlankQuestions = (rows: readonly QuestionRow[]) => withBlankRows(rows, blankQuestion, maxQuestions);
const withBlankItems = (rows: readonly ItemRow[]) => withBlankRows(rows, blankItem, maxItems);
