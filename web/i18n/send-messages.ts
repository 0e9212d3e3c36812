import type { Plural, Template } from './template.ts';

/** What a file is going through, as the submitter's page shows it. */
export type ItemState =
  | 'ready'
  | 'waiting'
  | 'sending'
  | 'paused'
  | 'interrupted'
  | 'arrived'
  | 'stored'
  | 'refused'
  | 'failed';

/** The form and the sending itself: embedded in the page as JSON for its island, so strings only. */
export interface SendMessages {
  noScript: string;
  you: {
    title: string;
    name: string;
    nameHint: string;
    email: string;
    emailHint: string;
    message: string;
    choose: string;
  };
  problem: { missing: string; email: string; date: string; invalid: string; noFiles: string; title: string };
  files: {
    title: string;
    drop: string;
    or: string;
    chooseFiles: string;
    chooseFolder: string;
    chosen: Plural;
    skipped: Plural;
    skippedWhy: string;
    already: Plural;
    /** On buttons: the name of the file follows for screen readers. */
    remove: string;
    cancel: string;
    retry: string;
  };
  rule: {
    tooLarge: Template<'limit'>;
    type: Template<'types'>;
    tooMany: Template<'limit'>;
    totalTooLarge: Template<'limit'>;
    nameTooLong: string;
    nameForbidden: string;
    nameControl: string;
    unreadable: string;
  };
  state: Record<ItemState, string>;
  send: string;
  sending: string;
  pause: string;
  resume: string;
  finishWithout: Plural;
  tryAgain: string;
  progress: {
    title: string;
    overall: Template<'sent' | 'total' | 'done' | 'files'>;
    file: Template<'share'>;
    announce: Template<'share'>;
    paused: string;
    offline: string;
    interrupted: string;
    quiet: Template<'seconds'>;
    stayOpen: string;
    finishing: string;
    finishingSafe: string;
    someFailed: Plural;
    noneLeft: string;
  };
  receipt: {
    title: string;
    text: string;
    number: string;
    open: string;
    sha256: string;
    notStored: string;
  };
  unreachable: string;
  internal: string;
}
