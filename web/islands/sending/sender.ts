import type { SendSetup } from '../../components/send/setup.ts';
import { visibleName } from '../../components/visible-name.ts';
import { fill } from '../../i18n/template.ts';
import { createMeter } from '../../sending/pace.ts';
import { isUnderWay, totalsOf } from '../../sending/progress.ts';
import { filesAtOnce, nextToStart } from '../../sending/queue.ts';
import { inputOf } from '../../sending/reply.ts';
import { mayTryByHand } from '../../sending/retry.ts';
import type { Details, Opened } from '../../sending/status.ts';
import { holdAlone } from './alone.ts';
import { createApi } from './api.ts';
import { createBackground } from './background.ts';
import { finish, followEnd, placesFree, remind } from './ending.ts';
import { patiently, showNothing } from './finishing.ts';
import { createHashing } from './hashing.ts';
import { createListMemory } from './list-memory.ts';
import type { Picking } from './picking.ts';
import { createPictures } from './pictures.ts';
import { createResuming } from './resuming.ts';
import { createSelection, type Selection } from './selection.ts';
import { heard, isActive, nudge, type Sending } from './state.ts';
import { say, type ViewStore } from './store.ts';
import { startTransfer, type TransferEvents } from './transfer.ts';
import { announce, tick } from './watching.ts';

export interface Sender {
  /** Goes on with what an earlier visit began, if there is something. */
  takeUp(): Promise<void>;
  add(picking: Picking): void;
  remove(key: string): void;
  /** Before anything is sent. */
  removeAll(): void;
  retry(key: string): void;
  /** Makes the submission and begins to send. */
  send(details: Details): Promise<void>;
  pause(): void;
  resume(): void;
  /** Calls off all that has not arrived; what has arrived stays until the submitter finishes, or adds something. */
  cancelAll(): void;
  /** Leaves what an earlier visit began, and nothing of this one has touched. */
  startAnew(): void;
  /** Ends the submission with what has arrived, leaving behind what failed; also once more after a failure. */
  finish(): void;
  /** Called about once a second while the page is open. */
  tick(nowMs: number): void;
  wentOnline(): void;
  wentOffline(): void;
}

/** From a list of files to a sealed submission. Shows itself in `store` alone. */
export const createSender = (setup: SendSetup, store: ViewStore): Sender => {
  const background = createBackground(setup.backgroundScript);
  const pictures = createPictures(background, store);
  const selection = createSelection(setup, store, pictures);
  const hashing = createHashing(background);
  const list = createListMemory(() => localStorage, location.pathname);
  const listed = list.recall(setup.unfinished?.submissionId);
  const resuming = createResuming(setup, store, selection, hashing, listed);
  const sending: Sending = {
    setup,
    store,
    pictures,
    api: createApi(setup),
    selection,
    list,
    resuming,
    transfers: new Map(),
    uploadIds: new Map(),
    known: new Set(),
    heardAtMs: new Map(),
    hashing,
    meter: createMeter(),
    leaving: new Set(),
    opened: undefined,
    lastDataAtMs: Date.now(),
    said: 0,
  };
  return {
    async takeUp() {
      const begun = await resuming.takeUp(navigator.locks);
      if (begun === undefined) return;
      sending.opened = begun.opened;
      remind(sending, begun.uploadIds);
      goOn(sending);
    },
    send: (details) => send(sending, details),
    add(picking) {
      const { phase } = store.get();
      if (phase !== 'choosing' && phase !== 'sending') return;
      store.set({ cancelled: false, asks: mustAsk(sending) });
      if (resuming.isExpecting()) void addAgain(sending, picking);
      else add(sending, picking);
    },
    remove: (key) => remove(sending, key),
    removeAll() {
      sending.selection.remove(store.get().items.map(({ key }) => key));
      say(store, { announcement: setup.messages.files.removedAll });
    },
    retry(key) {
      sending.hashing.forget(key);
      store.setItem(key, { state: 'waiting', words: undefined, mayRetry: false });
      goOn(sending);
    },
    pause: () => setPaused(sending, true),
    resume: () => setPaused(sending, false),
    cancelAll: () => cancelAll(sending),
    startAnew() {
      sending.opened = undefined;
      sending.uploadIds.clear();
      selection.remove(store.get().items.map(({ key }) => key));
      store.set({ phase: 'choosing', isResumed: false, cancelled: false });
    },
    finish: () => void finish(sending),
    tick: (nowMs) => tick(sending, nowMs),
    wentOffline() {
      store.set({ offline: true, pace: undefined });
      if (store.get().phase === 'sending') say(store, { alarm: setup.messages.progress.offline });
    },
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
    const { words, status, code } = reply.problem;
    if (code === 'request.closed') return showNothing(sending);
    const { notBegun, problem } = setup.messages;
    store.set({
      phase: 'choosing',
      ...(input === undefined
        ? { failure: { words: status === 0 ? notBegun : words, mayRetry: false } }
        : { fieldProblems: { [input]: input === 'email' ? problem.email : words } }),
    });
    return;
  }
  sending.opened = reply.value;
  void holdAlone(reply.value.submissionId, navigator.locks);
  sending.lastDataAtMs = Date.now();
  const sent = { name: details.name, receiptNumber: reply.value.receiptNumber };
  store.set({ phase: 'sending', sent, skipped: 0, already: 0, unreadable: 0 });
  selection.queueAll();
  goOn(sending);
};

