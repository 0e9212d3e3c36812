import type { DeliveryState } from '../../db/schema/deliveries.ts';
import type { MailShareState, RequestField, RequestState, ShareState } from '../../db/schema/requests.ts';
import type { FileState, SubmissionState, UploadState } from '../../db/schema/submissions.ts';
import type { Fate, fates } from '../pages/staff/fates.ts';
import type { Language } from './format.ts';

/** The console. */
export interface StaffMessages {
  signOut: string;
  signedInAs: (p: { name: string }) => string;
  signIn: { title: string; text: string; login: string; password: string; submit: string };
  requestState: Record<RequestState, string>;
  shareState: Record<ShareState, string>;
  provenAgo: (p: { distance: string }) => string;
  notProvenYet: string;
  notices: {
    title: string;
    level: Record<'information' | 'warning' | 'problem', string>;
    timesSeen: (p: { count: number }) => string;
    unknown: (p: { code: string }) => string;
    open: string;
    openPlace: Record<'deliveries' | 'destinations', string>;
    /** Title of the page. */
    all: string;
    unsettled: string;
    settled: string;
    settle: string;
    /** All that the page shows. */
    settleShown: (p: { count: number }) => string;
    next: string;
    settledAgo: (p: { distance: string }) => string;
    nothing: string;
    noneSettled: string;
    more: (p: { count: number }) => string;
  };
  requests: {
    title: string;
    create: string;
    emptyTitle: string;
    emptyText: string;
    link: string;
    deadline: string;
    noDeadline: string;
    submissions: (p: { count: number }) => string;
    files: (p: { count: number }) => string;
    onTheirWay: (p: { count: number }) => string;
    toAct: string;
    views: Record<'overdue' | 'due-soon' | 'arriving' | 'failed' | 'empty', string>;
    all: string;
    search: string;
    find: string;
    none: string;
    older: string;
  };
  newRequest: NewRequestMessages;
  changeRequest: ChangeRequestMessages;
  deleteRequest: DeleteRequestMessages;
  request: RequestDetailMessages;
  templates: TemplateMessages;
  handOn: HandOnMessages;
  mailShares: MailShareMessages;
}

/** The link as it is handed on. `mail` is in the language of whoever gets it. */
export interface HandOnMessages {
  code: string;
  codeLabel: string;
  codeFile: string;
  mailIn: Record<Language, string>;
  linkPart: string;
  passwordPart: string;
  passwordHint: string;
  openMail: string;
  mail: {
    subject: (p: { title: string }) => string;
    text: (p: {
      title: string;
      link: string;
      /** The organisation. */
      from: string | undefined;
      deadline: string | undefined;
      passwordSet: boolean;
    }) => string;
    passwordSubject: (p: { title: string }) => string;
    passwordText: (p: { title: string }) => string;
  };
}

/** A request that is sent by Nextcloud's own mail, and its page there as a second way in. */
export interface MailShareMessages {
  title: string;
  hint: string;
  /** On the server's mail, of which nothing is known here. */
  mailHint: string;
  unavailable: string;
  toAddresses: string;
  addresses: string;
  addressesHint: string;
  /** The field is filled with those whose share has ended. */
  again: string;
  send: string;
  list: string;
  state: Record<MailShareState, string>;
  sentAt: (p: { at: string }) => string;
  password: (p: { password: string }) => string;
  withdraw: string;
  /** Of one that is over already. */
  forget: string;
  page: string;
  pageHint: string;
  pagePassword: string;
}

export interface TemplateMessages {
  title: string;
  intro: string;
  empty: string;
  use: string;
  manage: string;
  name: string;
  rename: string;
  remove: string;
  /** On the form of a new request. */
  from: string;
  /** Above the form that a template has filled in. */
  filledFrom: (p: { name: string }) => string;
  filledFromRequest: (p: { title: string }) => string;
  save: string;
  saveHint: string;
  /** On a request's page. */
  saveRequest: string;
  saveRequestHint: string;
}

