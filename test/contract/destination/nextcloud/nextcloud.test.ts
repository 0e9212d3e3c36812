import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  Delivery,
  Manifest,
  NextcloudPlace,
} from '../../../../server/importer/destinations/destination.ts';
import { nextcloud as module } from '../../../../server/importer/destinations/nextcloud/deliver.ts';
import { contextOf, deliveryOf, sha256Of, type TestFile } from '../deliveries.ts';
import { nextcloudOf, openSettings, toolsOf } from '../tools.ts';
import {
  bytesAt,
  filesBelow,
  folderOf,
  isReal,
  type NextcloudTestPlace,
  openNextcloudPlace,
} from './harness.ts';

let place: NextcloudTestPlace;
beforeEach(async () => {
  place = await openNextcloudPlace();
});
afterEach(() => place.remove());

const files = () => place.nextcloud.files;
const open = (config: Record<string, unknown> = {}) =>
  openSettings({ ...place.settings, config: { ...place.settings.config, ...config } });
const deliveryWith = <File extends TestFile>(delivered: File[], more: Partial<Delivery> = {}) => ({
  ...deliveryOf(delivered, { nextcloud: () => Promise.resolve(files()), ...more }),
  files: delivered,
});
const write = (path: string, text: string) => {
  const bytes = Buffer.from(text);
  return files().put(path, bytes, { sizeBytes: bytes.length });
};
const textAt = async (path: string) => (await bytesAt(files(), path)).toString();
const pathIn = (delivery: Delivery, name: string) => `${folderOf(place.folder, delivery)}/${name}`;
const manifestIn = async (delivery: Delivery, name = 'manifest.json') =>
  JSON.parse(await textAt(pathIn(delivery, name))) as Manifest;
const seenNames = async () => (await filesBelow(files(), place.folder)).map(({ name }) => name).sort();

test('the files stay where they are, and Nextcloud is sent nothing but the manifest', async () => {
  const delivery = deliveryWith([await place.file('sub/a.txt', Buffer.from('a'))]);
  place.server.standin?.requests.clear();
  const { remote, place: told } = await open().deliver(delivery, contextOf());
  expect(place.server.standin?.requests.matching('PUT') ?? [{}]).toHaveLength(1);
  expect(await textAt(delivery.files[0]?.storedPath ?? '')).toBe('a');
  expect(told).toBe(folderOf(place.folder, delivery));
  expect(remote).toEqual([
    expect.objectContaining({ path: pathIn(delivery, 'sub/a.txt'), verifiedBy: 'sha256-read-back' }),
  ]);
  const copy = await files().stat(pathIn(delivery, 'sub/a.txt'));
  expect(remote[0]?.id).toBe(String(copy?.fileId));
  expect(copy?.fileId).not.toBe(delivery.files[0]?.nextcloudFileId);
  // Why it is read back.
  expect(copy?.claimedSha256).toBeUndefined();
  expect((await files().stat(delivery.files[0]?.storedPath ?? ''))?.claimedSha256).toBe(
    sha256Of(Buffer.from('a')),
  );
});

test('the manifest says who sent what, and where it is', async () => {
  const delivery = deliveryWith([
    { ...(await place.file('sub/a_.txt', Buffer.from('a'))), sentName: 'a?.txt' },
    await place.file('manifest.json', Buffer.from('{}')),
  ]);
  await open().deliver(delivery, contextOf());
  expect(await manifestIn(delivery)).toMatchObject({
    format: 'uketori-manifest',
    deliveryKey: delivery.key,
    submitter: delivery.submitter,
    files: [
      { sentName: 'a?.txt', path: 'sub/a_.txt', sizeBytes: 1, sha256: delivery.files[0]?.sha256 },
      { sentName: 'manifest.json', path: 'manifest (2).json' },
    ],
  });
});

