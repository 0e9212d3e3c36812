import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewRequestInput } from '../../../server/intake/rules/new-request.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { codeOf, idIn, metadata, tusOf, uploadsOfSubmission } from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});

afterAll(() => portal.close());

const setUp = async (limits: Partial<NewRequestInput>) => {
  const request = await portal.openRequest(limits);
  const begun = await portal.begin(request);
  return { request, begun, tus: tusOf(portal, begun) };
};

describe('a limit of a request', () => {
  test('on the size of a file holds, to the byte', async () => {
    const { tus } = await setUp({ maxFileBytes: 10 });
    const refused = await tus.createNamed('a.txt', 11);
    expect([refused.status, codeOf(refused)]).toEqual([413, 'upload.too-large']);
    expect(JSON.parse(refused.body)).toMatchObject({ params: { limitBytes: 10 }, retry: false });
    expect((await tus.createNamed('a.txt', 10)).status).toBe(201);
  });

  test('on the number of files holds, and a place that was given back is free', async () => {
    const { tus } = await setUp({ maxFilesPerSubmission: 2 });
    const first = await tus.createNamed('a.txt', 1);
    await tus.createNamed('b.txt', 1);
    const refused = await tus.createNamed('c.txt', 1);
    expect([refused.status, codeOf(refused)]).toEqual([422, 'upload.too-many']);
    await tus.remove(idIn(first));
    expect((await tus.createNamed('c.txt', 1)).status).toBe(201);
  });

  test('on the bytes of a submission holds', async () => {
    const { tus } = await setUp({ maxBytesPerSubmission: 10 });
    expect((await tus.createNamed('a.txt', 6)).status).toBe(201);
    const refused = await tus.createNamed('b.txt', 5);
    expect([refused.status, codeOf(refused)]).toEqual([413, 'upload.total-too-large']);
    expect((await tus.createNamed('b.txt', 4)).status).toBe(201);
  });

  test('on the bytes of the whole request holds over its submissions', async () => {
    const { request, tus } = await setUp({ maxBytesPerRequest: 10 });
    expect((await tus.createNamed('a.txt', 6)).status).toBe(201);
    const other = tusOf(portal, await portal.begin(request));
    const refused = await other.createNamed('b.txt', 5);
    expect([refused.status, codeOf(refused)]).toEqual([413, 'upload.total-too-large']);
    expect((await other.createNamed('b.txt', 4)).status).toBe(201);
  });

  test('on types holds by the ending of the name, whatever its case', async () => {
    const { tus } = await setUp({ allowedTypes: ['pdf', '.XLSX'] });
    for (const name of ['a.exe', 'pdf', 'a.pdf.exe', 'a']) {
      const refused = await tus.createNamed(name, 1);
      expect([name, refused.status, codeOf(refused)]).toEqual([name, 422, 'upload.type-not-allowed']);
    }
    for (const name of ['a.pdf', 'b.PDF', 'c.xlsx'])
      expect((await tus.createNamed(name, 1)).status).toBe(201);
  });

  test.each([
    ['a type hidden behind a space', 'a.exe .pdf', ['pdf'], 201],
    ['a type that ends in a dot', 'a.pdf.', ['pdf'], 422],
    ['a type that ends in a zero-width character', 'a.pdf\u200b', ['pdf'], 422],
  ])('on types: %s', async (_case, name, allowedTypes, status) => {
    const { begun, tus } = await setUp({ allowedTypes });
    expect((await tus.createNamed(name, 1)).status).toBe(status);
    // What is stored has the ending that was asked for.
    for (const { targetPath } of await uploadsOfSubmission(portal, begun))
      expect(targetPath).toMatch(/\.pdf$/);
  });

  test('on the number of files is not overshot by many at once', async () => {
    const { begun, tus } = await setUp({ maxFilesPerSubmission: 3 });
    const replies = await Promise.all(Array.from({ length: 12 }, (_, n) => tus.createNamed(`${n}.txt`, 1)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(replies.filter(({ status }) => status === 422)).toHaveLength(9);
    expect(await uploadsOfSubmission(portal, begun)).toHaveLength(3);
  });

  test('on the bytes of the request is not overshot by many submissions at once', async () => {
    const { request } = await setUp({ maxBytesPerRequest: 10 });
    const senders = await Promise.all(Array.from({ length: 8 }, () => portal.begin(request)));
    const replies = await Promise.all(senders.map((begun) => tusOf(portal, begun).createNamed('a.txt', 3)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(replies.filter(({ status }) => status === 413)).toHaveLength(5);
  });

  test('on the bytes of the submission is not overshot by lengths that are said later', async () => {
    const { tus } = await setUp({ maxBytesPerSubmission: 10 });
    const deferred = () =>
      tus.create({ 'upload-defer-length': '1', 'upload-metadata': metadata({ filename: 'later.txt' }) });
    const ids = [idIn(await deferred()), idIn(await deferred()), idIn(await deferred())];
    const said = await Promise.all(
      ids.map((id) => tus.patch(id, 0, Buffer.alloc(4), { 'upload-length': '4' })),
    );
    expect(said.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 204, 413]);
  });
});
