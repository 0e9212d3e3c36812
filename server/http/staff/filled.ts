import {
  type ItemRow,
  itemList,
  type NewRequestValues,
  type QuestionRow,
  questionList,
  withBlankRows,
} from '../../../web/pages/staff/new-request-form.ts';
import type { RequestContent } from '../../intake/request-content.ts';
import type { ParsedNewRequest, RequestChange, TemplateContent } from '../../intake/rules/new-request.ts';
import { localOf } from '../../lib/zones.ts';

const bytesInMegabyte = 1024 * 1024;

/** A request, or a template, as the form shows it. @param destinations those that can be chosen */
export const filledForm = (
  content: RequestContent | (TemplateContent & { deadline?: null }),
  destinations: readonly { id: string; name: string }[],
): NewRequestValues => ({
  formKey: '',
  title: content.title,
  team: 'team' in content ? (content.team ?? '') : '',
  account: content.account,
  instructions: content.instructions,
  deadline:
    typeof content.deadline !== 'string' ? '' : localOf(new Date(content.deadline), content.deadlineZone),
  deadlineZone: content.deadlineZone,
  graceMinutes: String(content.graceMinutes),
  password: '',
  keptPassword: '',
  forgetPassword: false,
  removePassword: false,
  takeBackMinutes: String(content.takeBackMinutes),
  retentionDays: numberOf(content.retentionDays),
  maxFileMegabytes: megabytes(content.maxFileBytes),
  maxFiles: numberOf(content.maxFilesPerSubmission),
  maxTotalMegabytes: megabytes(content.maxBytesPerSubmission),
  allowedTypes: content.allowedTypes.join(', '),
  languages: content.languages.join(','),
  nextcloudPageAllowed: content.nextcloudPageAllowed,
  maxRequestMegabytes: megabytes(content.maxBytesPerRequest),
  deliverPer: content.deliverPer,
  unscanned: content.unscanned,
  afterImport: content.afterImport,
  deleteAfterDays: String(content.deleteAfterDays),
  items: withBlankRows(itemList, content.items.map(itemRow)),
  questions: withBlankRows(questionList, content.fields.map(questionRow)),
  destinationIds: destinations.flatMap(({ id, name }, index) =>
    // A template that names none means the first, as a new request does.
    (content.destinations?.includes(name) ?? index === 0) ? [id] : [],
  ),
});

/** The same for another request: what hangs on this one is left out, and so is its deadline. */
export const asNew = (values: NewRequestValues): NewRequestValues => ({
  ...values,
  deadline: '',
  items: values.items.map((item) => ({ ...item, id: '' })),
  questions: values.questions.map((question) => ({ ...question, key: '' })),
});

const itemRow = (item: TemplateContent['items'][number] & { id?: string }): ItemRow => ({
  id: item.id ?? '',
  label: item.label,
  required: item.required,
  maxFileMegabytes: megabytes(item.maxFileBytes),
  maxFiles: numberOf(item.maxFiles),
  allowedTypes: item.allowedTypes.join(', '),
});

const questionRow = (field: RequestContent['fields'][number]): QuestionRow => ({
  key: field.key,
  label: field.label,
  kind: field.kind,
  required: field.required,
  choices: field.choices?.join('\n') ?? '',
});

const numberOf = (value: number | null): string => (value === null ? '' : String(value));

/** Exact: what is divided by a power of two comes back whole. */
const megabytes = (bytes: number | null): string => numberOf(bytes === null ? null : bytes / bytesInMegabyte);

/** What the form says of a request that is there already. What the form does not show is left as it is. */
export const changeOf = (request: ParsedNewRequest, values: NewRequestValues): RequestChange => {
  const ids = values.items.flatMap(({ id, label }) => (label.trim() === '' ? [] : [id]));
  return {
    title: request.title,
    team: request.team ?? undefined,
    instructions: request.instructions,
    deadline: request.deadline,
    deadlineZone: request.deadlineZone,
    graceMinutes: request.graceMinutes,
    takeBackMinutes: request.takeBackMinutes,
    retentionDays: request.retentionDays,
    maxFileBytes: request.maxFileBytes,
    maxFilesPerSubmission: request.maxFilesPerSubmission,
    maxBytesPerSubmission: request.maxBytesPerSubmission,
    allowedTypes: request.allowedTypes,
    languages: request.languages,
    nextcloudPageAllowed: request.nextcloudPageAllowed,
    maxBytesPerRequest: request.maxBytesPerRequest,
    deliverPer: request.deliverPer,
    unscanned: request.unscanned,
    afterImport: request.afterImport,
    deleteAfterDays: request.deleteAfterDays,
    fields: request.fields,
    items: request.items.map((item, index) => ({ ...item, id: ids[index] === '' ? undefined : ids[index] })),
    destinations: request.destinations,
    password: values.removePassword ? null : (request.password ?? undefined),
  };
};