test('two files of one submission that are delivered on their own keep a manifest each', async () => {
  const both = [await place.file('a.txt', Buffer.from('a')), await place.file('b.txt', Buffer.from('b'))];
  const deliveries = both.map((file) => deliveryWith([file], { per: 'file', receiptNumber: '261122-SAME0' }));
  for (const delivery of deliveries) await open().deliver(delivery, contextOf());
  for (const delivery of deliveries) {
    expect((await open().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
    const manifest = await manifestIn(delivery, `manifest-${delivery.files[0]?.id}.json`);
    expect(manifest.files).toHaveLength(1);
  }
});

test('a request whose title was changed in between is continued where it was begun', async () => {
  const delivery = deliveryWith([await place.file('a.txt', Buffer.from('a'))]);
  const context = contextOf();
  await open().deliver(delivery, context);
  const renamed = { ...delivery, request: { ...delivery.request, title: 'New title' } };
  expect((await open().probe(renamed, context))?.alreadyThere).toBe(true);
  await open().deliver(renamed, context);
  expect((await files().list(place.folder)).map(({ name }) => name)).toEqual([delivery.request.title]);
});

describe('the bytes that are delivered are those that were stored', () => {
  /** The account as it is, but what is read below the destination's folder for the first time is other bytes. */
  const flipping = (): NextcloudPlace => {
    let flips = 1;
    return {
      ...files(),
      async get(path, options) {
        const found = await files().get(path, options);
        if (!path.startsWith(place.folder) || flips === 0) return found;
        flips -= 1;
        found.body.destroy();
        return { body: Readable.from([Buffer.alloc(found.sizeBytes, '?')]), sizeBytes: found.sizeBytes };
      },
    };
  };

  test('a copy that came out wrong gets no name, and is made anew', async () => {
    const account = flipping();
    const delivery = deliveryWith([await place.file('a.txt', Buffer.from('abc'))], {
      nextcloud: () => Promise.resolve(account),
    });
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({
      code: 'destination.unavailable',
      retry: 'later',
    });
    expect(await seenNames()).toEqual([]);
    await open().deliver(delivery, contextOf());
    expect(await textAt(pathIn(delivery, 'a.txt'))).toBe('abc');
  });

  test.each([
    ['of the same length', 'other'],
    ['of another length', 'another'],
  ])('a file that staff have changed to bytes %s is not delivered', async (_, text) => {
    const delivery = deliveryWith([await place.file('a.txt', Buffer.from('bytes'))]);
    await write(delivery.files[0]?.storedPath ?? '', text);
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({
      code: 'upload.integrity',
      retry: 'never',
    });
    expect(await seenNames()).toEqual([]);
    expect(await place.effects(delivery.key)).toBe(0);
  });

  test('a file that staff have moved within its request is found', async () => {
    const delivery = deliveryWith([await place.file('a.txt', Buffer.from('a'))]);
    await files().move(delivery.files[0]?.storedPath ?? '', `${place.base}/requests/Tax/moved`, {
      overwrite: false,
    });
    await open().deliver(delivery, contextOf());
    expect(await textAt(pathIn(delivery, 'a.txt'))).toBe('a');
  });

  test('one that is gone is the failure of the source, unchanged', async () => {
    const delivery = deliveryWith([await place.file('a.txt', Buffer.from('a'))]);
    await files().remove(delivery.files[0]?.storedPath ?? '');
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({
      code: 'nextcloud.not-found',
      retry: 'later',
    });
  });
});

describe('where it must not go', () => {
  test('the folder that the files lie in is refused, another folder is not', async () => {
    const own = { request: { id: 'req_1', title: 'Tax' }, receiptNumber: '261122-00000' };
    const delivery = deliveryWith([await place.file('1.bin', Buffer.from('a'))], {
      ...own,
      submitter: { name: 'Yamada', email: null },
    });
    await expect(
      open({ folder: `${place.base}/requests` }).deliver(delivery, contextOf()),
    ).rejects.toMatchObject({ code: 'destination.conflict', retry: 'never' });
    expect(await files().list(`${place.base}/requests/Tax/261122-00000 Yamada`)).toHaveLength(1);
    await open().deliver(delivery, contextOf());
    expect(await place.effects(delivery.key)).toBe(1);
  });

  test('moving is refused, and the refusal says what does it', () => {
    const opened = (mode: string): unknown => {
      try {
        return module.open({ folder: '/In', mode }, toolsOf());
      } catch (error) {
        return error;
      }
    };
    expect(opened('copy')).not.toBeInstanceOf(Error);
    expect(opened('move')).toMatchObject({
      code: 'destination.rejected',
      details: { problems: [expect.stringContaining('after-action')] },
    });
  });

  test('a manifest that names a path outside of its folder is not believed', async () => {
    const delivery = deliveryWith([await place.file('a.txt', Buffer.from('a'))]);
    await open().deliver(delivery, contextOf());
    expect(await open().probe(delivery, contextOf())).toBeDefined();
    await write(`${place.folder}/${delivery.request.title}/a.txt`, 'a');
    const manifest = await manifestIn(delivery);
    const forged = { ...manifest, files: manifest.files.map((file) => ({ ...file, path: '../a.txt' })) };
    await write(pathIn(delivery, 'manifest.json'), JSON.stringify(forged));
    expect(await open().probe(delivery, contextOf())).toBeUndefined();
  });
});

describe('what is there', () => {
  test.each([
    ['another delivery', '{"deliveryKey":"other","files":[]}'],
    ['no delivery at all', 'not JSON'],
  ])('the manifest of %s is never replaced: a conflict', async (_, text) => {
    const delivery = deliveryWith([await place.file('a.txt', Buffer.from('a'))]);
    for (const folder of [`${place.folder}/${delivery.request.title}`, folderOf(place.folder, delivery)])
      await files().makeDirectory(folder);
    await write(pathIn(delivery, 'manifest.json'), text);
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({
      code: 'destination.conflict',
      retry: 'never',
    });
    expect(await textAt(pathIn(delivery, 'manifest.json'))).toBe(text);
  });

  test('a copy that was changed after delivery is kept, and the file is delivered beside it', async () => {
    const delivery = deliveryWith([await place.file('a.txt', Buffer.from('a'))]);
    await open().deliver(delivery, contextOf());
    await write(pathIn(delivery, 'a.txt'), 'b');
    expect(await open().probe(delivery, contextOf())).toBeUndefined();
    await open().deliver(delivery, contextOf());
    expect((await manifestIn(delivery)).files[0]?.path).toBe('a (2).txt');
    expect(await textAt(pathIn(delivery, 'a.txt'))).toBe('b');
    expect((await open().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
  });

  test('a repeat of what is whole changes nothing', async () => {
    const delivery = deliveryWith([await place.file('a.txt', Buffer.from('a'))]);
    await open().deliver(delivery, contextOf());
    const before = await filesBelow(files(), place.folder);
    expect((await open().deliver(delivery, contextOf())).alreadyThere).toBe(true);
    expect(await filesBelow(files(), place.folder)).toEqual(before);
  });

  test.skipIf(isReal)('what a broken attempt left is cleared away, of this delivery alone', async () => {
    const delivery = deliveryWith([await place.file('a.txt', Buffer.from('a'))]);
    place.server.standin?.control.fault({ method: 'COPY', action: { drop: 'after' } });
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({ retry: 'later' });
    expect(await seenNames()).toEqual([expect.stringMatching(/^\.uketori-/)]);
    await write(pathIn(delivery, '.uketori-0000-of-another'), 'x');
    await open().deliver(delivery, contextOf());
    expect(await seenNames()).toEqual(['.uketori-0000-of-another', 'a.txt', 'manifest.json']);
  });
});

describe('what keeps a delivery from arriving', () => {
  test.skipIf(isReal).each([
    // As long as the client leaves an account alone that was refused.
    [401, 'destination.auth', { afterMs: 300_000 }],
    [403, 'destination.auth', 'later'],
    [423, 'destination.unavailable', 'later'],
    [503, 'destination.unavailable', 'later'],
    [507, 'destination.unavailable', 'later'],
  ])('%i is %s, to be tried again: %j', async (status, code, retry) => {
    // A client of its own: one that was refused waits before it asks again.
    const { url, auth } = place.server;
    const account = nextcloudOf({ url, user: auth[0], appPassword: auth[1] });
    const delivery = deliveryWith([await place.file('a.txt', Buffer.from('a'))], {
      nextcloud: () => Promise.resolve(account.files),
    });
    place.server.standin?.control.fault({ method: 'COPY', action: { reply: status } });
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({ code, retry });
    expect(await place.effects(delivery.key)).toBe(0);
    await account.close();
  });

  test('an account that has no such folder is told from one that has', async () => {
    const delivery = deliveryWith([await place.file('a.txt', Buffer.from('a'))]);
    await expect(
      open({ folder: `${place.base}/nowhere` }).deliver(delivery, contextOf()),
    ).rejects.toMatchObject({
      code: 'destination.unavailable',
      retry: 'later',
    });
    expect(await files().stat(`${place.base}/nowhere`)).toBeUndefined();
    await open().deliver(delivery, contextOf());
    expect(await place.effects(delivery.key)).toBe(1);
  });
});
