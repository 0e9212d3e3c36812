import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Nextcloud } from '../../../server/nextcloud/index.ts';
import { openTarget, type Target, wholeOf } from './target.ts';

let target: Target;
let nextcloud: Nextcloud;

beforeAll(async () => {
  target = await openTarget();
  nextcloud = target.nextcloud;
});
afterAll(() => target.close());

const newUploadId = (): string => `test-${randomBytes(8).toString('hex')}`;
const options = (text: string) => ({ sizeBytes: text.length });
const begun = async (parts: Record<string, string>): Promise<string> => {
  const id = newUploadId();
  expect(await nextcloud.uploads.begin(id)).toBe('created');
  for (const [name, text] of Object.entries(parts))
    await nextcloud.uploads.putPart(id, name, Buffer.from(text), options(text));
  return id;
};
const assembling = (totalBytes: number) => ({ totalBytes, createOnly: true as const, wantHash: true });
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('parts are listed with sizes and sum, read joined, and assembled in the order of their offsets', async () => {
  const { uploads, files } = nextcloud;
  const id = await begun({
    '0000000000000012-10': '!',
    '0000000000000000-1': 'hello ',
    '0000000000000006-2': 'world,',
  });
  const listing = await uploads.list(id);
  expect(listing?.parts.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
    ['0000000000000000-1', 6],
    ['0000000000000006-2', 6],
    ['0000000000000012-10', 1],
  ]);
  expect(listing?.joinedBytes).toBe(13);
  expect((await wholeOf(await uploads.read(id))).toString()).toBe('hello world,!');
  const tail = await uploads.read(id, { range: { startByte: 6, endByte: 10 } });
  expect((await wholeOf(tail)).toString()).toBe('world');
  const path = `${target.folder}/組み立て %.txt`;
  const mtime = new Date('2021-01-01T00:00:00Z');
  const stored = await uploads.assemble(id, path, {
    ...assembling(13),
    mtime,
    sha256: sha256('hello world,!'),
  });
  expect(stored.sha256).toBe(sha256('hello world,!'));
  expect(await files.stat(path)).toMatchObject({
    fileId: stored.fileId,
    sizeBytes: 13,
    modifiedAt: mtime,
    claimedSha256: sha256('hello world,!'),
  });
  expect((await uploads.list(id))?.parts).toHaveLength(3);
  expect(await uploads.remove(id)).toBe('removed');
  expect(await uploads.remove(id)).toBe('absent');
});

test('a part tells its hash, and one that is sent again is replaced', async () => {
  const { uploads } = nextcloud;
  const id = await begun({ '0-1': 'first' });
  const again = await uploads.putPart(id, '0-1', Buffer.from('second'), {
    ...options('second'),
    wantHash: true,
  });
  expect(again.sha256).toBe(sha256('second'));
  expect(await uploads.list(id)).toMatchObject({ parts: [{ name: '0-1', sizeBytes: 6 }], joinedBytes: 6 });
  expect(await uploads.removePart(id, '0-1')).toBe('removed');
  expect(await uploads.removePart(id, '0-1')).toBe('absent');
  expect(await uploads.list(id)).toEqual({ parts: [], joinedBytes: 0 });
  await uploads.remove(id);
});

test('assembly never replaces a file, and keeps the parts when it fails', async () => {
  const { uploads, files } = nextcloud;
  const id = await begun({ '0-1': 'new' });
  const path = `${target.folder}/there`;
  await files.put(path, Buffer.from('old'), { sizeBytes: 3 });
  await expect(uploads.assemble(id, path, assembling(3))).rejects.toMatchObject({ code: 'nextcloud.exists' });
  await expect(uploads.assemble(id, `${target.folder}/none/x`, assembling(3))).rejects.toMatchObject({
    code: 'nextcloud.conflict',
  });
  expect((await wholeOf((await files.get(path)).body)).toString()).toBe('old');
  const stored = await uploads.assemble(id, `${target.folder}/free`, assembling(3));
  expect(stored.fileId).toBeGreaterThan(0);
  await uploads.remove(id);
});

test('a wrong total passes unnoticed: the caller has to list and to look', async () => {
  const { uploads, files } = nextcloud;
  const id = await begun({ '0-1': 'abc' });
  const path = `${target.folder}/wrong-total`;
  await uploads.assemble(id, path, assembling(99));
  expect((await files.stat(path))?.sizeBytes).toBe(3);
  await uploads.remove(id);
});

test('an upload that was begun exists; one that was not is undefined, and takes no part', async () => {
  const { uploads } = nextcloud;
  const id = await begun({});
  expect(await uploads.begin(id)).toBe('existed');
  await uploads.remove(id);
  expect(await uploads.list(id)).toBeUndefined();
  await expect(uploads.putPart(id, '0-1', Buffer.from('x'), options('x'))).rejects.toMatchObject({
    code: 'nextcloud.not-found',
  });
  await expect(uploads.read(id)).rejects.toMatchObject({ code: 'nextcloud.not-found' });
  await expect(uploads.assemble(id, `${target.folder}/a`, assembling(1))).rejects.toMatchObject({
    code: 'nextcloud.not-found',
  });
});

test('a part whose source breaks leaves the part as it was', async () => {
  const { uploads } = nextcloud;
  const id = await begun({ '0-1': 'kept' });
  const half = [Buffer.from('half')];
  await expect(uploads.putPart(id, '0-1', half, { sizeBytes: 10 })).rejects.toMatchObject({
    code: 'internal',
  });
  expect((await wholeOf(await uploads.read(id))).toString()).toBe('kept');
  await uploads.remove(id);
});
