/** The vendor's own client: it knows nothing of our stand-in, nor of our destination. */
import { buffer } from 'node:stream/consumers';
import jssdk, { type FileBucket } from '@nec-baas/jssdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { MbaasStandin } from '../../../standins/mbaas/standin.ts';
import { contextOf, deliveryOf, fileOf, sha256Of } from '../deliveries.ts';
import { openSettings } from '../tools.ts';
import { manifestsIn, openMbaas } from './harness.ts';

let standin: MbaasStandin;
let settings: Awaited<ReturnType<typeof openMbaas>>['settings'];
beforeEach(async () => {
  ({ standin, settings } = await openMbaas());
  // It prints each refusal.
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await standin.close();
});

/** Signed in as somebody, with a service of its own. */
const bucketOf = async (username: string, password: string): Promise<FileBucket> => {
  const { tenant, appId, appKey } = standin.options;
  const service = new jssdk.NebulaService();
  service.initialize({ tenant, appId, appKey, baseUri: standin.baseUrl });
  await service.User.login({ username, password });
  return new service.FileBucket('incoming');
};

const portalsBucket = () => bucketOf('portal', settings.secrets.password);

const bytesOf = async (bucket: FileBucket, name: string): Promise<Buffer> =>
  buffer(await bucket.loadWithOptions(name, { rawRequest: true }));

const metadataOf = (contentType: string, options: object) =>
  new jssdk.FileMetadata().setContentType(contentType).setOptions(options);

describe('the stand-in speaks what the vendor’s client speaks', () => {
  const bytes = Buffer.from([0, 255, 10, 13, 200]);

  test('a file is created, listed, read, published, taken back and removed', async () => {
    const bucket = await portalsBucket();
    const made = await bucket.saveAs('見積書.bin', bytes, metadataOf('image/png', { version: '1' }));
    expect(made.getSize()).toBe(bytes.length);
    const [listed, ...more] = await bucket.getList();
    expect(more).toEqual([]);
    expect(listed?.getFileName()).toBe('見積書.bin');
    expect(listed?.getContentType()).toBe('image/png');
    expect(listed?.getOptions()).toEqual({ version: '1' });
    expect(await bytesOf(bucket, '見積書.bin')).toEqual(bytes);

    const published = await bucket.publish('見積書.bin');
    expect(Buffer.from(await (await fetch(published.getPublicUrl())).arrayBuffer())).toEqual(bytes);
    expect((await bucket.publish('見積書.bin')).getPublicUrl()).toBe(published.getPublicUrl());
    await bucket.unpublish('見積書.bin');
    expect((await fetch(published.getPublicUrl())).status).toBe(404);
    expect((await bucket.publish('見積書.bin')).getPublicUrl()).not.toBe(published.getPublicUrl());

    await bucket.remove('見積書.bin');
    expect(await bucket.getList()).toEqual([]);
  });

  test('a name that is there is refused to whoever creates, and replaced by whoever saves', async () => {
    const bucket = await portalsBucket();
    await bucket.saveAs('a.txt', 'first', metadataOf('text/plain', {}));
    const again = bucket.saveAs('a.txt', 'second', metadataOf('text/plain', {}));
    await expect(again).rejects.toMatchObject({
      status: 409,
      responseText: expect.stringContaining('duplicate_filename') as string,
    });
    expect(await bytesOf(bucket, 'a.txt')).toEqual(Buffer.from('first'));
    await bucket.save('a.txt', 'third');
    expect(await bytesOf(bucket, 'a.txt')).toEqual(Buffer.from('third'));
    await expect(bucket.save('b.txt', 'none')).rejects.toMatchObject({ status: 404 });
  });

  test('without an ACL of its own, a file is its maker’s alone', async () => {
    standin.addUser('other', 'password-of-the-other');
    await (await portalsBucket()).saveAs('a.txt', 'mine', metadataOf('text/plain', {}));
    const others = await bucketOf('other', 'password-of-the-other');
    await expect(others.getMetadata('a.txt')).rejects.toMatchObject({ status: 403 });
    expect(await others.getList()).toEqual([]);
    await expect(bucketOf('other', 'guessed-password')).rejects.toMatchObject({ status: 401 });
  });
});

test('what the destination wrote is read by the vendor’s client: names, types, options, bytes', async () => {
  const bytes = Buffer.from([1, 2, 3, 0, 255]);
  const delivery = deliveryOf([fileOf('申請書/別紙 1.pdf', bytes), fileOf('empty.dat', Buffer.alloc(0))]);
  await openSettings(settings).deliver(delivery, contextOf());
  const bucket = await portalsBucket();
  const name = `${delivery.receiptNumber} 申請書 - 別紙 1.pdf`;
  const manifestName = `${delivery.receiptNumber} manifest.json`;
  const names = (await bucket.getList()).map((file) => file.getFileName()).sort();
  expect(names).toEqual([`${delivery.receiptNumber} empty.dat`, manifestName, name].sort());
  const metadata = await bucket.getMetadata(name);
  expect(metadata.getContentType()).toBe('application/pdf');
  expect(metadata.getSize()).toBe(bytes.length);
  expect(metadata.getOptions()).toEqual({
    uketoriDelivery: delivery.key,
    uketoriFile: delivery.files[0]?.id,
    sha256: sha256Of(bytes),
  });
  expect(await bytesOf(bucket, name)).toEqual(bytes);
  const manifest = JSON.parse((await bytesOf(bucket, manifestName)).toString('utf8')) as {
    files: { path: string }[];
  };
  expect(manifest.files.map(({ path }) => path).sort()).toEqual(
    [name, `${delivery.receiptNumber} empty.dat`].sort(),
  );
  expect(manifestsIn(standin, delivery.key)).toHaveLength(1);
});
