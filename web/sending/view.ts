import type { ItemState } from '../i18n/send-messages.ts';
import type { Pace } from './pace.ts';

/** One line of the list. */
export interface ItemView {
  key: string;
  /** Id of the checklist item that it is for; left out: none. */
  slot?: string;
  path: string;
  sizeBytes: number;
  sentBytes: number;
  state: ItemState;
  /** What is wrong with it; stays until it is removed or tried again. */
  words?: string;
  /** What is worth knowing, and no hindrance. */
  note?: string;
  /** What stays worth knowing of it: it replaces one that was begun, or was not chosen in this window. */
  remark?: 'changed' | 'elsewhere' | undefined;
  /** Another one has to go before this one fits. */
  needsRoom?: boolean | undefined;
  mayRetry?: boolean;
  /** Object URL of a small picture. */
  picture?: string;
}

export interface ReceiptView {
  number: string;
  url?: string;
  /** Those with `words` were not received. */
  files: { name: string; sizeBytes: number; sha256?: string; words?: string }[];
  /** The request was closed meanwhile: the rest can't be sent any more. */
  isClosed: boolean;
}

/** `ended`: the request was closed, and nothing was received. */
export type SendPhase = 'choosing' | 'opening' | 'sending' | 'finishing' | 'sealed' | 'ended';

/** Everything that the submitter's form shows. It is drawn from this and nothing else. */
export interface SendView {
  phase: SendPhase;
  /** It goes on with what an earlier visit began. */
  isResumed: boolean;
  /** What an earlier visit began is being sent in another window. */
  isElsewhere: boolean;
  /** Whose submission it is, once it is begun. */
  sent?: { name: string; receiptNumber: string };
  items: ItemView[];
  /** The last time that something was added: system files left out, files that were there already or can't be read. */
  skipped: number;
  already: number;
  unreadable: number;
  /** What was chosen before this page was loaded again, and has to be chosen again. */
  lost: readonly string[];
  paused: boolean;
  /** All that was under way was called off; nothing goes on before the submitter says so. */
  cancelled: boolean;
  /** The submitter says when it is finished: not everything that was meant to be sent is sure to be. */
  asks: boolean;
  /** The portal knows that this is all: it goes on without the page. */
  handedOver: boolean;
  pace?: Pace;
  offline: boolean;
  /** Whole seconds, once there are more than five of them. */
  quietSeconds?: number;
  /** What stands above everything: in words, and whether “try again” makes sense. */
  failure?: { words: string; mayRetry: boolean };
  /** By the name of the input. */
  fieldProblems: Record<string, string | undefined>;
  receipt?: ReceiptView;
  /** The last thing to be said aloud. */
  announcement: string;
  /** The same for what went wrong: it is said at once. */
  alarm: string;
}

export const firstView: SendView = {
  phase: 'choosing',
  isResumed: false,
  isElsewhere: false,
  items: [],
  skipped: 0,
  already: 0,
  unreadable: 0,
  lost: [],
  paused: false,
  cancelled: false,
  asks: false,
  handedOver: false,
  offline: false,
  fieldProblems: {},
  announcement: '',
  alarm: '',
};

/** What the form can ask for. On the server nobody listens. */
export interface SendActions {
  /** @param slot the id of a checklist item; left out: other files */
  addFiles(files: FileList | null, slot?: string): void;
  drop(transfer: DataTransfer | null, slot?: string): void;
  remove(key: string): void;
  removeAll(): void;
  retry(key: string): void;
  /** A field has been changed: what was said about it no longer holds. */
  edited(name: string): void;
  submit(form: HTMLFormElement): void;
  pause(): void;
  resume(): void;
  /** Calls off all that has not arrived, once the submitter has confirmed it. */
  cancelAll(): void;
  finishWithout(): void;
  /** Leaves what an earlier visit began as it is, and begins another submission. */
  startAnew(): void;
  tryAgain(): void;
}
