import type { ItemState } from '../i18n/send-messages.ts';

/** One line of the list. */
export interface ItemView {
  key: string;
  path: string;
  sizeBytes: number;
  sentBytes: number;
  state: ItemState;
  /** What is wrong with it; stays until it is removed or tried again. */
  words?: string;
  mayRetry?: boolean;
}

export interface ReceiptView {
  number: string;
  url?: string;
  files: { name: string; sizeBytes: number; sha256?: string; words?: string }[];
}

export type SendPhase = 'choosing' | 'opening' | 'sending' | 'finishing' | 'sealed';

/** Everything that the submitter's form shows. It is drawn from this and nothing else. */
export interface SendView {
  phase: SendPhase;
  items: ItemView[];
  /** System files left out, and files added twice, the last time that something was added. */
  skipped: number;
  already: number;
  paused: boolean;
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
}

export const firstView: SendView = {
  phase: 'choosing',
  items: [],
  skipped: 0,
  already: 0,
  paused: false,
  offline: false,
  fieldProblems: {},
  announcement: '',
};

/** What the form can ask for. On the server nobody listens. */
export interface SendActions {
  addFiles(files: FileList | null): void;
  drop(transfer: DataTransfer | null): void;
  remove(key: string): void;
  retry(key: string): void;
  /** A field has been changed: what was said about it no longer holds. */
  edited(name: string): void;
  submit(form: HTMLFormElement): void;
  pause(): void;
  resume(): void;
  finishWithout(): void;
  tryAgain(): void;
}
