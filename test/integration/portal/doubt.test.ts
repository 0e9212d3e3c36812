import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { endIfSilent, endUpload, silentUploads } from '../../../db/queries/upload-ends.ts';
import { takeLock } from '../../../db/queries/upload-locks.ts';
import { uploads } from '../../../db/schema/index.ts';
import { removeOrAskAgain } from '../../../server/upload/removal.ts';
import { type OpenRequest, partBytes, startPortal, type TestPortal, until } from '../../support/portal.ts';
import { contentOf, filesOf, noticesOf, tusOf, untilStored, uploadFolders, uploadRow } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest();
});

afterAll(() => portal.close());

afterEach(() => portal.standin.control.calm());

const setUp = async () => {
  const begun = await portal.begin(request);
  return { begun, tus: tusOf(portal, begun) };
};

const foldersOf = (id: string): string[] => uploadFolders(portal).filter((name) => name.includes(id));

const account = () => {
  const { user, url } = portal.standin;
  return {
    url: `${url}/remote.php/dav/files/${user.id}`,
    authorization: `Basic ${Buffer.from(`${user.id}:${user.appPassword}`).toString('base64')}`,
  };
};

/** What somebody does in Nextcloud itself. */
const inNextcloud = async (
  method: string,
  path: string,
  body?: Buffer,
  headers: Record<string, string> = {},
) => {
  const { url, authorization } = account();
  const reply = await fetch(`${url}/${path.split('/').map(encodeURIComponent).join('/')}`, {
    method,
    headers: { authorization, ...headers },
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
  return reply.status;
};

/** The folder of a submission, made by a file of its own that is stored. */
const folderOf = async ({ begun, tus }: Awaited<ReturnType<typeof setUp>>): Promise<string> => {
  const id = await tus.made('first.txt', 1);
  await tus.patch(id, 0, Buffer.from('x'));
  await untilStored(portal, id);
  return (filesOf(portal, request, begun)[0] ?? '').split('/').slice(0, -1).join('/');
};

describe('what was acknowledged', () => {
  test.each([
    ['a 404 of a proxy, to the look at the parts', 'PROPFIND', /\/dav\/uploads\//, 404],
    ['a 404 of a proxy, to the assembly', 'COPY', /\/dav\/uploads\//, 404],
    ['a 403, to the assembly', 'COPY', /\/dav\/uploads\//, 403],
    ['a 413, to the assembly', 'COPY', /\/dav\/uploads\//, 413],
    ['a 400, to the look at the file', 'PROPFIND', /kept\.bin/, 400],
    ['a 404 of a proxy, to the reading back', 'GET', /kept\.bin/, 404],
  ])('is not given up for %s: it is stored when that has passed', async (_case, method, path, reply) => {
    const { begun, tus } = await setUp();
    const content = randomBytes(2 * partBytes);
    const id = await tus.made('kept.bin', content.length);
    const fault = portal.standin.control.fault({ method, path, times: 2, action: { reply } });
    expect((await tus.patch(id, 0, content)).status).toBe(204);
    await untilStored(portal, id);
    expect(fault.hits).toBe(2);
    expect(filesOf(portal, request, begun)).toHaveLength(1);
    expect((await contentOf(portal, filesOf(portal, request, begun)[0] ?? '')).equals(content)).toBe(true);
    expect(await noticesOf(portal, 'upload.lost')).toEqual([]);
  });

  test('is not given up for a 404 of a proxy to the next part', async () => {
    const { tus } = await setUp();
    const content = randomBytes(2 * partBytes);
    const id = await tus.made('kept.bin', content.length);
    await tus.patch(id, 0, content.subarray(0, partBytes));
    const fault = portal.standin.control.fault({
      method: 'PUT',
      path: /\/dav\/uploads\//,
      action: { reply: 404 },
    });
    expect((await tus.patch(id, partBytes, content.subarray(partBytes))).status).toBe(204);
    expect(fault.hits).toBe(1);
    await untilStored(portal, id);
  });

  test('waits as long as Nextcloud refuses it, however long; staff are told, and no more when it is stored', async () => {
    const { tus } = await setUp();
    const content = randomBytes(2 * partBytes);
    const id = await tus.made('kept.bin', content.length);
    const fault = portal.standin.control.fault({
      method: 'COPY',
      times: 2,
      action: { reply: 403 },
    });
    await tus.patch(id, 0, content);
    await fault.hit();
    // Two days and many attempts later.
    await portal.db
      .update(uploads)
      .set({ attempts: 200, updatedAt: sql`now() - interval '2 days'`, nextAttemptAt: null })
      .where(eq(uploads.id, id));
    await fault.hit(2);
    const told = async () =>
      (await noticesOf(portal, 'upload.waiting')).find(({ subject }) => subject === id);
    const notice = await until('staff to be told', told);
    expect([notice.resolvedAt, notice.params]).toMatchObject([null, { reason: 'nextcloud.forbidden' }]);
    expect((await uploadRow(portal, id)).state).toBe('received');
    await portal.db.update(uploads).set({ nextAttemptAt: null }).where(eq(uploads.id, id));
    await untilStored(portal, id);
    expect((await told())?.resolvedAt).not.toBeNull();
  });

  test('is given up when the folder of its parts can be made anew: it was not there', async () => {
    const { tus } = await setUp();
    const content = randomBytes(2 * partBytes);
    const id = await tus.made('gone.bin', content.length);
    await tus.patch(id, 0, content.subarray(0, partBytes));
    const { user, url } = portal.standin;
    const gone = await fetch(`${url}/remote.php/dav/uploads/${user.id}/${foldersOf(id)[0]}`, {
      method: 'DELETE',
      headers: { authorization: account().authorization },
    });
    expect(gone.status).toBe(204);
    const reply = await tus.patch(id, partBytes, content.subarray(partBytes));
    expect(reply.status).toBe(404);
    expect(await uploadRow(portal, id)).toMatchObject({ state: 'failed', failureCode: 'upload.lost' });
  });
});

describe('an upload that was found silent', () => {
  test('is not given up when its sender came back before that was done', async () => {
    const { tus } = await setUp();
    const content = randomBytes(8);
    const ids = [await tus.made('a.bin', 8), await tus.made('b.bin', 8), await tus.made('c.bin', 8)];
    const [moved = '', complete = '', silent = ''] = ids;
    for (const id of ids) {
      await tus.patch(id, 0, content.subarray(0, 2));
      await portal.db
        .update(uploads)
        .set({ updatedAt: sql`now() - interval '2 days'` })
        .where(eq(uploads.id, id));
    }
    const found = (await silentUploads(portal.db)).map(({ id }) => id);
    expect(found).toEqual(expect.arrayContaining(ids));
    await tus.patch(moved, 2, content.subarray(2, 4));
    await tus.patch(complete, 2, content.subarray(2));
    const ended = await portal.db.transaction(async (tx) => {
      const results: boolean[] = [];
      for (const id of ids) results.push((await endIfSilent(tx, id)) !== undefined);
      return results;
    });
    expect(ended).toEqual([false, false, true]);
    expect((await uploadRow(portal, silent)).state).toBe('abandoned');
    expect((await uploadRow(portal, moved)).state).toBe('uploading');
    await untilStored(portal, complete);
  });
});

test('a writer that was fenced off ends nothing', async () => {
  const { tus } = await setUp();
  const id = await tus.made('a.bin', 8);
  const { db, composed } = portal;
  const stale = (await takeLock(db, id, composed.engine.nodeId, true)) ?? 0;
  const current = (await takeLock(db, id, composed.engine.nodeId, true)) ?? 0;
  const end = (epoch: number) =>
    db.transaction((tx) => endUpload(tx, { uploadId: id, state: 'failed', epoch }));
  expect(await end(stale)).toBeUndefined();
  expect((await uploadRow(portal, id)).state).toBe('uploading');
  expect(await end(current)).toBeDefined();
});

describe("somebody else's file", () => {
  test('under the name of an upload that ends is left alone, though it is as large', async () => {
    const { begun, tus } = await setUp();
    const folder = await folderOf({ begun, tus });
    const id = await tus.made('report.bin', 2 * partBytes);
    await tus.patch(id, 0, randomBytes(partBytes));
    const others = randomBytes(2 * partBytes);
    expect(await inNextcloud('PUT', `${folder}/report.bin`, others)).toBe(201);
    expect((await tus.remove(id)).status).toBe(204);
    expect((await uploadRow(portal, id)).removedAt).not.toBeNull();
    expect((await contentOf(portal, `${folder}/report.bin`)).equals(others)).toBe(true);
  });

  test('that came where ours was not seen is left alone, and ours gets another name', async () => {
    const { begun, tus } = await setUp();
    const folder = await folderOf({ begun, tus });
    const content = randomBytes(2 * partBytes);
    const id = await tus.made('report.bin', content.length);
    portal.standin.control.fault({ method: 'COPY', action: { hollow: true } });
    const looked = portal.standin.control.fault({
      method: 'PROPFIND',
      path: /report\.bin/,
      action: { delayMs: 800 },
    });
    await tus.patch(id, 0, content);
    await looked.hit();
    const others = randomBytes(10);
    expect(await inNextcloud('PUT', `${folder}/report.bin`, others)).toBe(201);
    await untilStored(portal, id);
    expect((await contentOf(portal, `${folder}/report.bin`)).equals(others)).toBe(true);
    expect((await uploadRow(portal, id)).targetPath).toBe('report (2).bin');
    expect((await contentOf(portal, `${folder}/report (2).bin`)).equals(content)).toBe(true);
  });
});

test('what a request that was given up puts there late is found and removed; a file that has the name now is not', async () => {
  const { begun, tus } = await setUp();
  const folder = await folderOf({ begun, tus });
  const id = await tus.made('late.bin', 3);
  expect((await tus.remove(id)).status).toBe(204);
  const late = (of: string) =>
    inNextcloud('PUT', `${folder}/late.bin`, Buffer.from('abc'), { 'oc-checksum': `UKETORI:${of}` });
  expect(await late(id)).toBe(201);
  await removeOrAskAgain(portal.composed.engine, id);
  expect(filesOf(portal, request, begun).filter((path) => path.endsWith('late.bin'))).toEqual([]);
  const second = await tus.made('late.bin', 3);
  await tus.patch(second, 0, Buffer.from('abc'));
  await untilStored(portal, second);
  await removeOrAskAgain(portal.composed.engine, id);
  expect(filesOf(portal, request, begun).filter((path) => path.endsWith('late.bin'))).toHaveLength(1);
});

test('small files do not wait for large ones to be read back', async () => {
  const { tus } = await setUp();
  const sizeBytes = 64 * 1024 * 1024;
  portal.standin.control.fault({ method: 'GET', path: /large/, times: 10, action: { hang: 'before' } });
  const large = await Promise.all(
    Array.from({ length: 5 }, async (_, n) => {
      const id = await tus.made(`large-${n}.bin`, sizeBytes);
      // As if all of it had come: it is in its place, and is to be compared.
      await portal.db
        .update(uploads)
        .set({ state: 'received', offsetBytes: sizeBytes, sha256: '0'.repeat(64), placedFileId: 1 })
        .where(eq(uploads.id, id));
      return id;
    }),
  );
  const content = randomBytes(2 * partBytes);
  const small = await tus.made('small.bin', content.length);
  await tus.patch(small, 0, content);
  await untilStored(portal, small);
  for (const id of large) expect((await uploadRow(portal, id)).state).toBe('received');
  await portal.db.update(uploads).set({ state: 'stored' }).where(eq(uploads.state, 'received'));
});

test('requests that are refused cost Nextcloud nothing', async () => {
  const { tus } = await setUp();
  const id = await tus.made('a.bin', 3);
  await tus.patch(id, 0, Buffer.from('abc'));
  await untilStored(portal, id);
  const fault = portal.standin.control.fault({
    method: 'DELETE',
    times: 100,
    action: { delayMs: 0 },
  });
  for (let time = 0; time < 5; time += 1) expect((await tus.patch(id, 1, Buffer.from('x'))).status).toBe(409);
  expect(fault.hits).toBe(0);
});
