import type { SendSetup } from '../../components/send/setup.ts';
import { formatShare } from '../../i18n/format.ts';
import { fill } from '../../i18n/template.ts';
import { stepToAnnounce, totalsOf } from '../../sending/progress.ts';
import { nextToStart } from '../../sending/queue.ts';
import { inputOf } from '../../sending/reply.ts';
import { mayTryByHand, quietAfterMs, stalledAfterMs } from '../../sending/retry.ts';
import { createApi, type Details, type Opened, type SubmissionApi } from './api.ts';
import { finishSubmission } from './finishing.ts';
import { createSelection, type Selection } from './selection.ts';
import type { ViewStore } from './store.ts';
import { startTransfer, type Transfer, type TransferEvents } from './transfer.ts';

export interface Sender {
  add(chosen: { file: File; path: string }[]): void;
  remove(key: string): void;
  retry(key: string): void;
  /** Makes the submission and begins to send. */
  send(details: Details): Promise<void>;
  pause(): void;
  resume(): void;
  /** Ends the submission with what has arrived, leaving behind what failed; also once more after a failure. */
  finish(): void;
  /** Called about once a second while the page is open. */
  tick(nowMs: number): void;
  wentOnline(): void;
  wentOffline(): void;
}

interface Sending {
  readonly setup: SendSetup;
  readonly store: ViewStore;
  readonly api: SubmissionApi;
  readonly selection: Selection;
  /** By the keys of the list: what is under way or has arrived. */
  readonly transfers: Map<string, Transfer>;
  readonly heardAtMs: Map<string, number>;
  opened: Opened | undefined;
  lastDataAtMs: number;
  /** The last step of progress that was said aloud. */
  said: number;
}

/** From a list of files to a sealed submission. Shows itself in `store` alone. */
export const createSender = (setup: SendSetup, store: ViewStore): Sender => {
  const sending: Sending = {
    setup,
    store,
    api: createApi(setup),
    selection: createSelection(setup, store),
    transfers: new Map(),
    heardAtMs: new Map(),
    opened: undefined,
    lastDataAtMs: Date.now(),
    said: 0,
  };
  return {
    send: (details) => send(sending, details),
    add(chosen) {
      sending.selection.add(chosen);
      if (sending.opened !== undefined) sending.selection.queueAll();
      goOn(sending);
    },
    remove(key) {
      sending.transfers.get(key)?.cancel();
      sending.transfers.delete(key);
      sending.selection.remove(key);
      goOn(sending);
    },
    retry(key) {
      store.setItem(key, { state: 'waiting', words: undefined, mayRetry: false });
      goOn(sending);
    },
    pause: () => setPaused(sending, true),
    resume: () => setPaused(sending, false),
    finish: () => finish(sending),
    tick: (nowMs) => tick(sending, nowMs),
    wentOffline: () => store.set({ offline: true, announcement: setup.messages.progress.offline }),
    wentOnline() {
      store.set({ offline: false });
      // Connections from before are dead, although they may not say so for minutes.
      for (const [key, transfer] of sending.transfers)
        if (isActive(sending, key)) nudge(sending, key, transfer);
    },
  };
};

const send = async (sending: Sending, details: Details): Promise<void> => {
  const { api, setup, store, selection } = sending;
  store.set({ phase: 'opening', failure: undefined, fieldProblems: {} });
  const reply = await api.open(details);
  if (!reply.ok) {
    const keys = setup.fields.map((field) => field.key);
    const input = inputOf(reply.problem, keys);
    const { words } = reply.problem;
    store.set({
      phase: 'choosing',
      ...(input === undefined
        ? { failure: { words, mayRetry: false } }
        : { fieldProblems: { [input]: words } }),
    });
    return;
  }
  sending.opened = reply.value;
  sending.lastDataAtMs = Date.now();
  store.set({ phase: 'sending' });
  selection.queueAll();
  goOn(sending);
};

/** Starts what can start, and finishes when nothing is left. */
const goOn = (sending: Sending): void => {
  const { opened, store } = sending;
  const view = store.get();
  if (opened === undefined || view.phase !== 'sending') return;
  if (!view.paused) for (const key of nextToStart(view.items)) start(sending, key, opened);
  const totals = totalsOf(store.get().items);
  if (totals.files > 0 && totals.arrived === totals.files && totals.failed === 0) finish(sending);
};

