import { afterEach, expect, test, vi } from 'vitest';
import { createApi } from '../../../web/islands/sending/api.ts';
import { sampleSetup } from './sample-setup.ts';

afterEach(() => vi.unstubAllGlobals());

const opened = { submissionId: 'sub_1', credential: 'c', receiptNumber: 'n' };

const droppedWith = async (status: number): Promise<string[]> => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (path: string, { method }: RequestInit) => {
    asked.push(`${method ?? ''} ${path}`);
    return Promise.resolve(new Response(status === 204 ? null : '{}', { status }));
  });
  await createApi(sampleSetup({ allowedTypes: [] })).drop(opened, 'upl_1');
  return asked;
};

test('an upload that is dropped is deleted, and one that has become a file meanwhile is taken back', async () => {
  expect(await droppedWith(204)).toEqual(['DELETE /uploads/upl_1']);
  expect(await droppedWith(403)).toEqual([
    'DELETE /uploads/upl_1',
    'POST /submissions/sub_1/files/upl_1/take-back',
  ]);
});
