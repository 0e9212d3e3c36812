import { receiptTitle } from '../../components/send/receipt.tsx';
import type { SendSetup } from '../../components/send/setup.ts';
import { isWorthRetrying, pollDelayMs } from '../../sending/retry.ts';
import type { Opened, SubmissionStatus } from '../../sending/status.ts';
import type { ItemView, ReceiptView } from '../../sending/view.ts';
import type { Reply, SubmissionApi } from './api.ts';
import { say, type ViewStore } from './store.ts';

export interface Finishing {
  setup: SendSetup;
  api: SubmissionApi;
  store: ViewStore;
  opened: Opened;
  /** From the uploads that have arrived to the keys of the list. */
  keysOfUploads: ReadonlyMap<string, string>;
}

/**
 * Ends the submission and waits until it is sealed. Goes on by itself through everything that may pass; what does
 * not pass is shown with “try again”, which comes here once more.
 */
export const finishSubmission = async (finishing: Finishing): Promise<void> => {
  const { setup, api, store, opened } = finishing;
  store.set({ phase: 'finishing', failure: undefined, pace: undefined, quietSeconds: undefined });
  say(store, { announcement: setup.messages.progress.finishing });
  const before = await patiently(() => api.status(opened));
  if (before.ok) await dropStrays(finishing, before.value);
  const finished = await patiently(() => api.finish(opened));
  store.set({ handedOver: finished.ok && finished.value.state !== 'open' });
  const reply = await untilSealed(finishing, finished);
  if (!reply.ok) {
    store.set({ phase: 'sending', failure: { words: reply.problem.words, mayRetry: true } });
    return;
  }
  if (reply.value.state === 'open') {
    // A file failed after all had arrived: it can be sent again, or left behind by finishing once more.
    showStates(finishing, reply.value);
    store.set({ phase: 'sending', handedOver: false });
    return;
  }
  if (reply.value.state === 'discarded') {
    store.set({ failure: { words: setup.messages.internal, mayRetry: false } });
    return;
  }
  showSealed(finishing, reply.value);
};

/**
 * For a submission that was ended by somebody else: shows what was received of it, and that the rest was not.
 * @param words why it has ended
 * @returns false when it has not ended
 */
export const showEnd = async (finishing: Finishing, words: string): Promise<boolean> => {
  const { api, store, opened } = finishing;
  const reply = await untilSealed(finishing, await patiently(() => api.status(opened)));
  if (!reply.ok || reply.value.state === 'open') return false;
  showStates(finishing, reply.value);
  for (const item of store.get().items)
    if (item.state !== 'stored')
      store.setItem(item.key, { state: 'failed', words: item.words ?? words, mayRetry: false });
  if (reply.value.state === 'sealed') showSealed(finishing, reply.value);
  else store.set({ failure: { words, mayRetry: false } });
  return true;
};

const untilSealed = async (
  finishing: Finishing,
  first: Reply<SubmissionStatus>,
): Promise<Reply<SubmissionStatus>> => {
  let reply = first;
  for (let asked = 0; reply.ok && reply.value.state === 'finishing'; asked += 1) {
    showStates(finishing, reply.value);
    await wait(pollDelayMs(asked));
    reply = await patiently(() => finishing.api.status(finishing.opened));
  }
  return reply;
};

const showSealed = (finishing: Finishing, status: SubmissionStatus): void => {
  const { setup, store } = finishing;
  showStates(finishing, status);
  const receipt = receiptOf(setup, status, store.get().items);
  store.set({ phase: 'sealed', failure: undefined, receipt, alarm: '' });
  say(store, { announcement: receiptTitle(setup, receipt) });
};

/**
 * An answer that was lost on the way leaves an upload on the server of which this page knows nothing; it would keep
 * the submission from ever being complete.
 */
const dropStrays = async (
  { api, opened, keysOfUploads }: Finishing,
  status: SubmissionStatus,
): Promise<void> => {
  const strays = status.files.filter(
    (file) => file.state === 'uploading' && !keysOfUploads.has(file.uploadId),
  );
  for (const stray of strays) await api.drop(opened, stray.uploadId);
};

/** Asks until there is an answer that counts: a lost connection or a restart is waited out. */
const patiently = async <T>(ask: () => Promise<Reply<T>>): Promise<Reply<T>> => {
  for (let attempt = 0; ; attempt += 1) {
    const reply = await ask();
    if (reply.ok) return reply;
    const { status, code } = reply.problem;
    if (status === 409 || !isWorthRetrying(status, code)) return reply;
    await wait(pollDelayMs(attempt));
  }
};

const wait = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

const showStates = ({ setup, store, keysOfUploads }: Finishing, status: SubmissionStatus) => {
  for (const file of status.files) {
    const key = keysOfUploads.get(file.uploadId);
    if (key === undefined) continue;
    if (file.state === 'stored') store.setItem(key, { state: 'stored' }, 'soon');
    if (file.state === 'failed')
      store.setItem(key, { state: 'failed', words: wordsFor(setup, file.failureCode) }, 'soon');
  }
};

const wordsFor = (setup: SendSetup, code: string | undefined): string =>
  setup.failureWords[code ?? 'internal'] ?? setup.messages.internal;

/** What is stored is the portal's to say. What is not is what the list still shows: not an attempt that another followed. */
const receiptOf = (setup: SendSetup, status: SubmissionStatus, items: readonly ItemView[]): ReceiptView => ({
  number: status.receiptNumber,
  url: status.receiptUrl,
  files: [
    ...status.files
      .filter(({ state }) => state === 'stored')
      .map(({ name, sizeBytes, sha256 }) => ({ name, sizeBytes: sizeBytes ?? 0, sha256 })),
    ...items
      .filter(({ state }) => state === 'failed' || state === 'refused' || state === 'missing')
      .map(({ path, sizeBytes, words = setup.messages.receipt.notSent }) => ({
        name: path,
        sizeBytes,
        words,
      })),
  ],
});
