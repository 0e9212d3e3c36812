import { ask, pause } from './wire.ts';

export interface SendingOptions {
  name?: string;
  email?: string;
  message?: string;
  /** By the key of each question. */
  answers?: Record<string, string>;
  /** Where the request asks for one. */
  password?: string;
  fetch?: typeof fetch;
  signal?: AbortSignal;
}

/** How far a submission is. */
export interface SendingState {
  state: 'open' | 'finishing' | 'sealed' | 'discarded';
  receiptNumber: string;
  /** The receipt's private address. */
  receiptUrl: string;
  takeBackUntil?: string;
  files: {
    uploadId: string;
    name: string;
    sizeBytes: number | null;
    state: 'uploading' | 'received' | 'stored' | 'failed' | 'abandoned' | 'withdrawn';
    offsetBytes: number;
    sha256?: string;
    failureCode?: string;
  }[];
}

/** A submission that has begun. */
export interface Sending {
  submissionId: string;
  /** Whoever has it may go on with this submission. */
  credential: string;
  receiptNumber: string;
  /** What the request expects by name: `item` of the tus metadata names one. */
  items: { id: string; label: string; required: boolean }[];
  /** For any tus client: where uploads are made, and the header that each of its calls needs. */
  tus: { endpoint: string; headers: { Authorization: string } };
  state(): Promise<SendingState>;
  /**
   * Finishes, and waits until every file is stored and the receipt is issued: `sealed`. It is `open` again where a file
   * could not be stored: `files` says which, and it may be sent once more.
   * @param uploads ids of the uploads to finish with; left out: whatever is there
   */
  finish(uploads?: string[]): Promise<SendingState>;
  /** Takes a stored file out again, while the take-back window is open. */
  takeBack(uploadId: string): Promise<SendingState>;
}

const repeats = { repeats: 4, longestPauseMs: 30_000 };

/**
 * Begins a submission behind a link. No API token is needed.
 * @param link the request's address, as submitters are given it
 */
export const startSending = async (link: string | URL, options: SendingOptions): Promise<Sending> => {
  const { fetch: fetcher = fetch, signal, ...details } = options;
  const url = new URL(link);
  const call = async (path: string, init: RequestInit, repeatable = true): Promise<unknown> => {
    const question = { url: new URL(path, url), init: { ...init, signal: signal ?? null }, repeatable };
    return JSON.parse(new TextDecoder().decode((await ask(fetcher, question, repeats)).bytes));
  };
  const json = { 'Content-Type': 'application/json' };
  const begun = (await call(
    `${url.pathname}/submissions`,
    { method: 'POST', headers: json, body: JSON.stringify(details) },
    false,
  )) as Pick<Sending, 'submissionId' | 'credential' | 'receiptNumber' | 'items'>;
  const headers = { Authorization: `Bearer ${begun.credential}` };
  const own = `/submissions/${begun.submissionId}`;
  const told = async (path: string, init: RequestInit): Promise<SendingState> => {
    const state = (await call(path, init)) as SendingState;
    return { ...state, receiptUrl: new URL(state.receiptUrl, url).href };
  };
  const state = () => told(own, { headers });
  return {
    ...begun,
    tus: { endpoint: new URL('/uploads', url).href, headers },
    state,
    async finish(uploads) {
      const body = uploads === undefined ? null : JSON.stringify({ uploads });
      let now = await told(`${own}/finish`, { method: 'POST', headers: { ...headers, ...json }, body });
      while (now.state === 'finishing') {
        await pause(500, signal);
        now = await state();
      }
      return now;
    },
    takeBack: (uploadId) => told(`${own}/files/${uploadId}/take-back`, { method: 'POST', headers }),
  };
};
