import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { takeLock } from '../../../db/queries/upload-locks.ts';
import { acknowledgePart, claimAssembly, markReceived } from '../../../db/queries/upload-progress.ts';
import { type OpenRequest, startPortal, type TestPortal, until } from '../../support/portal.ts';
import {
  contentOf,
  filesOf,
  idIn,
  metadata,
  storedBelow,
  tusOf,
  untilStored,
  uploadFolders,
  uploadRow,
  uploadsOfSubmission,
} from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest();
});

afterAll(() => portal.close());

afterEach(() => portal.standin.control.calm());

const octets = { 'content-type': 'application/offset+octet-stream' };

const setUp = async () => {
  const begun = await portal.begin(request);
  return { begun, tus: tusOf(portal, begun) };
};

describe('Upload-Length', () => {
  test.each([
    ['missing', {}],
    ['negative', { 'upload-length': '-1' }],
    ['a fraction', { 'upload-length': '1.5' }],
    ['no number', { 'upload-length': 'many' }],
    ['hexadecimal', { 'upload-length': '0x10' }],
    ['beyond what can be counted', { 'upload-length': '99999999999999999999' }],
    ['just beyond what can be counted', { 'upload-length': '9007199254740992' }],
    ['said and deferred at once', { 'upload-length': '1', 'upload-defer-length': '1' }],
    ['deferred by another value', { 'upload-defer-length': '2' }],
  ])('%s: refused, and nothing is admitted', async (_case, headers) => {
    const { begun, tus } = await setUp();
    const refused = await tus.create({ ...headers, 'upload-metadata': metadata({ filename: 'a.txt' }) });
    expect(refused.status).toBe(400);
    expect(await uploadsOfSubmission(portal, begun)).toEqual([]);
    expect((await tus.createNamed('a.txt', 1)).status).toBe(201);
  });

  test('is not exceeded by a body that says its length', async () => {
    const { tus } = await setUp();
    const id = await tus.made('a.txt', 4);
    expect((await tus.patch(id, 0, Buffer.from('abcdX'))).status).toBe(413);
    expect((await tus.head(id)).headers['upload-offset']).toBe('0');
    expect((await tus.patch(id, 0, Buffer.from('abcd'))).status).toBe(204);
  });

  test('is not exceeded by a body that does not say its length', async () => {
    const { begun, tus } = await setUp();
    const id = await tus.made('a.txt', 4);
    const refused = await tus.call(
      'PATCH',
      `/uploads/${id}`,
      { ...octets, 'upload-offset': '0', 'transfer-encoding': 'chunked' },
      Buffer.from('abcdX'),
    );
    expect(refused.status).toBeGreaterThanOrEqual(400);
    const offset = Number((await tus.head(id)).headers['upload-offset']);
    expect(offset).toBeLessThanOrEqual(4);
    for (const path of filesOf(portal, request, begun))
      expect((await contentOf(portal, path)).length).toBeLessThanOrEqual(4);
  });

  test('is not exceeded at creation; what was admitted for it is free again', async () => {
    const { begun, tus } = await setUp();
    const refused = await tus.create(
      { 'upload-length': '4', 'upload-metadata': metadata({ filename: 'a.txt' }), ...octets },
      Buffer.from('abcdX'),
    );
    expect(refused.status).toBe(413);
    expect(filesOf(portal, request, begun)).toEqual([]);
    await portal.send(begun, { name: 'a.txt', content: 'good' });
    // Nobody knows the id of the first: it must not keep the sending from its end.
    expect((await portal.finish(begun)).status).toBe(200);
    expect(filesOf(portal, request, begun).map((path) => path.slice(path.indexOf('/') + 1))).toHaveLength(1);
  });
});

