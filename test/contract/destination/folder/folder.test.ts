import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Delivery, Manifest } from '../../../../server/importer/destinations/destination.ts';
import { configSchema } from '../../../../server/importer/destinations/folder/config.ts';
import { createFolderDestination } from '../../../../server/importer/destinations/folder/deliver.ts';
import type { Link } from '../../../../server/importer/destinations/folder/place.ts';
import { Failure } from '../../../../server/lib/failure.ts';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';

let home: string;
let dir: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'uketori-folder-only-'));
  dir = join(home, 'in');
  await mkdir(dir);
});
afterEach(() => rm(home, { recursive: true, force: true }));

const open = (linkFile?: Link, template?: string) =>
  createFolderDestination(configSchema.parse({ dir, template }), linkFile);
const folderOf = (delivery: Delivery) =>
  join(dir, delivery.request.title, `${delivery.receiptNumber} ${delivery.submitter.name}`);
const manifestOf = async (delivery: Delivery, name = 'manifest.json') =>
  JSON.parse(await readFile(join(folderOf(delivery), name), 'utf8')) as Manifest;

test('the manifest says who sent what, when, and where it is', async () => {
  const delivery = deliveryOf([
    { ...fileOf('sub/a_.txt', Buffer.from('a')), sentName: 'a?.txt' },
    fileOf('manifest.json', Buffer.from('{}')),
  ]);
  await open().deliver(delivery, contextOf());
  const manifest = await manifestOf(delivery);
  expect(manifest).toMatchObject({
    format: 'uketori-manifest',
    version: 1,
    deliveryKey: delivery.key,
    receiptNumber: delivery.receiptNumber,
    request: delivery.request,
    submitter: delivery.submitter,
    message: delivery.message,
    answers: delivery.answers,
    late: false,
    finishedBySubmitter: true,
    sealedAt: '2026-11-22T01:05:00.000Z',
  });
  expect(manifest.files).toEqual([
    expect.objectContaining({
      sentName: 'a?.txt',
      storedName: 'sub/a_.txt',
      path: 'sub/a_.txt',
      sizeBytes: 1,
      sha256: delivery.files[0]?.sha256,
      storedAt: '2026-11-22T01:02:03.000Z',
      nextcloudFileId: 4711,
    }),
    expect.objectContaining({ sentName: 'manifest.json', path: 'manifest (2).json' }),
  ]);
  expect(Date.parse(manifest.deliveredAt)).toBeGreaterThan(0);
});

