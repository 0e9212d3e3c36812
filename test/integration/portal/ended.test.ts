import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findUpload } from '../../../db/queries/uploads.ts';
import { uploads } from '../../../db/schema/index.ts';
import { createLocker } from '../../../server/upload/lock.ts';
import { uploadFolder } from '../../../server/upload/parts.ts';
import { sweepUploads } from '../../../server/upload/sweep.ts';
import { type OpenRequest, partBytes, startPortal, type TestPortal, until } from '../../support/portal.ts';
import { contentOf, filesOf, idIn, metadata, tusOf, uploadFolders, uploadRow } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest({ takeBackMinutes: 60 });
});

afterAll(() => portal.close());

afterEach(() => portal.standin.control.calm());

const setUp = async () => {
  const begun = await portal.begin(request);
  return { begun, tus: tusOf(portal, begun) };
};

const state = (id: string, ...wanted: string[]) =>
  until(`the upload to be ${wanted.join(' or ')}`, async () => {
    const row = await uploadRow(portal, id);
    return wanted.includes(row.state) ? row : undefined;
  });

const removed = (id: string) =>
  until('nothing to be left of it', async () => (await uploadRow(portal, id)).removedAt !== null);

const namesOf = (begun: { receiptNumber: string }): string[] =>
  filesOf(portal, request, begun).map((path) => path.slice(path.lastIndexOf('/') + 1));

describe('a file that is taken away while Nextcloud puts it into its place', () => {
  test('does not take with it the same file, sent again under the same name', async () => {
    const { begun, tus } = await setUp();
    const content = randomBytes(3 * partBytes);
    const first = await tus.made('a.bin', content.length);
    // It is in its place and is being compared when it is taken away; the answers come late.
    const compared = portal.standin.control.fault({
      method: 'GET',
      path: begun.receiptNumber,
      action: { delayMs: 1_500 },
    });
    portal.standin.control.fault({
      method: 'DELETE',
      path: '/dav/files/',
      times: 10,
      action: { delayMs: 500 },
    });
    await tus.patch(first, 0, content);
    await compared.hit();
    expect(namesOf(begun)).toEqual(['a.bin']);
    const taking = tus.remove(first);
    await state(first, 'abandoned');
    const second = await tus.made('a.bin', content.length);
    expect((await tus.patch(second, 0, content)).status).toBe(204);
    const { targetPath } = await state(second, 'stored');
    expect((await taking).status).toBe(204);
    await removed(first);
    expect(namesOf(begun)).toEqual([targetPath]);
    expect((await contentOf(portal, filesOf(portal, request, begun)[0] ?? '')).equals(content)).toBe(true);
    expect((await portal.finish(begun)).status).toBe(200);
  });

  test('has gone when the answer comes, and its name is free', async () => {
    const { begun, tus } = await setUp();
    const content = randomBytes(2 * partBytes);
    const first = await tus.made('a.bin', content.length);
    const compared = portal.standin.control.fault({
      method: 'GET',
      path: begun.receiptNumber,
      action: { delayMs: 500 },
    });
    await tus.patch(first, 0, content);
    await compared.hit();
    expect((await tus.remove(first)).status).toBe(204);
    expect(namesOf(begun)).toEqual([]);
    expect((await uploadRow(portal, first)).removedAt).not.toBeNull();
    const second = await tus.made('a.bin', content.length);
    expect((await uploadRow(portal, second)).targetPath).toBe('a.bin');
  });

  test('keeps its name while Nextcloud does not remove it, and loses it when it does', async () => {
    const { begun, tus } = await setUp();
    const id = await tus.made('a.bin', 2 * partBytes);
    await tus.patch(id, 0, randomBytes(partBytes));
    const refused = portal.standin.control.fault({
      method: 'DELETE',
      path: '/uploads/',
      times: 100,
      action: { reply: 503 },
    });
    expect((await tus.remove(id)).status).toBe(204);
    const meanwhile = await tus.made('a.bin', 1);
    expect((await uploadRow(portal, meanwhile)).targetPath).toBe('a (2).bin');
    expect(refused.hits).toBeGreaterThan(0);
    refused.remove();
    await removed(id);
    expect(uploadFolders(portal).filter((name) => name.includes(id))).toEqual([]);
    const after = await tus.made('a.bin', 1);
    expect((await uploadRow(portal, after)).targetPath).toBe('a.bin');
    expect(namesOf(begun)).toEqual([]);
  });
});

