import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Files } from '../../../server/nextcloud/index.ts';
import { openTarget, type Target, wholeOf } from './target.ts';

let target: Target;
let files: Files;
let home: string;

beforeAll(async () => {
  target = await openTarget();
  files = target.nextcloud.files;
  home = `${target.folder}/files`;
  await files.makeDirectory(home);
});
afterAll(() => target.close());

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const put = (name: string, bytes: Buffer) =>
  files.put(`${home}/${name}`, bytes, { sizeBytes: bytes.length, createOnly: true });

test.each(['日本語 の.txt', "100% #1 ?a=b&c+d;'(x)!~.txt", 'é\u0301.txt', '😀 .txt', 'a%2Fb.txt', '%41.txt'])(
  'a file called %j comes back under its name with its bytes',
  async (name) => {
    const bytes = randomBytes(1000);
    const stored = await put(name, bytes);
    const path = `${home}/${name}`;
    const entry = await files.stat(path);
    expect(entry).toMatchObject({
      path,
      name,
      kind: 'file',
      sizeBytes: 1000,
      fileId: stored.fileId,
      etag: stored.etag,
    });
    expect((await files.list(home)).map((each) => each.path)).toContain(path);
    const { body, sizeBytes, etag } = await files.get(path);
    expect({ sizeBytes, etag }).toEqual({ sizeBytes: 1000, etag: stored.etag });
    expect(await wholeOf(body)).toEqual(bytes);
  },
);

test('what is stored tells its hash, keeps its time and the hash that was claimed', async () => {
  const bytes = randomBytes(300_000);
  const mtime = new Date('2020-02-02T02:02:02Z');
  const path = `${home}/hashed`;
  const pieces = [bytes.subarray(0, 100), new Uint8Array(bytes.subarray(100))];
  const options = { sizeBytes: bytes.length, mtime, sha256: sha256(bytes), wantHash: true };
  const stored = await files.put(path, pieces, options);
  expect(stored.sha256).toBe(sha256(bytes));
  expect(await files.stat(path)).toMatchObject({ modifiedAt: mtime, claimedSha256: sha256(bytes) });
  const again = await files.put(path, () => Readable.from([bytes]), options);
  expect(again.fileId).toBe(stored.fileId);
});

test('a time in the first days of 1970, which Nextcloud can not take, is left out', async () => {
  const stored = await files.put(`${home}/old`, Buffer.from('x'), { sizeBytes: 1, mtime: new Date(0) });
  expect(stored.fileId).toBeGreaterThan(0);
});

test('an empty file can be stored and read', async () => {
  await put('empty', Buffer.alloc(0));
  const { body, sizeBytes } = await files.get(`${home}/empty`);
  expect(sizeBytes).toBe(0);
  expect(await wholeOf(body)).toHaveLength(0);
});

test('a range brings just that range; one beyond the end is rejected', async () => {
  await put('ranged', Buffer.from('0123456789'));
  const read = async (range: { startByte: number; endByte?: number }) =>
    (await wholeOf((await files.get(`${home}/ranged`, { range })).body)).toString();
  expect(await read({ startByte: 2, endByte: 4 })).toBe('234');
  expect(await read({ startByte: 7 })).toBe('789');
  await expect(read({ startByte: 10 })).rejects.toMatchObject({
    code: 'nextcloud.rejected',
    details: { status: 416 },
  });
});

test('a name that is taken is never replaced by a create-only put, a move or a copy', async () => {
  await put('taken', Buffer.from('first'));
  await put('other', Buffer.from('other'));
  await expect(put('taken', Buffer.from('second'))).rejects.toMatchObject({ code: 'nextcloud.exists' });
  for (const transfer of [files.move, files.copy])
    await expect(transfer(`${home}/other`, `${home}/taken`, { overwrite: false })).rejects.toMatchObject({
      code: 'nextcloud.exists',
    });
  expect((await wholeOf((await files.get(`${home}/taken`)).body)).toString()).toBe('first');
});

