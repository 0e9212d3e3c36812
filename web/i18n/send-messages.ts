import type { Plural, Template } from './template.ts';

/** What a file is going through, as the submitter's page shows it. */
export type ItemState =
  | 'ready'
  | 'waiting'
  | 'sending'
  | 'paused'
  | 'interrupted'
  | 'missing'
  | 'arrived'
  | 'stored'
  | 'refused'
  | 'failed';

/** The form and the sending itself: embedded in the page as JSON for its island, so strings only. */
export interface SendMessages {
  you: {
    title: string;
    name: string;
    nameHint: string;
    email: string;
    emailHint: string;
    /** Where mail is set up, instead of `emailHint`. */
    emailReceiptHint: string;
    message: string;
    choose: string;
    /** Above who sends, where that is known from the sending that is added to. */
    supplement: Template<'number'>;
    supplementHint: string;
  };
  problem: {
    missing: string;
    email: string;
    date: string;
    invalid: string;
    noFiles: string;
    /** Files were chosen, and none of them may be sent. */
    noneFits: string;
    /** The same, in the place of an item that is required. */
    itemNoneFits: string;
    itemMissing: string;
    /** There are only files without a byte for it. */
    itemEmpty: string;
    title: string;
  };
  files: {
    title: string;
    drop: string;
    /** Where there is a checklist: in the place of one item, and the heading of the place for all else. */
    dropHere: string;
    others: string;
    othersHint: string;
    or: string;
    chooseFiles: string;
    chooseFolder: string;
    takePhoto: string;
    chosen: Plural;
    /** Said aloud. */
    added: Plural;
    skipped: Plural;
    skippedWhy: string;
    already: Plural;
    unreadable: Plural;
    /** Files that break a rule; the rule is said beside each. */
    refused: Plural;
    /** How much more may be added. */
    roomFiles: Plural;
    roomBytes: Template<'size'>;
    full: string;
    /** Said aloud: files of an earlier visit that were chosen again. */
    recognised: Plural;
    /** Beside a file: it was added once more, or another one is called the same. */
    twice: string;
    sameName: string;
    /** Beside a file of no bytes. */
    empty: string;
    /** Beside a file that is sent in place of one that was begun. */
    changed: string;
    /** Beside a file that this page knows nothing of. */
    elsewhere: string;
    /** Beside one that has no place. */
    makeRoom: string;
    /** Beside one that another window, say, has taken away. */
    takenAway: string;
    /** Above files that were chosen before the page was loaded again. */
    lost: string;
    /** The same, for an item that is required. */
    emptyRequired: string;
    /** On buttons: the name of the file follows for screen readers. */
    remove: string;
    cancel: string;
    retry: string;
    removeAll: string;
    /** Said aloud. */
    removed: Template<'name'>;
    removedAll: string;
    cancelled: Template<'name'>;
    failed: Template<'name'>;
  };
  /** For who comes back to what was begun in an earlier visit. */
  unfinished: {
    title: string;
    begun: Template<'begun' | 'name' | 'number'>;
    arrived: Plural;
    missing: Plural;
    addAgain: string;
    late: string;
    notThis: string;
    startAnew: string;
    elsewhere: Template<'begun'>;
  };
  rule: {
    tooLarge: Template<'limit'>;
    type: Template<'types'>;
    tooMany: Plural;
    totalTooLarge: Template<'limit'>;
    nameTooLong: string;
    nameForbidden: string;
    nameControl: string;
    unreadable: string;
  };
  state: Record<ItemState, string>;
  send: string;
  /** On the button, when some of the chosen files break a rule. */
  sendOthers: Plural;
  sending: string;
  pause: string;
  resume: string;
  cancelAll: string;
  finishWithout: Plural;
  tryAgain: string;
  progress: {
    title: string;
    overall: Template<'sent' | 'total' | 'done' | 'files'>;
    file: Template<'share'>;
    announce: Template<'share'>;
    pace: Template<'speed'>;
    left: Template<'time'>;
    leftMinute: string;
    paused: string;
    resumed: string;
    offline: string;
    interrupted: string;
    quiet: Template<'seconds'>;
    stayOpen: string;
    /** Nothing moves: files of an earlier visit have to be chosen again. */
    waitsForMissing: Plural;
    someMissing: Plural;
    /** Nothing is missing in the list, and the submitter says when it is finished. */
    allInList: Plural;
    finishing: string;
    finishingSafe: string;
    someFailed: Plural;
    /** Before the submitter says whether it is finished with them. */
    elsewhere: Plural;
    /** Files were sent in place of begun ones. */
    changed: Plural;
    noneLeft: string;
    noneSent: string;
    cancelAllSure: string;
    cancelled: Plural;
    finishWith: Plural;
  };
  /** The request was closed before anything was received. */
  ended: { title: string; text: string };
  receipt: {
    title: string;
    /** Instead, when not all of it was received. */
    partTitle: Template<'count' | 'files'>;
    partText: string;
    /** After `partText`, while the request takes files. */
    partRest: string;
    /** After `partText`, where it does not any more. */
    partClosed: string;
    /** Beside a file of which nothing else is known. */
    notSent: string;
    text: string;
    number: string;
    open: string;
    openText: string;
    verify: string;
    sha256: string;
    notStored: string;
  };
  unreachable: string;
  /** No answer to the very first request. */
  notBegun: string;
  internal: string;
}