describe('what an upload has left', () => {
  test('is found and removed when no job does it', async () => {
    const { tus } = await setUp();
    const id = await tus.made('a.bin', 2 * partBytes);
    await tus.patch(id, 0, randomBytes(partBytes));
    const longAgo = sql`now() - interval '11 seconds'`;
    await portal.db.update(uploads).set({ state: 'abandoned', updatedAt: longAgo }).where(eq(uploads.id, id));
    await sweepUploads(portal.composed.engine);
    await removed(id);
    expect(uploadFolders(portal).filter((name) => name.includes(id))).toEqual([]);
  });

  test.each([
    ['at once', false],
    ['when the database is back', true],
  ])('by a writer that had lost the lock is removed once more, %s', async (_when, isAway) => {
    const { tus } = await setUp();
    const id = await tus.made('a.bin', 3 * partBytes);
    await tus.patch(id, 0, randomBytes(partBytes));
    // It holds no lock that the database knows of, and goes on writing after all has been removed.
    const { engine } = portal.composed;
    let down = false;
    const db = new Proxy(engine.db, {
      get: (target, name) => {
        if (down && name === 'update') throw new Error('the database is away');
        return Reflect.get(target, name) as unknown;
      },
    });
    const locker = createLocker({ ...engine, db });
    const lock = locker.newLock(id);
    await lock.lock(new AbortController().signal, () => undefined);
    await portal.db.update(uploads).set({ lockNode: null }).where(eq(uploads.id, id));
    expect((await tus.remove(id)).status).toBe(204);
    await removed(id);
    const placed = await findUpload(portal.db, id);
    const nextcloud = await engine.nextcloudFor(placed?.accountId ?? '');
    await nextcloud.uploads.begin(uploadFolder(id));
    await nextcloud.uploads.putPart(uploadFolder(id), '0000000000001000-9', Buffer.from('late'), {
      sizeBytes: 4,
    });
    const left = () => uploadFolders(portal).filter((name) => name.includes(id));
    expect(left()).toHaveLength(1);
    down = isAway;
    await lock.unlock();
    down = false;
    const isLeft = left().length === 1;
    expect(isLeft || !isAway).toBe(true);
    await locker.sweep();
    await until('nothing to be left', () => left().length === 0);
  });

  test('of parts goes when the file is stored, also when Nextcloud refuses at first', async () => {
    const { tus } = await setUp();
    const content = randomBytes(2 * partBytes);
    const id = await tus.made('a.bin', content.length);
    const refused = portal.standin.control.fault({
      method: 'DELETE',
      path: /\/uploads\//,
      action: { reply: 503 },
    });
    await tus.patch(id, 0, content);
    await state(id, 'stored');
    await refused.hit();
    const isLeft = () => uploadFolders(portal).some((name) => name.includes(id));
    await until('the parts to be gone', () => !isLeft());
    expect(refused.hits).toBe(1);
  });
});

test('an upload that was taken away is as one that was never there', async () => {
  const { tus } = await setUp();
  const id = await tus.made('a.bin', 10);
  expect((await tus.remove(id)).status).toBe(204);
  const replies = [await tus.remove(id), await tus.head(id), await tus.patch(id, 0, Buffer.from('a'))];
  expect(replies.map(({ status }) => status)).toEqual([404, 404, 404]);
});

describe('an upload whose length is said when all of it is there', () => {
  const sentDeferred = async () => {
    const { tus } = await setUp();
    const content = randomBytes(1_000);
    const made = await tus.create({
      'upload-defer-length': '1',
      'upload-metadata': metadata({ filename: 'a.bin' }),
    });
    const id = idIn(made);
    expect((await tus.patch(id, 0, content)).status).toBe(204);
    return { tus, id, content };
  };

  test('is complete with that, whoever comes in between', async () => {
    const { tus, id, content } = await sentDeferred();
    const { store } = portal.composed.portal.uploads;
    await store.declareUploadLength(id, content.length);
    // The request that said so has come no further.
    expect((await tus.head(id)).headers['upload-offset']).toBe(String(content.length));
    await state(id, 'stored');
  });

  test('and that no process said so of is found', async () => {
    const { id, content } = await sentDeferred();
    await portal.db
      .update(uploads)
      .set({ sizeBytes: content.length, updatedAt: sql`now() - interval '11 seconds'` })
      .where(eq(uploads.id, id));
    await sweepUploads(portal.composed.engine);
    expect(await state(id, 'stored')).toMatchObject({ offsetBytes: content.length });
  });
});

test('a lock that could not be given back is: an upload goes on though its node is alive', async () => {
  const { tus } = await setUp();
  const content = randomBytes(2 * partBytes);
  const id = await tus.made('a.bin', content.length);
  const { engine } = portal.composed;
  const { locker } = portal.composed.portal.uploads;
  portal.standin.control.fault({ method: 'COPY', times: 1, action: { reply: 423 } });
  await tus.patch(id, 0, content);
  await until('the first try to be put off', async () => (await uploadRow(portal, id)).attempts > 0);
  const { epoch } = await uploadRow(portal, id);
  await portal.db.update(uploads).set({ lockNode: engine.nodeId }).where(eq(uploads.id, id));
  await locker.sweep();
  expect((await uploadRow(portal, id)).lockNode).toBe(engine.nodeId);
  await locker.sweep();
  const row = await uploadRow(portal, id);
  expect([row.lockNode, row.epoch]).toEqual([null, epoch]);
  await state(id, 'stored');
});