describe('Upload-Metadata', () => {
  test.each([
    ['a key of __proto__', `filename ${Buffer.from('a').toString('base64')},__proto__ YQ==`],
    ['a key of constructor', `filename ${Buffer.from('a').toString('base64')},constructor YQ==`],
    ['a key that comes twice', 'filename YQ==,filename Yg=='],
    ['bad base64', 'filename a*b='],
    ['three words', 'filename YQ== YQ=='],
    ['an empty key', ',filename YQ=='],
    ['NUL in a value', `filename YQ==,filetype ${Buffer.from('a\0').toString('base64')}`],
    ['NUL in a key', 'filename YQ==,more AA=='],
  ])('with %s is refused, and nothing is admitted', async (_case, value) => {
    const { begun, tus } = await setUp();
    expect((await tus.create({ 'upload-length': '1', 'upload-metadata': value })).status).toBe(400);
    expect(await uploadsOfSubmission(portal, begun)).toEqual([]);
    expect((await tus.create({ 'upload-length': '1', 'upload-metadata': 'filename YQ==' })).status).toBe(201);
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  test('larger than headers may be is refused before the application', async () => {
    const { begun, tus } = await setUp();
    const refused = await tus.createNamed('a.txt', 1, { more: 'x'.repeat(20_000) });
    expect(refused.status).toBe(431);
    expect(await uploadsOfSubmission(portal, begun)).toEqual([]);
  });
});

describe('an upload', () => {
  test('that is complete takes nothing more', async () => {
    const { begun, tus } = await setUp();
    const id = await portal.send(begun, { name: 'done.txt', content: 'done' });
    for (const offset of [0, 4]) {
      const refused = await tus.patch(id, offset, Buffer.from('more'));
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(refused.status).toBeLessThan(500);
    }
    expect((await tus.remove(id)).status).toBe(403);
    const head = await tus.head(id);
    expect([head.headers['upload-offset'], head.headers['upload-length']]).toEqual(['4', '4']);
    const [path = ''] = filesOf(portal, request, begun);
    expect((await contentOf(portal, path)).toString()).toBe('done');
  });

  test('of no bytes is a file of no bytes', async () => {
    const { begun, tus } = await setUp();
    const id = await tus.made('empty.txt', 0);
    await untilStored(portal, id);
    expect(await portal.finish(begun).then(({ status }) => status)).toBe(200);
    const [path = ''] = filesOf(portal, request, begun);
    expect(await contentOf(portal, path)).toHaveLength(0);
  });

  test('may bring its bytes at creation', async () => {
    const { begun, tus } = await setUp();
    const whole = await tus.create(
      { 'upload-length': '5', 'upload-metadata': metadata({ filename: 'at-once.txt' }), ...octets },
      Buffer.from('whole'),
    );
    expect([whole.status, whole.headers['upload-offset']]).toEqual([201, '5']);
    const half = await tus.create(
      { 'upload-length': '8', 'upload-metadata': metadata({ filename: 'in-two.txt' }), ...octets },
      Buffer.from('half'),
    );
    expect([half.status, half.headers['upload-offset']]).toEqual([201, '4']);
    expect((await tus.patch(idIn(half), 4, Buffer.from('more'))).status).toBe(204);
    await until('both', async () =>
      (await portal.status(begun)).files.every(({ state }) => state === 'stored'),
    );
    const contents = await Promise.all(
      filesOf(portal, request, begun).map(async (path) => (await contentOf(portal, path)).toString()),
    );
    expect(contents.toSorted()).toEqual(['halfmore', 'whole']);
  });

  test('may say its length later, once, and within the limits', async () => {
    const limited = await portal.openRequest({ maxFileBytes: 10 });
    const begun = await portal.begin(limited);
    const tus = tusOf(portal, begun);
    const deferred = await tus.create({
      'upload-defer-length': '1',
      'upload-metadata': metadata({ filename: 'later.txt' }),
    });
    expect(deferred.status).toBe(201);
    const id = idIn(deferred);
    expect((await tus.head(id)).headers['upload-defer-length']).toBe('1');
    expect((await tus.patch(id, 0, Buffer.from('abcd'))).status).toBe(204);
    expect((await tus.patch(id, 4, Buffer.from(''), { 'upload-length': '11' })).status).toBe(413);
    expect((await tus.patch(id, 4, Buffer.from(''), { 'upload-length': '3' })).status).toBe(400);
    expect((await tus.patch(id, 4, Buffer.from('efgh'), { 'upload-length': '8' })).status).toBe(204);
    await untilStored(portal, id);
    const stored = storedBelow(portal, limited.folder).find((path) => path.endsWith('later.txt')) ?? '';
    expect((await contentOf(portal, stored)).toString()).toBe('abcdefgh');
  });

  test('of a length that is never said takes no more than a file may have', async () => {
    const limited = await portal.openRequest({ maxFileBytes: 10 });
    const tus = tusOf(portal, await portal.begin(limited));
    const id = idIn(
      await tus.create({
        'upload-defer-length': '1',
        'upload-metadata': metadata({ filename: 'endless.txt' }),
      }),
    );
    const refused = await tus.patch(id, 0, Buffer.alloc(11));
    expect(refused.status).toBe(413);
    expect(Number((await tus.head(id)).headers['upload-offset'])).toBeLessThanOrEqual(10);
  });

  test('that is taken away is gone, with its bytes, and its name is free', async () => {
    const { begun, tus } = await setUp();
    const id = await tus.made('gone.txt', 8);
    await tus.patch(id, 0, Buffer.from('half'));
    expect(uploadFolders(portal)).toContain(`uketori-${id}`);
    expect((await tus.remove(id)).status).toBe(204);
    expect((await tus.head(id)).status).toBe(404);
    expect((await tus.patch(id, 4, Buffer.from('more'))).status).toBe(404);
    await until('the clean-up', () => !uploadFolders(portal).includes(`uketori-${id}`));
    await portal.send(begun, { name: 'gone.txt', content: 'again' });
    expect(filesOf(portal, request, begun).map((path) => path.slice(path.lastIndexOf('/') + 1))).toEqual([
      'gone.txt',
    ]);
  });

  test('whose folder Nextcloud would not make waits, and is stored when it would', async () => {
    const limited = await portal.openRequest({ maxFilesPerSubmission: 1 });
    const begun = await portal.begin(limited);
    const tus = tusOf(portal, begun);
    const refusing = portal.standin.control.fault({
      method: 'MKCOL',
      path: limited.folder,
      times: Number.POSITIVE_INFINITY,
      action: { reply: 503 },
    });
    const id = await tus.made('a.txt', 1);
    const waiting = tus.patch(id, 0, Buffer.from('a'));
    await refusing.hit(2);
    expect((await uploadRow(portal, id)).offsetBytes).toBe(0);
    refusing.remove();
    expect((await waiting).status).toBe(204);
    expect((await portal.finish(begun)).status).toBe(200);
  });

  test('wakes its assembly even while the PATCH that brought the last byte is not over', async () => {
    const { tus } = await setUp();
    const uploadId = await tus.made('wakes.txt', 4);
    const rollback = new Error('nothing of this is kept');
    const claimed: (number | undefined)[] = [];
    const attempt = portal.db.transaction(async (tx) => {
      const epoch = (await takeLock(tx, uploadId, portal.composed.engine.nodeId, false)) ?? 0;
      await acknowledgePart(tx, { uploadId, epoch, startBytes: 0, sizeBytes: 4 });
      claimed.push(await claimAssembly(tx, uploadId, 'nod_other'));
      await markReceived(tx, { uploadId, epoch, sha256: undefined });
      claimed.push(await claimAssembly(tx, uploadId, 'nod_other'));
      throw rollback;
    });
    await expect(attempt).rejects.toBe(rollback);
    expect(claimed).toEqual([undefined, 3]);
  });
});
