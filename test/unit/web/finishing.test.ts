import { describe, expect, test } from 'vitest';
import type { Reply, SubmissionApi } from '../../../web/islands/sending/api.ts';
import { finishSubmission, showEnd } from '../../../web/islands/sending/finishing.ts';
import { createViewStore } from '../../../web/islands/sending/store.ts';
import type { FileStatus, SubmissionStatus } from '../../../web/sending/status.ts';
import type { ItemView } from '../../../web/sending/view.ts';
import { sampleSetup } from './sample-setup.ts';

const opened = { submissionId: 'sub_1', credential: 'secret', receiptNumber: '261122-7F3KQ' };

const file = (uploadId: string, state: FileStatus['state'], name = 'a.pdf'): FileStatus => ({
  uploadId,
  name,
  sizeBytes: 7,
  state,
  offsetBytes: 7,
  metadata: {},
});

const item = (state: ItemView['state'], path = 'a.pdf'): ItemView => ({
  key: path,
  path,
  sizeBytes: 7,
  sentBytes: 7,
  state,
  words: state === 'failed' ? 'not what its name says' : undefined,
});

/** The receipt of a page with this list, whose portal has these uploads. */
const receiptOf = async (items: ItemView[], files: FileStatus[]) => {
  const status: SubmissionStatus = {
    state: 'sealed',
    receiptNumber: opened.receiptNumber,
    receiptUrl: '/receipts/sub_1.signature',
    files,
  };
  const answer = () => Promise.resolve({ ok: true as const, value: status });
  const api: SubmissionApi = {
    open: () => Promise.reject(new Error('not opened again')),
    status: answer,
    finish: answer,
    drop: () => Promise.reject(new Error('nothing is taken away')),
  };
  const store = createViewStore(() => undefined);
  store.set({ items });
  await finishSubmission({
    setup: sampleSetup({ allowedTypes: [] }),
    api,
    store,
    opened,
    keysOfUploads: new Map(),
    known: new Set(),
    meet: () => undefined,
  });
  return store.get().receipt?.files.map(({ name, words }) => [name, words]);
};

test('a file that was refused and sent again stands once on the receipt', async () => {
  const uploads = [file('upl_1', 'failed'), file('upl_2', 'stored')];
  expect(await receiptOf([item('stored')], uploads)).toEqual([['a.pdf', undefined]]);
});

test('a file that was refused twice and left behind stands there once, with the reason', async () => {
  const uploads = [file('upl_1', 'failed'), file('upl_2', 'failed'), file('upl_3', 'stored', 'b.pdf')];
  expect(await receiptOf([item('failed'), item('stored', 'b.pdf')], uploads)).toEqual([
    ['b.pdf', undefined],
    ['a.pdf', 'not what its name says'],
  ]);
});

test('a file that was removed from the list is on no receipt', async () => {
  const uploads = [file('upl_1', 'failed'), file('upl_2', 'stored', 'b.pdf')];
  expect(await receiptOf([item('stored', 'b.pdf')], uploads)).toEqual([['b.pdf', undefined]]);
});

/** A portal that finishes only with exactly what is there, as the real one does. */
const portalWith = (files: FileStatus[]) => {
  const told: SubmissionStatus = { state: 'open', receiptNumber: opened.receiptNumber, files };
  const dropped: string[] = [];
  const refuse = (code: string, status: number): Reply<never> => ({
    ok: false,
    problem: { code, words: code, status },
  });
  const answer = (): Promise<Reply<SubmissionStatus>> => Promise.resolve({ ok: true, value: { ...told } });
  const api: SubmissionApi = {
    open: () => Promise.reject(new Error('not opened again')),
    status: answer,
    finish(_opened, uploads) {
      const there = told.files.filter(({ state }) => ['uploading', 'received', 'stored'].includes(state));
      if (there.length !== uploads.length || there.some(({ uploadId }) => !uploads.includes(uploadId)))
        return Promise.resolve(refuse('submission.changed', 409));
      told.state = 'sealed';
      return answer();
    },
    drop(_opened, uploadId) {
      dropped.push(uploadId);
      told.files = told.files.map((one) =>
        one.uploadId === uploadId ? { ...one, state: 'abandoned' } : one,
      );
      return Promise.resolve({ ok: true, value: undefined });
    },
  };
  return { told, dropped, api };
};