/** That all has arrived does not say that it was meant so: files may be missing, or be others than they were. */
const mustAsk = ({ store, resuming }: Sending): boolean => {
  const { isResumed, items } = store.get();
  return isResumed && (!resuming.knowsAll || items.some(({ remark }) => remark === 'changed'));
};

const add = (sending: Sending, ...added: Parameters<Selection['add']>): void => {
  const { store } = sending;
  const refusedBefore = totalsOf(store.get().items).refused;
  sending.selection.add(...added);
  const isNewlyRefused = totalsOf(store.get().items).refused > refusedBefore;
  if (sending.opened !== undefined && (isNewlyRefused || mustAsk(sending))) store.set({ asks: true });
  if (sending.opened !== undefined) sending.selection.queueAll();
  goOn(sending);
};

const addAgain = async (sending: Sending, picking: Picking): Promise<void> => {
  const { rest, ...known } = await sending.resuming.takeKnown(picking, (key) => {
    letGo(sending, key);
    sending.selection.remove([key]);
  });
  add(sending, rest, known);
};

const remove = (sending: Sending, key: string): void => {
  const { selection, setup, store, opened } = sending;
  const item = selection.item(key);
  const words =
    item === undefined || !isUnderWay(item) ? setup.messages.files.removed : setup.messages.files.cancelled;
  const name = visibleName(item?.path ?? '');
  letGo(sending, key);
  selection.remove([key]);
  // What had no place beside it may have one now.
  if (opened !== undefined) selection.queueAll();
  const { arrived, files } = totalsOf(store.get().items);
  // Taking the last one off the list is not yet to say that the others are all.
  if (arrived === files) store.set({ asks: true });
  say(store, { announcement: fill(setup.language, words, { name }) });
  goOn(sending);
};

const cancelAll = (sending: Sending): void => {
  const { selection, store } = sending;
  const called = store.get().items.filter(({ state }) => state !== 'arrived' && state !== 'stored');
  for (const { key } of called) letGo(sending, key);
  sending.meter.rest();
  selection.remove(called.map(({ key }) => key));
  store.set({ cancelled: true, paused: false, pace: undefined, quietSeconds: undefined });
};

const letGo = ({ transfers, uploadIds, opened, api, leaving, hashing }: Sending, key: string): void => {
  const stopped = transfers.get(key)?.cancel() ?? Promise.resolve(uploadIds.get(key));
  transfers.delete(key);
  uploadIds.delete(key);
  hashing.forget(key);
  if (opened === undefined) return;
  const dropped = async () => {
    const uploadId = await stopped;
    if (uploadId !== undefined) await patiently(() => api.drop(opened, uploadId));
  };
  const left = dropped();
  leaving.add(left);
  void left.finally(() => leaving.delete(left));
};

/** Starts what can start, and finishes when nothing is left. */
const goOn = (sending: Sending): void => {
  const { opened, store, selection, hashing } = sending;
  const view = store.get();
  if (opened === undefined || view.phase !== 'sending' || view.cancelled) return;
  if (!view.paused) {
    for (const key of nextToStart(view.items)) start(sending, key, opened);
    for (const key of nextToStart(store.get().items, filesAtOnce * 2)) {
      const picked = selection.picked(key);
      if (picked !== undefined) hashing.prepare(key, picked.file);
    }
  }
  const totals = totalsOf(store.get().items);
  remember(sending, opened);
  if (view.asks || totals.files === 0 || totals.arrived < totals.files || totals.failed > 0) return;
  void finish(sending);
};

/** So that who comes back is asked for every file that was to be sent. */
const remember = ({ list, store }: Sending, { submissionId }: Opened): void => {
  const wanted = store.get().items.filter(({ state }) => state !== 'refused');
  list.keep(
    submissionId,
    wanted.map(({ path, slot, sizeBytes }) => ({ path, slot, sizeBytes })),
  );
};

const start = (sending: Sending, key: string, opened: Opened): void => {
  const picked = sending.selection.picked(key);
  if (picked === undefined) return;
  heard(sending, key);
  sending.store.setItem(key, { state: 'sending' });
  const told = placesFree(sending).then(() => sending.hashing.of(key, picked.file));
  const outgoing = { ...picked, told, uploadId: sending.uploadIds.get(key) };
  sending.transfers.set(key, startTransfer(sending.setup, opened, outgoing, eventsFor(sending, key)));
};

const eventsFor = (sending: Sending, key: string): TransferEvents => {
  const { setup, store, selection, transfers } = sending;
  return {
    onNamed(uploadId) {
      remind(sending, [[key, uploadId]]);
    },
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
      void followEnd(sending, problem);
      const name = visibleName(selection.item(key)?.path ?? '');
      store.setItem(key, { state: 'failed', words: problem.words, mayRetry: mayTryByHand(problem.status) });
      say(store, {
        alarm: `${fill(setup.language, setup.messages.files.failed, { name })} ${problem.words}`,
      });
      selection.judge();
      selection.queueAll();
      goOn(sending);
    },
  };
};

const setPaused = (sending: Sending, paused: boolean): void => {
  const { setup, store, selection, transfers } = sending;
  store.set({ paused, pace: undefined });
  sending.meter.rest();
  say(store, { announcement: paused ? setup.messages.progress.paused : setup.messages.progress.resumed });
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
