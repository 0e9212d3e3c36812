import { receiptTitle } from '../../components/send/receipt.tsx';
import type { SendSetup } from '../../components/send/setup.ts';
import type { Problem } from '../../sending/reply.ts';
import { isWorthRetrying, pollDelayMs } from '../../sending/retry.ts';
import type { FileStatus, Opened, SubmissionStatus } from '../../sending/status.ts';
import type { ItemView, ReceiptView } from '../../sending/view.ts';
import type { Reply, SubmissionApi } from './api.ts';
import { say, type ViewStore } from './store.ts';

export interface Finishing {
  setup: SendSetup;
  api: SubmissionApi;
  store: ViewStore;
  opened: Opened;
  /** From the uploads that have arrived and are wanted to the keys of the list. */
  keysOfUploads: ReadonlyMap<string, string>;
  /** All uploads that this page has begun or shown, with those that it has let go of. */
  known: ReadonlySet<string>;
  /** Puts uploads that this page knows nothing of into its list. */
  meet(files: readonly FileStatus[]): void;
}

/**
 * Ends the submission with what is in the list, and waits until it is sealed. Goes on by itself through everything that
 * may pass; what does not pass is shown with “try again”, which comes here once more.
 */
export const finishSubmission = async (finishing: Finishing): Promise<void> => {
  const { setup, store } = finishing;
  store.set({ phase: 'finishing', failure: undefined, pace: undefined, quietSeconds: undefined });
  say(store, { announcement: setup.messages.progress.finishing });
  const finished = await finishExactly(finishing);
  store.set({ handedOver: finished.ok && finished.value.state !== 'open' });
  const reply = await untilSealed(finishing, finished);
  if (!reply.ok) {
    const { code, words } = reply.problem;
    if (code === 'request.closed') showNothing(finishing);
    else store.set({ phase: 'sending', failure: { words, mayRetry: true } });
    return;
  }
  if (reply.value.state === 'open') {
    // A file failed after all had arrived, or there are others: the submitter is asked.
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

/** So often it is tried to be rid of what the submitter does not want. */
const mostTries = 20;

/**
 * Finishes with exactly what is in the list. What else is there is taken away, where the submitter has taken it off the
 * list; what this page has never known (another window's, or of an answer that was lost) is shown to the submitter.
 * @returns the submission, open: it is for the submitter to say what is to become of it
 */
const finishExactly = async (finishing: Finishing): Promise<Reply<SubmissionStatus>> => {
  const { api, opened, keysOfUploads, known } = finishing;
  for (let tries = 0; ; tries += 1) {
    const reply = await patiently(() => api.finish(opened, [...keysOfUploads.keys()]));
    if (reply.ok || reply.problem.code !== 'submission.changed' || tries === mostTries) return reply;
    const status = await patiently(() => api.status(opened));
    if (!status.ok) return status;
    const { files } = status.value;
    const others = files.filter((file) => isLive(file) && !keysOfUploads.has(file.uploadId));
    // Of which nothing has come, nothing is lost: a window that is at it begins again.
    const strangers = others.filter(
      ({ uploadId, state, offsetBytes }) =>
        !known.has(uploadId) && (state !== 'uploading' || offsetBytes > 0),
    );
    for (const other of others)
      if (!strangers.includes(other)) await patiently(() => api.drop(opened, other.uploadId));
    if (strangers.length > 0) finishing.meet(strangers);
    const isWhole = files.every((file) => isLive(file) || !keysOfUploads.has(file.uploadId));
    if (strangers.length > 0 || !isWhole) return status;
    if (tries > 0) await wait(pollDelayMs(tries));
  }
};

const isLive = ({ state }: FileStatus): boolean =>
  state === 'uploading' || state === 'received' || state === 'stored';

/**
 * For a submission that was ended by somebody else: shows what was received of it, and that the rest was not.
 * @param problem why it has ended
 * @returns false when it has not ended
 */
export const showEnd = async (finishing: Finishing, { code, words }: Problem): Promise<boolean> => {
  const { api, store, opened } = finishing;
  const reply = await untilSealed(finishing, await patiently(() => api.status(opened)));
  if (!reply.ok) return false;
  // Past its time a submission stays open for what was begun before.
  if (reply.value.state === 'open' && (code !== 'request.closed' || reply.value.files.some(isLive)))
    return false;
  if (reply.value.state !== 'sealed') {
    showNothing(finishing);
    return true;
  }
  showStates(finishing, reply.value);
  for (const item of store.get().items)
    if (item.state !== 'stored')
      store.setItem(item.key, { state: 'failed', words: item.words ?? words, mayRetry: false });
  showSealed(finishing, reply.value, code === 'request.closed');
  return true;
};

/** The request is closed, and nothing of this was received. */
export const showNothing = ({ setup, store }: Pick<Finishing, 'setup' | 'store'>): void => {
  const items = store
    .get()
    .items.map((item) => ({ ...item, state: 'failed' as const, words: undefined, mayRetry: false }));
  store.set({ phase: 'ended', items, failure: undefined, skipped: 0, already: 0, unreadable: 0, alarm: '' });
  say(store, { announcement: setup.messages.ended.title });
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

const showSealed = (finishing: Finishing, status: SubmissionStatus, isClosed = false): void => {
  const { setup, store } = finishing;
  showStates(finishing, status);
  const receipt = { ...receiptOf(setup, status, store.get().items), isClosed };
  store.set({ phase: 'sealed', failure: undefined, receipt, alarm: '' });
  say(store, { announcement: receiptTitle(setup, receipt) });
};

/** Asks until there is an answer that counts: a lost connection or a restart is waited out. */
export const patiently = async <T>(ask: () => Promise<Reply<T>>): Promise<Reply<T>> => {
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
    if (file.state === 'abandoned' || file.state === 'withdrawn')
      store.setItem(key, { state: 'failed', words: setup.messages.files.takenAway, mayRetry: true }, 'soon');
    if (file.state === 'stored') store.setItem(key, { state: 'stored' }, 'soon');
    if (file.state === 'failed')
      store.setItem(key, { state: 'failed', words: wordsFor(setup, file.failureCode) }, 'soon');
  }
};

const wordsFor = (setup: SendSetup, code: string | undefined): string =>
  setup.failureWords[code ?? 'internal'] ?? setup.messages.internal;

/** What is stored is the portal's to say. What is not is what the list still shows: not an attempt that another followed. */
const receiptOf = (
  setup: SendSetup,
  status: SubmissionStatus,
  items: readonly ItemView[],
): Omit<ReceiptView, 'isClosed'> => ({
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