/** Finishes with `a.pdf`, upl_1, in the list; `removed` was there before. */
const finishWith = async (files: FileStatus[], removed: string[] = []) => {
  const portal = portalWith(files);
  const met: string[] = [];
  const store = createViewStore(() => undefined);
  store.set({ phase: 'sending', items: [item('arrived')] });
  const finishing = {
    setup: sampleSetup({ allowedTypes: [] }),
    api: portal.api,
    store,
    opened,
    keysOfUploads: new Map([['upl_1', 'a.pdf']]),
    known: new Set(['upl_1', ...removed]),
    meet: (others: readonly FileStatus[]) => void met.push(...others.map(({ uploadId }) => uploadId)),
  };
  await finishSubmission(finishing);
  return { ...portal, met, store, finishing };
};

describe('what is there and not in the list', () => {
  test.each(['uploading', 'received', 'stored'] as const)(
    'is taken away first where it was removed from it: %s',
    async (state) => {
      const { dropped, met, told, store } = await finishWith(
        [file('upl_1', 'stored'), file('upl_2', state, 'b.pdf')],
        ['upl_2'],
      );
      expect([dropped, met, told.state]).toEqual([['upl_2'], [], 'sealed']);
      expect(store.get().receipt?.files.map(({ name }) => name)).toEqual(['a.pdf']);
    },
  );

  test.each(['uploading', 'received', 'stored'] as const)(
    'is shown and not finished with, nor thrown away, where this page does not know it: %s',
    async (state) => {
      const { dropped, met, told, store } = await finishWith([
        file('upl_1', 'stored'),
        file('upl_9', state, 'a (2).pdf'),
      ]);
      expect([dropped, met, told.state]).toEqual([[], ['upl_9'], 'open']);
      expect(store.get()).toMatchObject({ phase: 'sending', handedOver: false });
    },
  );

  test('is taken away where an answer was lost and nothing had come of it', async () => {
    const empty = { ...file('upl_9', 'uploading'), offsetBytes: 0 };
    const { dropped, met, told } = await finishWith([file('upl_1', 'stored'), empty]);
    expect([dropped, met, told.state]).toEqual([['upl_9'], [], 'sealed']);
  });

  test('is not all: one of the list that has been taken away elsewhere is said to be, and nothing is finished', async () => {
    const { store, told, finishing } = await finishWith([file('upl_1', 'abandoned')]);
    expect(told.state).toBe('open');
    expect(store.get().items[0]).toMatchObject({
      state: 'failed',
      words: finishing.setup.messages.files.takenAway,
    });
  });
});

describe('a request that is closed while it is sent to', () => {
  const end = async (state: SubmissionStatus['state'], files: FileStatus[], code = 'request.closed') => {
    const { finishing, store, told } = await finishWith([file('upl_1', 'abandoned')]);
    store.set({
      phase: 'sending',
      items: [item(files.length > 0 ? 'stored' : 'failed'), item('sending', 'b.pdf')],
    });
    Object.assign(told, { state, files });
    const isOver = await showEnd(finishing, { code, words: 'closed', status: 410 });
    return { isOver, phase: store.get().phase, items: store.get().items, receipt: store.get().receipt };
  };

  test('has ended where nothing has arrived', async () => {
    const { isOver, phase, items } = await end('discarded', []);
    expect([isOver, phase]).toEqual([true, 'ended']);
    expect(items.map(({ state, mayRetry }) => [state, mayRetry])).toEqual([
      ['failed', false],
      ['failed', false],
    ]);
  });

  test('gives a receipt for what has', async () => {
    const { isOver, phase, receipt } = await end('sealed', [file('upl_1', 'stored')]);
    expect([isOver, phase]).toEqual([true, 'sealed']);
    expect(receipt?.files.map(({ name, words }) => [name, words])).toEqual([
      ['a.pdf', undefined],
      ['b.pdf', 'closed'],
    ]);
  });

  test('has not ended while something may still arrive', async () => {
    expect(await end('open', [file('upl_1', 'uploading')])).toMatchObject({
      isOver: false,
      phase: 'sending',
    });
    expect(await end('open', [])).toMatchObject({ isOver: true, phase: 'ended' });
    expect(await end('open', [], 'submission.sealed')).toMatchObject({ isOver: false, phase: 'sending' });
  });
});
