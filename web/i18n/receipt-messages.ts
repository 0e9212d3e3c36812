import type { Plural, Template } from './template.ts';

/** The receipt's page, from the first file to the last delivery. */
export interface ReceiptMessages {
  title: string;
  number: string;
  supplementOf: string;
  /** Before the numbers of those that add to this one. */
  supplements: string;
  request: string;
  /** Before the name of who received. */
  organisation: string;
  from: string;
  sealedAt: string;
  /** The same, where its submitter did not finish: in the list of what was sent, too. */
  endedAt: string;
  issuedAt: string;
  files: (p: { count: number; size: string }) => string;
  exactBytes: (p: { bytes: string }) => string;
  /** Before the label of a checklist item. */
  item: string;
  sha256: string;
  storedAt: string;
  state: Record<'uploading' | 'received' | 'stored' | 'imported' | 'withdrawn', string>;
  /** In place of the last state, while it is not reached. */
  notImported: string;
  notStored: string;
  late: string;
  unfinished: string;
  signature: string;
  signatureText: string;
  /** Before the address of the page. */
  checkAt: string;
  asText: string;
  /** For whoever holds its address. */
  keep: string;
  byNumber: string;
  /** All of its files were taken back. */
  emptied: string;
  /** What was begun and never whole. */
  notArrived: {
    title: string;
    text: string;
    /** Where nothing else is known. */
    reason: string;
    again: string;
    closed: string;
  };
  /** Before there is a receipt. */
  open: { title: string; text: string; nothingYet: string };
  finishing: { title: string; text: string };
  own: OwnReceiptMessages;
  live: ReceiptLiveMessages;
}

/** For whoever has sent it, in the browser it was sent from. */
export interface OwnReceiptMessages {
  title: string;
  /** Where nothing more is taken. */
  takeBackTitle: string;
  /** Where nothing can be taken back. */
  addTitle: string;
  until: (p: { until: string }) => string;
  untilFinished: string;
  over: (p: { until: string }) => string;
  replace: string;
  choose: string;
  takeBack: string;
  takenBack: (p: { count: number }) => string;
  takenBackBefore: string;
  noneChosen: string;
  missing: (p: { labels: string }) => string;
  add: string;
  addText: string;
  /** To one that is not finished. */
  goOn: string;
  /** For any other browser: what can be done in the one it was sent from. */
  elsewhere: Record<'takeBack' | 'add' | 'both', string>;
  confirm: {
    title: string;
    files: string;
    notHandedOn: string;
    deleted: string;
    reissued: string;
    noWayBack: string;
    /** The same, where nothing more is taken. */
    noWayBackClosed: string;
    submit: string;
    keep: string;
  };
}

/** Embedded in the page as JSON for its island, so strings only. */
export interface ReceiptLiveMessages {
  one: Template<'name' | 'state'>;
  many: Plural;
  ready: string;
}

/** What a browser has sent before, shown again to it. */
export interface SentMessages {
  title: string;
  text: string;
  files: (p: { count: number }) => string;
  /** `unfinished`: sealed, though its submitter did not finish. `withdrawn`: all of it was taken back. */
  state: Record<SentState, string>;
  receipt: string;
  add: string;
  forget: ForgetMessages;
  forgotten: string;
}

export type SentState = 'finishing' | 'sealed' | 'unfinished' | 'withdrawn';

/** Said before this browser forgets: what that means. */
export interface ForgetMessages {
  title: string;
  hint: string;
  unfinished: (p: { number: string }) => string;
  /** What becomes of what was not finished. */
  ends: (p: { hours: number }) => string;
  /** Before its number, which leads to its page. */
  keepUnfinished: string;
  sent: string;
  stays: string;
  keepReceipts: string;
  typed: string;
  submit: string;
}
