import { expect, test } from 'vitest';
import type { SubmissionApi } from '../../../web/islands/sending/api.ts';
import { finishSubmission } from '../../../web/islands/sending/finishing.ts';
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
    drop: () => Promise.resolve(),
  };
  const store = createViewStore(() => undefined);
  store.set({ items });
  await finishSubmission({
    setup: sampleSetup({ allowedTypes: [] }),
    api,
    store,
    opened,
    keysOfUploads: new Map(),
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
