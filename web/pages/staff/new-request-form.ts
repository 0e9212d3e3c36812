import type { RequestField } from '../../../db/schema/requests.ts';
import type { WordParams } from '../../i18n/messages.ts';
import type { FieldProblem } from '../../i18n/problems.ts';
import { type Fate, fates } from './fates.ts';

export type { FieldProblem } from '../../i18n/problems.ts';

/** One question as typed. */
export interface QuestionRow {
  /** Of one that is asked already; empty: new. */
  key: string;
  label: string;
  kind: RequestField['kind'];
  required: boolean;
  /** One a line. */
  choices: string;
}

/** One checklist item as typed. */
export interface ItemRow {
  /** Of one that is there already; empty: new. */
  id: string;
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
  /** Random, of a form as it was first shown: sent twice with the same in it, it opens one request. */
  formKey: string;
  title: string;
  /** Id of its team. Empty: there is no choice. */
  team: string;
  /** In whose folder it is to live. */
  account: 'portal' | 'own';
  instructions: string;
  /** `2026-11-30T17:00`, meant in `deadlineZone`; empty: none. */
  deadline: string;
  /** IANA name. */
  deadlineZone: string;
  graceMinutes: string;
  /** Never sent back to the browser. */
  password: string;
  /** The same as it may be sent back, to be posted again: sealed by the server. Empty: none was typed. */
  keptPassword: string;
  /** The kept one is not meant any more. */
  forgetPassword: boolean;
  /** Only where there is one to be taken away. */
  removePassword: boolean;
  takeBackMinutes: string;
  /** Empty: for good. */
  retentionDays: string;
  /** In units of 1,048,576 bytes, as sizes are shown everywhere here. */
  maxFileMegabytes: string;
  maxFiles: string;
  maxTotalMegabytes: string;
  /** `pdf, docx`. */
  allowedTypes: string;
  /** Of all submissions together, in the same units. */
  maxRequestMegabytes: string;
  /** `en,ja`: offered in both, in English where a browser asks for neither. */
  languages: string;
  nextcloudPageAllowed: boolean;
  deliverPer: Choice<'deliverPer'>;
  unscanned: Choice<'unscanned'>;
  afterImport: Choice<'afterImport'>;
  /** Only where `afterImport` is `delete`. */
  deleteAfterDays: string;
  items: ItemRow[];
  questions: QuestionRow[];
  destinationIds: string[];
}

type Choice<Name extends Fate> = (typeof fates)[Name][number];

/** What the form offers for `languages`. */
export const languageChoices = ['en,ja', 'ja,en', 'en', 'ja'] as const;

/** Of the submit button that saves a template and opens nothing. */
export const saveTemplate = 'save-template';

/** Of the one that shows it as submitters would see it, and opens nothing either. */
export const preview = 'preview';

/** Names of inputs that an error can stand at. `question.0.label` for the first row. */
export type NewRequestField =
  | Exclude<
      keyof NewRequestValues,
      | 'formKey'
      | 'questions'
      | 'items'
      | 'keptPassword'
      | 'forgetPassword'
      | 'removePassword'
      | 'account'
      | 'nextcloudPageAllowed'
      | Fate
    >
  | `item.${number}.${Exclude<keyof ItemRow, 'required' | 'id'>}`
  | `question.${number}.${'label' | 'choices'}`;

export type NewRequestErrors = Partial<
  Record<NewRequestField, { problem: FieldProblem; params?: WordParams }>
>;

/** Rows of one kind, of which the form has as many as staff ask for. Their inputs are named `item.0.label`. */
export interface RowList<Name extends string, Row> {
  name: Name;
  /** Of the submit button that only asks for more of them: `action=more-items`. */
  more: string;
  most: number;
  blank: Row;
  read: (part: RowParts) => Row;
}

/** What was posted of one row. */
interface RowParts {
  text: (part: string) => string;
  isTicked: (part: string) => boolean;
}

const kinds = [
  'text',
  'long-text',
  'email',
  'date',
  'choice',
] as const satisfies readonly RequestField['kind'][];
export const questionKinds: readonly RequestField['kind'][] = kinds;

export const itemList: RowList<'item', ItemRow> = {
  name: 'item',
  more: 'more-items',
  most: 50,
  blank: { id: '', label: '', required: true, maxFileMegabytes: '', maxFiles: '', allowedTypes: '' },
  read: ({ text, isTicked }) => ({
    id: text('id'),
    label: text('label'),
    required: isTicked('required'),
    maxFileMegabytes: text('maxFileMegabytes'),
    maxFiles: text('maxFiles'),
    allowedTypes: text('allowedTypes'),
  }),
};

export const questionList: RowList<'question', QuestionRow> = {
  name: 'question',
  more: 'more-questions',
  most: 30,
  blank: { key: '', label: '', kind: 'text', required: false, choices: '' },
  read: ({ text, isTicked }) => ({
    key: text('key'),
    label: text('label'),
    kind: kinds.find((known) => known === text('kind')) ?? 'text',
    required: isTicked('required'),
    choices: text('choices'),
  }),
};

