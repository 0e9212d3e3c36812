import type { SendSetup } from '../../components/send/setup.ts';
import { formatShare } from '../../i18n/format.ts';
import { fill } from '../../i18n/template.ts';
import { stepToAnnounce, totalsOf } from '../../sending/progress.ts';
import { nextToStart } from '../../sending/queue.ts';
import { inputOf } from '../../sending/reply.ts';
import { mayTryByHand, quietAfterMs, stalledAfterMs } from '../../sending/retry.ts';
import { createApi, type Details, type Opened } from './api.ts';
import { finishSubmission } from './finishing.ts';
import { createSelection } from './selection.ts';
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
  /** Leaves behind what failed, and ends the submission with what has arrived. */
  finishWithout(): void;
  tryAgain(): void;
  /** Called about once a second while the page is open. */
  tick(nowMs: number): void;
  wentOnline(): void;
  wentOffline(): void;
}

/** From a list of files to a sealed submission. Shows itself in `store` alone. */
export const createSender = (setup: SendSetup, store: ViewStore): Sender => {
  const api = createApi(setup);
  const selection = createSelection(setup, store);
  const transfers = new Map<string, Transfer>();
  const heardAtMs = new Map<string, number>();
  let opened: Opened | undefined;
  let lastDataAtMs = Date.now();
  let said = 0;

  const heard = (key: string) => heardAtMs.set(key, Date.now());

  const eventsFor = (key: string): TransferEvents => ({
    onProgress(sentBytes) {
      heard(key);
      if (sentBytes > (selection.item(key)?.sentBytes ?? 0)) lastDataAtMs = Date.now();
      store.setItem(key, { sentBytes, state: 'sending', words: undefined }, 'soon');
      announce();
    },
    onArrived() {
      store.setItem(key, {
        state: 'arrived',
        sentBytes: selection.item(key)?.sizeBytes ?? 0,
        words: undefined,
      });
      announce();
      goOn();
    },
    onInterrupted(problem) {
      heard(key);
      // No answer at all says nothing about this file: the line above the list tells it.
      store.setItem(key, { state: 'interrupted', words: problem.code === '' ? undefined : problem.words });
    },
    onFailed(problem) {
      transfers.delete(key);
      store.setItem(key, { state: 'failed', words: problem.words, mayRetry: mayTryByHand(problem.status) });
      goOn();
    },
  });

  const start = (key: string, to: Opened) => {
    const picked = selection.picked(key);
    if (picked === undefined) return;
    heard(key);
    store.setItem(key, { state: 'sending' });
    transfers.set(key, startTransfer(setup, to, picked.file, picked.traits, eventsFor(key)));
  };

  /** Starts what can start, and finishes when nothing is left. */
  const goOn = () => {
    const view = store.get();
    if (opened === undefined || view.phase !== 'sending') return;
    if (!view.paused) for (const key of nextToStart(view.items)) start(key, opened);
    const { items } = store.get();
    const totals = totalsOf(items);
    if (totals.files > 0 && totals.arrived === totals.files && totals.failed === 0) finish();
  };

  const finish = () => {
    if (opened === undefined) return;
    const keysOfUploads = new Map(
      [...transfers].map(([key, transfer]) => [transfer.uploadId() ?? key, key] as const),
    );
    void finishSubmission({ setup, api, store, opened, keysOfUploads });
  };

  const announce = () => {
    const { share } = totalsOf(store.get().items);
    const step = stepToAnnounce(share, said);
    if (step === undefined) return;
    said = step;
    const words = fill(setup.language, setup.messages.progress.announce, {
      share: formatShare(setup.language, step / 100),
    });
    store.set({ announcement: words });
  };

  const send = async (details: Details) => {
    store.set({ phase: 'opening', failure: undefined, fieldProblems: {} });
    const reply = await api.open(details);
    if (!reply.ok) {
      const input = inputOf(
        reply.problem,
        setup.fields.map((field) => field.key),
      );
      const { words } = reply.problem;
      store.set({
        phase: 'choosing',
        ...(input === undefined
          ? { failure: { words, mayRetry: false } }
          : { fieldProblems: { [input]: words } }),
      });
      return;
    }
    opened = reply.value;
    lastDataAtMs = Date.now();
    store.set({ phase: 'sending' });
    selection.queueAll();
    goOn();
  };

  const isActive = (key: string): boolean => {
    const state = selection.item(key)?.state;
    return state === 'sending' || state === 'interrupted';
  };

  const nudge = (key: string, transfer: Transfer) => {
    heard(key);
    transfer.nudge();
  };

  const setPaused = (paused: boolean) => {
    store.set({ paused, announcement: paused ? setup.messages.progress.paused : '' });
    for (const [key, transfer] of transfers) {
      if (paused && isActive(key)) {
        transfer.pause();
        store.setItem(key, { state: 'paused' });
      } else if (!paused && selection.item(key)?.state === 'paused') {
        heard(key);
        store.setItem(key, { state: 'sending' });
        transfer.resume();
      }
    }
    lastDataAtMs = Date.now();
    goOn();
  };

  return {
    send,
    add(chosen) {
      selection.add(chosen);
      if (opened !== undefined) selection.queueAll();
      goOn();
    },
    remove(key) {
      transfers.get(key)?.cancel();
      transfers.delete(key);
      selection.remove(key);
      goOn();
    },
    retry(key) {
      store.setItem(key, { state: 'waiting', words: undefined, mayRetry: false });
      goOn();
    },
    pause: () => setPaused(true),
    resume: () => setPaused(false),
    finishWithout: finish,
    tryAgain: finish,
    tick(nowMs) {
      const view = store.get();
      if (view.phase !== 'sending') return;
      const active = view.items.some((item) => item.state === 'sending' || item.state === 'interrupted');
      const quietMs = nowMs - lastDataAtMs;
      const quietSeconds = active && quietMs > quietAfterMs ? Math.floor(quietMs / 1000) : undefined;
      if (quietSeconds !== view.quietSeconds) store.set({ quietSeconds });
      if (view.offline || view.paused) return;
      for (const [key, transfer] of transfers)
        if (isActive(key) && nowMs - (heardAtMs.get(key) ?? nowMs) >= stalledAfterMs) nudge(key, transfer);
    },
    wentOffline: () => store.set({ offline: true, announcement: setup.messages.progress.offline }),
    wentOnline() {
      store.set({ offline: false });
      // Connections from before are dead, although they may not say so for minutes.
      for (const [key, transfer] of transfers) if (isActive(key)) nudge(key, transfer);
    },
  };
};