test('a file moves with its id and is copied under a new one', async () => {
  const { fileId } = await put('here', Buffer.from('abc'));
  const moved = await files.move(`${home}/here`, `${home}/there ü`, { overwrite: false });
  expect(moved.fileId).toBe(fileId);
  expect(await files.stat(`${home}/here`)).toBeUndefined();
  const copied = await files.copy(`${home}/there ü`, `${home}/copy`, { overwrite: false });
  expect((await files.stat(`${home}/copy`))?.fileId).toBe(copied.fileId);
  expect(copied.fileId).not.toBe(fileId);
});

test('a folder is made once; a file of that name, or nothing above, is told apart', async () => {
  const path = `${home}/folder`;
  expect(await files.makeDirectory(path)).toBe('created');
  expect(await files.makeDirectory(path)).toBe('existed');
  expect(await files.stat(path)).toMatchObject({ kind: 'directory', path, sizeBytes: 0 });
  expect(await files.list(path)).toEqual([]);
  await put('file', Buffer.from('x'));
  await expect(files.makeDirectory(`${home}/file`)).rejects.toMatchObject({ code: 'nextcloud.exists' });
  await expect(files.makeDirectory(`${home}/none/deeper`)).rejects.toMatchObject({
    code: 'nextcloud.conflict',
  });
  await expect(put('none/file', Buffer.from('x'))).rejects.toMatchObject({ code: 'nextcloud.not-found' });
});

test('what is not there is undefined, absent or not found', async () => {
  const path = `${home}/nothing`;
  expect(await files.stat(path)).toBeUndefined();
  expect(await files.stat(`${path}.part`)).toBeUndefined();
  expect(await files.remove(path)).toBe('absent');
  await expect(files.list(path)).rejects.toMatchObject({ code: 'nextcloud.not-found' });
  await expect(files.get(path)).rejects.toMatchObject({ code: 'nextcloud.not-found' });
  await put('nothing', Buffer.from('x'));
  expect(await files.remove(path)).toBe('removed');
});

test('a folder can not be downloaded as if it were an empty file', async () => {
  await expect(files.get(home)).rejects.toMatchObject({ code: 'nextcloud.unexpected-reply' });
});

test.each(['.htaccess', 'x.part', 'n'.repeat(251)])('the name %j is rejected', async (name) => {
  const stored = files.put(`${home}/${name}`, Buffer.from('x'), { sizeBytes: 1 });
  await expect(stored).rejects.toMatchObject({ code: 'nextcloud.rejected' });
});

test('a file of 256 MiB passes in both directions without being in memory', async () => {
  const sizeBytes = 256 * 1024 * 1024;
  const piece = randomBytes(1024 * 1024);
  const sent = createHash('sha256');
  async function* pieces() {
    for (let at = 0; at < sizeBytes; at += piece.length) {
      sent.update(piece);
      yield piece;
    }
  }
  const held = heldBytes();
  const stored = await files.put(`${home}/large`, Readable.from(pieces()), { sizeBytes, wantHash: true });
  const received = createHash('sha256');
  const { body } = await files.get(`${home}/large`);
  for await (const chunk of body as AsyncIterable<Buffer>) {
    received.update(chunk);
    held.look();
  }
  const digest = sent.digest('hex');
  expect(stored.sha256).toBe(digest);
  expect(received.digest('hex')).toBe(digest);
  expect(held.riseBytes()).toBeLessThan(100 * 1024 * 1024);
});

/** The most that buffers rose to while it was looked. */
const heldBytes = () => {
  const startBytes = process.memoryUsage().arrayBuffers;
  let mostBytes = startBytes;
  const look = () => {
    mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers);
  };
  const timer = setInterval(look, 20);
  return {
    look,
    riseBytes() {
      clearInterval(timer);
      return mostBytes - startBytes;
    },
  };
};