/** An empty form, with three blank rows. Minutes as the database defaults to them. */
export const emptyNewRequest = (zone: string, destinationIds: string[] = []): NewRequestValues => ({
  formKey: '',
  title: '',
  team: '',
  account: 'portal',
  instructions: '',
  deadline: '',
  deadlineZone: zone,
  graceMinutes: '0',
  password: '',
  keptPassword: '',
  forgetPassword: false,
  removePassword: false,
  takeBackMinutes: '10',
  retentionDays: '',
  maxFileMegabytes: '',
  maxFiles: '',
  maxTotalMegabytes: '',
  allowedTypes: '',
  maxRequestMegabytes: '',
  deliverPer: fates.deliverPer[0],
  unscanned: fates.unscanned[0],
  afterImport: fates.afterImport[0],
  deleteAfterDays: '30',
  languages: 'en,ja',
  nextcloudPageAllowed: false,
  items: withBlankRows(itemList, []),
  questions: withBlankRows(questionList, []),
  destinationIds,
});

/** Of those that show the form again in another language. */
export const inOtherLanguage = 'language';

/** What a button of the form asks for besides opening or changing a request. */
export type FormAction = 'more-item' | 'more-question' | 'save-template' | 'preview' | 'language';

/** What was posted, as typed. `more-…`: nothing is to be done, only the form shown again with more of such rows. */
export const readNewRequest = (
  form: FormData,
): { values: NewRequestValues; action: FormAction | undefined } => {
  const text = (name: string): string => {
    const value = form.get(name);
    return typeof value === 'string' ? value : '';
  };
  const oneOf = <Name extends Fate>(name: Name): Choice<Name> =>
    fates[name].find((known) => known === text(name)) ?? fates[name][0];
  const action = text('action');
  const values: NewRequestValues = {
    formKey: text('formKey'),
    title: text('title'),
    team: text('team'),
    account: text('account') === 'own' ? 'own' : 'portal',
    instructions: text('instructions'),
    deadline: text('deadline'),
    deadlineZone: text('deadlineZone'),
    graceMinutes: text('graceMinutes'),
    password: text('password'),
    keptPassword: text('keptPassword'),
    forgetPassword: form.has('forgetPassword'),
    removePassword: form.has('removePassword'),
    takeBackMinutes: text('takeBackMinutes'),
    retentionDays: text('retentionDays'),
    maxFileMegabytes: text('maxFileMegabytes'),
    maxFiles: text('maxFiles'),
    maxTotalMegabytes: text('maxTotalMegabytes'),
    allowedTypes: text('allowedTypes'),
    maxRequestMegabytes: text('maxRequestMegabytes'),
    deliverPer: oneOf('deliverPer'),
    unscanned: oneOf('unscanned'),
    afterImport: oneOf('afterImport'),
    deleteAfterDays: text('deleteAfterDays'),
    languages: form.has('languages') ? text('languages') : 'en,ja',
    nextcloudPageAllowed: form.has('nextcloudPageAllowed'),
    items: readRows(itemList, form, text),
    questions: readRows(questionList, form, text),
    destinationIds: form.getAll('destinationIds').filter((value) => typeof value === 'string'),
  };
  return { values, action: actions[action] };
};

const actions: Partial<Record<string, FormAction>> = {
  [itemList.more]: 'more-item',
  [questionList.more]: 'more-question',
  [saveTemplate]: saveTemplate,
  [preview]: preview,
  [inOtherLanguage]: inOtherLanguage,
};

/** Whether nothing is asked for but the form again, and with more of which rows; undefined where something else is. */
export const redrawOf = (
  action: FormAction | undefined,
): { opened: 'item' | 'question' | undefined } | undefined => {
  if (action === inOtherLanguage) return { opened: undefined };
  if (action === 'more-item') return { opened: 'item' };
  return action === 'more-question' ? { opened: 'question' } : undefined;
};

const readRows = <Row extends object>(
  list: RowList<string, Row>,
  form: FormData,
  text: (name: string) => string,
): Row[] => {
  const rows: Row[] = [];
  for (let index = 0; index < list.most && form.has(`${list.name}.${index}.label`); index += 1) {
    const named = (part: string) => `${list.name}.${index}.${part}`;
    rows.push(list.read({ text: (part) => text(named(part)), isTicked: (part) => form.has(named(part)) }));
  }
  return text('action') === list.more ? withBlankRows(list, rows) : rows;
};

/** Three more blank rows, as long as there is room. */
export const withBlankRows = <Row extends object>(
  { blank, most }: RowList<string, Row>,
  rows: readonly Row[],
): Row[] => [...rows, ...Array.from({ length: 3 }, () => ({ ...blank }))].slice(0, most);