export interface NewRequestMessages {
  team: string;
  teamHint: string;
  noTeam: string;
  title: string;
  intro: string;
  what: string;
  name: string;
  nameHint: string;
  instructions: string;
  instructionsHint: string;
  when: string;
  deadline: string;
  deadlineHint: string;
  zone: string;
  zoneHint: string;
  grace: string;
  graceHint: string;
  who: string;
  password: string;
  passwordHint: string;
  keptPasswordHint: string;
  forgetPassword: string;
  /** `rules`: of `passwordRules`. */
  passwordRules: (p: { rules: string }) => string;
  rules: string;
  maxFile: string;
  maxFiles: string;
  maxTotal: string;
  /** Of all submissions. */
  maxRequest: string;
  limitHint: string;
  allowedTypes: string;
  allowedTypesHint: string;
  items: string;
  itemsHint: string;
  itemRow: (p: { number: number }) => string;
  itemLabel: string;
  itemRequired: string;
  itemTypes: string;
  itemMaxFile: string;
  itemMaxFiles: string;
  moreItems: string;
  fields: string;
  fieldsHint: string;
  fieldRow: (p: { number: number }) => string;
  fieldLabel: string;
  fieldKind: string;
  kind: Record<RequestField['kind'], string>;
  fieldRequired: string;
  fieldChoices: string;
  fieldChoicesHint: string;
  moreFields: string;
  afterwards: string;
  takeBack: string;
  takeBackHint: string;
  /** What becomes of files, each to be chosen from a few. */
  fate: { [Name in Fate]: { label: string; choice: Record<(typeof fates)[Name][number], string> } };
  deleteAfterDays: string;
  deleteAfterDaysHint: string;
  retention: string;
  retentionHint: string;
  account: string;
  accountHint: string;
  accountPortal: string;
  accountOwn: (p: { user: string }) => string;
  languages: string;
  languagesHint: string;
  languageChoice: Record<'en,ja' | 'ja,en' | 'en' | 'ja', string>;
  nextcloudPage: string;
  nextcloudPageHint: string;
  destinations: string;
  destinationsHint: string;
  noDestinations: string;
  submit: string;
  submitHint: string;
  mistakes: (p: { count: number }) => string;
}

/** What the form says otherwise when a request is there already. */
export interface ChangeRequestMessages {
  teamHint: string;
  title: string;
  back: string;
  intro: string;
  nameHint: string;
  passwordHint: string;
  removePassword: string;
  forgetPassword: string;
  submit: string;
  submitHint: string;
  mistakes: (p: { count: number }) => string;
  /** Somebody else has changed the same. `by`: undefined for nobody who has a name. */
  meanwhile: (p: { by: string | undefined }) => string;
  meanwhileOther: string;
  meanwhileNext: string;
}

/** The page that says what goes with a request that is deleted. */
export interface DeleteRequestMessages {
  title: (p: { request: string }) => string;
  goes: string;
  stays: string;
  cannotBeUndone: string;
  closeFirst: string;
  files: string;
  keep: (p: { folder: string }) => string;
  remove: (p: { folder: string }) => string;
  submit: string;
}

export interface RequestDetailMessages {
  team: string;
  preview: string;
  previewText: string;
  previewBack: string;
  previewUnsaved: string;
  duplicate: string;
  reopen: string;
  reopenText: string;
  archive: string;
  archiveText: string;
  remove: string;
  change: string;
  back: string;
  link: string;
  linkHint: string;
  noLink: string;
  facts: string;
  created: string;
  folder: string;
  folderOf: (p: { user: string }) => string;
  deadline: string;
  passwordSet: string;
  languages: string;
  nextcloudPage: string;
  nextcloudPageOpen: string;
  nextcloudPageShut: string;
  yes: string;
  no: string;
  takeBack: string;
  minutes: (p: { count: number }) => string;
  takeBackFor: (p: { count: number }) => string;
  destinations: string;
  /** What becomes of files, where it is something else than usual. */
  fate: { perFile: string; held: string; moved: string; deleted: (p: { count: number }) => string };
  proof: string;
  /** Of a share that was removed when its request was closed. */
  proofOver: (p: { at: string }) => string;
  proofThen: string;
  proofText: string;
  /** By the check's name; one without words is shown by its name. */
  checks: Readonly<Record<string, string>>;
  expected: string;
  seen: string;
  asExpected: string;
  differs: string;
  noProof: string;
  checklist: string;
  forms: string;
  formsHint: (p: { count: number; size: string }) => string;
  attachForm: string;
  attach: string;
  /** On a button: the name of the form follows for screen readers. */
  removeForm: string;
  /** Before the labels of required items that have no file. */
  missing: string;
  submissions: string;
  noSubmissions: string;
  nothingWasSent: string;
  submissionState: Record<SubmissionState, string>;
  uploadState: Record<UploadState, string>;
  fileState: Record<FileState, string>;
  supplementOf: (p: { receipt: string }) => string;
  late: string;
  unfinished: string;
  arrived: string;
  message: string;
  answers: string;
  email: string;
  files: (p: { count: number; size: string }) => string;
  deliveries: string;
  deliveryState: Record<DeliveryState, string>;
  deliveryWaits: (p: { until: string }) => string;
  attempts: (p: { count: number }) => string;
  inNextcloud: string;
  notes: {
    title: (p: { count: number }) => string;
    hint: string;
    text: string;
    add: string;
    remove: string;
    unknownAuthor: string;
  };
  close: string;
  closeText: string;
  closed: string;
  retention: string;
  retentionOff: string;
  retentionDays: (p: { count: number }) => string;
  /** Of a closed request: when that is. */
  retentionFrom: (p: { at: string }) => string;
  purged: (p: { at: string }) => string;
}
