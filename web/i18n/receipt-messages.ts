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
  /** Before there is a receipt. */
  open: { title: string; text: string; nothingYet: string };
  finishing: { title: string; text: string };
  own: OwnReceiptMessages;
  live: ReceiptLiveMessages;
}

/** For whoever has sent it, in the browser it was sent from. */
export interface OwnReceiptMessages {
  title: string;
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
  /** For any other browser. */
  elsewhere: string;
  confirm: {
    title: string;
    files: string;
    notHandedOn: string;
    deleted: string;
    reissued: string;
    noWayBack: string;
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
  /** `unfinished`: sealed, though its submitter did not finish. */
  state: Record<'finishing' | 'sealed' | 'unfinished', string>;
  receipt: string;
  add: string;
  forget: string;
  forgetText: string;
  forgotten: string;
}