const start = (sending: Sending, key: string, opened: Opened): void => {
  const picked = sending.selection.picked(key);
  if (picked === undefined) return;
  heard(sending, key);
  sending.store.setItem(key, { state: 'sending' });
  const events = eventsFor(sending, key);
  sending.transfers.set(key, startTransfer(sending.setup, opened, picked.file, picked.traits, events));
};

const eventsFor = (sending: Sending, key: string): TransferEvents => {
  const { store, selection, transfers } = sending;
  return {
    onProgress(sentBytes) {
      heard(sending, key);
      if (sentBytes > (selection.item(key)?.sentBytes ?? 0)) sending.lastDataAtMs = Date.now();
      store.setItem(key, { sentBytes, state: 'sending', words: undefined }, 'soon');
      announce(sending);
    },
    onArrived() {
      const sentBytes = selection.item(key)?.sizeBytes ?? 0;
      store.setItem(key, { state: 'arrived', sentBytes, words: undefined });
      announce(sending);
      goOn(sending);
    },
    onInterrupted(problem) {
      heard(sending, key);
      // No answer at all says nothing about this file: the line below the list tells it.
      store.setItem(key, { state: 'interrupted', words: problem.code === '' ? undefined : problem.words });
    },
    onFailed(problem) {
      transfers.delete(key);
      store.setItem(key, { state: 'failed', words: problem.words, mayRetry: mayTryByHand(problem.status) });
      goOn(sending);
    },
  };
};

const finish = ({ setup, api, store, opened, transfers }: Sending): void => {
  if (opened === undefined) return;
  const keysOfUploads = new Map(
    [...transfers].map(([key, transfer]) => [transfer.uploadId() ?? key, key] as const),
  );
  void finishSubmission({ setup, api, store, opened, keysOfUploads });
};

const setPaused = (sending: Sending, paused: boolean): void => {
  const { setup, store, selection, transfers } = sending;
  store.set({ paused, announcement: paused ? setup.messages.progress.paused : '' });
  for (const [key, transfer] of transfers) {
    if (paused && isActive(sending, key)) {
      transfer.pause();
      store.setItem(key, { state: 'paused' });
    } else if (!paused && selection.item(key)?.state === 'paused') {
      heard(sending, key);
      store.setItem(key, { state: 'sending' });
      transfer.resume();
    }
  }
  sending.lastDataAtMs = Date.now();
  goOn(sending);
};

/** Tells how long nothing has moved, and begins again what has been silent for too long. */
const tick = (sending: Sending, nowMs: number): void => {
  const { store, transfers, heardAtMs } = sending;
  const view = store.get();
  if (view.phase !== 'sending') return;
  const quietMs = nowMs - sending.lastDataAtMs;
  const isQuiet = quietMs > quietAfterMs && view.items.some((item) => isActive(sending, item.key));
  const quietSeconds = isQuiet ? Math.floor(quietMs / 1000) : undefined;
  if (quietSeconds !== view.quietSeconds) store.set({ quietSeconds });
  if (view.offline || view.paused) return;
  for (const [key, transfer] of transfers)
    if (isActive(sending, key) && nowMs - (heardAtMs.get(key) ?? nowMs) >= stalledAfterMs)
      nudge(sending, key, transfer);
};

const announce = (sending: Sending): void => {
  const { setup, store } = sending;
  const step = stepToAnnounce(totalsOf(store.get().items).share, sending.said);
  if (step === undefined) return;
  sending.said = step;
  const share = formatShare(setup.language, step / 100);
  store.set({ announcement: fill(setup.language, setup.messages.progress.announce, { share }) });
};

const isActive = ({ selection }: Sending, key: string): boolean => {
  const state = selection.item(key)?.state;
  return state === 'sending' || state === 'interrupted';
};

const heard = ({ heardAtMs }: Sending, key: string): void => {
  heardAtMs.set(key, Date.now());
};

const nudge = (sending: Sending, key: string, transfer: Transfer): void => {
  heard(sending, key);
  transfer.nudge();
};