test('two files of one submission that are delivered on their own keep a manifest each', async () => {
  const files = [fileOf('a.txt', Buffer.from('a')), fileOf('b.txt', Buffer.from('b'))];
  const deliveries = files.map((file) => deliveryOf([file], { per: 'file', receiptNumber: '261122-SAME0' }));
  for (const delivery of deliveries) await open().deliver(delivery, contextOf());
  for (const delivery of deliveries) {
    expect((await open().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
    const manifest = await manifestOf(delivery, `manifest-${delivery.files[0]?.id}.json`);
    expect(manifest.files).toHaveLength(1);
  }
});

describe('several files at once', () => {
  const numbers = Array.from({ length: 12 }, (_, n) => n);
  const textOf = (n: number) => Buffer.from(`bytes of ${n}`);

  test('eight at most are read at the same time, and each is told in its own place', async () => {
    let reading = 0;
    let most = 0;
    let go = () => {};
    const allCame = new Promise<void>((resolve) => {
      go = resolve;
    });
    async function* bytesOf(n: number) {
      reading += 1;
      most = Math.max(most, reading);
      if (reading === 8) go();
      await allCame;
      yield textOf(n);
      reading -= 1;
    }
    const delivery = deliveryOf(
      numbers.map((n) => fileOf(`${n % 3}/${n}.txt`, textOf(n), () => Readable.from(bytesOf(n)))),
    );
    const { remote } = await open().deliver(delivery, contextOf());
    expect(most).toBe(8);
    expect(remote.map(({ file }) => file)).toEqual(delivery.files.map(({ id }) => id));
    for (const n of numbers)
      expect(await readFile(join(dir, remote[n]?.path ?? ''), 'utf8')).toBe(`bytes of ${n}`);
  });

  test('one that fails stops the others: nothing half written is left, and the repeat makes it whole', async () => {
    const never = () => new Readable({ read() {} });
    const failing = () =>
      new Readable({
        read() {
          this.destroy(new Failure('nextcloud.stalled', { retry: 'later' }));
        },
      });
    const sources = [undefined, never, failing];
    const files = numbers.map((n) => fileOf(`${n}.txt`, textOf(n), sources[n]));
    const delivery = deliveryOf(files);
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({ code: 'nextcloud.stalled' });
    const left = await readdir(folderOf(delivery));
    expect(left.filter((name) => name.startsWith('.') || name === 'manifest.json')).toEqual([]);
    expect(left).not.toContain('11.txt');

    const again = { ...delivery, files: numbers.map((n) => fileOf(`${n}.txt`, textOf(n))) };
    await open().deliver(again, contextOf());
    expect((await manifestOf(delivery)).files.map(({ path }) => path)).toEqual(files.map(({ path }) => path));
  });

  test('other files that have their names are stepped aside for, each with a name of its own', async () => {
    const delivery = deliveryOf(
      ['a.txt', 'a (2).txt', 'b/a.txt', 'c.txt'].map((path, n) => fileOf(path, textOf(n))),
    );
    await mkdir(folderOf(delivery), { recursive: true });
    for (const name of ['a.txt', 'a (2).txt']) await writeFile(join(folderOf(delivery), name), 'other');
    await open().deliver(delivery, contextOf());
    expect((await manifestOf(delivery)).files.map(({ path }) => path)).toEqual([
      'a (3).txt',
      'a (2) (2).txt',
      'b/a.txt',
      'c.txt',
    ]);
  });
});

test('a request whose title was changed in between is continued where it was begun', async () => {
  const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a'))]);
  const context = contextOf();
  await open().deliver(delivery, context);
  const renamed = { ...delivery, request: { ...delivery.request, title: 'New title' } };
  expect((await open().probe(renamed, context))?.alreadyThere).toBe(true);
  await open().deliver(renamed, context);
  expect(await readdir(dir)).toEqual([delivery.request.title]);
});

describe('symbolic links', () => {
  const delivered = async (target: string) => {
    await symlink(target, join(dir, '確定申告 2026'));
    return open().deliver(deliveryOf([fileOf('a.txt', Buffer.from('a'))]), contextOf());
  };

  test('one that leads out of the folder is refused, and nothing is written there', async () => {
    const outside = join(home, 'outside');
    await mkdir(outside);
    await expect(delivered(outside)).rejects.toMatchObject({ code: 'destination.conflict', retry: 'never' });
    expect(await readdir(outside)).toEqual([]);
  });

  test('one that stays inside is followed', async () => {
    await mkdir(join(dir, 'elsewhere'));
    await delivered(join(dir, 'elsewhere'));
    expect(await readdir(join(dir, 'elsewhere'))).toHaveLength(1);
  });

  test('one that has the name of a file is stepped aside for, and what it leads to stays', async () => {
    const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a'))]);
    await mkdir(folderOf(delivery), { recursive: true });
    await writeFile(join(home, 'precious'), 'precious');
    await symlink(join(home, 'precious'), join(folderOf(delivery), 'a.txt'));
    await open().deliver(delivery, contextOf());
    expect(await readFile(join(home, 'precious'), 'utf8')).toBe('precious');
    expect((await manifestOf(delivery)).files[0]?.path).toBe('a (2).txt');
  });
});

describe('without hard links', () => {
  const noLinks: Link = () => Promise.reject(Object.assign(new Error('no links here'), { code: 'ENOTSUP' }));

  test('files get their names all the same, and nothing is left over', async () => {
    const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a'))]);
    await open(noLinks).deliver(delivery, contextOf());
    expect((await readdir(folderOf(delivery))).sort()).toEqual(['a.txt', 'manifest.json']);
    expect((await open(noLinks).probe(delivery, contextOf()))?.alreadyThere).toBe(true);
  });

  test('nothing is replaced either', async () => {
    const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a'))]);
    await mkdir(folderOf(delivery), { recursive: true });
    await writeFile(join(folderOf(delivery), 'a.txt'), 'other');
    await open(noLinks).deliver(delivery, contextOf());
    expect(await readFile(join(folderOf(delivery), 'a.txt'), 'utf8')).toBe('other');
    expect(await readFile(join(folderOf(delivery), 'a (2).txt'), 'utf8')).toBe('a');
  });
});

describe('the manifest of another', () => {
  test.each([
    ['delivery', '{"deliveryKey":"other","files":[]}'],
    ['kind', 'not JSON'],
  ])('%s is never replaced: a conflict', async (_, text) => {
    const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a'))]);
    await mkdir(folderOf(delivery), { recursive: true });
    await writeFile(join(folderOf(delivery), 'manifest.json'), text);
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({
      code: 'destination.conflict',
      retry: 'never',
    });
    expect(await readFile(join(folderOf(delivery), 'manifest.json'), 'utf8')).toBe(text);
  });
});

test('a file that was changed after delivery is not taken for the delivered one, and is kept', async () => {
  const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a'))]);
  await open().deliver(delivery, contextOf());
  await writeFile(join(folderOf(delivery), 'a.txt'), 'b');
  expect(await open().probe(delivery, contextOf())).toBeUndefined();
  await open().deliver(delivery, contextOf());
  expect((await manifestOf(delivery)).files[0]?.path).toBe('a (2).txt');
  expect(await readFile(join(folderOf(delivery), 'a.txt'), 'utf8')).toBe('b');
  expect((await open().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
});

test('a manifest that names a path outside of its folder is not believed', async () => {
  const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a'))]);
  await open().deliver(delivery, contextOf());
  await writeFile(join(dir, '確定申告 2026', 'a.txt'), 'a');
  const manifest = await manifestOf(delivery);
  const forged = { ...manifest, files: manifest.files.map((file) => ({ ...file, path: '../a.txt' })) };
  await writeFile(join(folderOf(delivery), 'manifest.json'), JSON.stringify(forged));
  expect(await open().probe(delivery, contextOf())).toBeUndefined();
});

test.skipIf(process.getuid?.() === 0)('a folder that may not be written to is told to staff', async () => {
  await chmod(dir, 0o500);
  expect((await open().check()).fit).toBe(false);
  const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a'))]);
  await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({ code: 'destination.auth' });
  await chmod(dir, 0o700);
});
