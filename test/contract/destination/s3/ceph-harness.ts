import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { region } from '../../../standins/s3/standin.ts';
import type { Harness, Place } from '../harness.ts';
import { openSettings } from '../tools.ts';
import type { Ceph } from './ceph.ts';
import { startFront } from './front.ts';
import { folderOf, prefix, s3Harness } from './harness.ts';
import { effectsIn, type Reader, seenIn } from './reader.ts';

/** A bucket of its own, seen by another client than the one that delivers. */
const openPlace = async ({ url, account }: Ceph): Promise<Place> => {
  const bucket = `collected-${randomBytes(6).toString('hex')}`;
  // In the one region that needs no constraint to make a bucket.
  const client = new S3Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { ...account },
  });
  const front = await startFront(url);
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const reader: Reader = {
    async keys() {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      return Contents.flatMap(({ Key }) => Key ?? []);
    },
    async bytesOf(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
  };
  const settings = {
    kind: 's3',
    config: { endpoint: front.url, region, bucket, prefix, forcePathStyle: true },
    secrets: { ...account },
  };
  return {
    settings,
    destination: () => openSettings(settings),
    seen: () => seenIn(reader),
    effects: (key) => effectsIn(reader, key),
    async strays() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return [
        ...(await reader.keys()).filter((key) => !key.startsWith(prefix)),
        ...Uploads.map(({ Key }) => `${Key} (unfinished)`),
      ];
    },
    async occupy(delivery) {
      const key = `${folderOf(delivery)}/${delivery.files[0]?.path}`;
      const text = 'somebody else put this here';
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text }));
      return { unharmed: async () => (await reader.bytesOf(key)).toString('utf8') === text };
    },
    trouble(trouble) {
      front.trouble = trouble;
    },
    async remove() {
      for (const Key of await reader.keys())
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
      client.destroy();
      await front.close();
    },
  };
};

/** What Ceph does otherwise than Amazon: any region will do. */
export const cephHarness = (ceph: () => Ceph): Harness => ({
  ...s3Harness,
  open: () => openPlace(ceph()),
  unfit: s3Harness.unfit.filter(({ what }) => what !== 'a region that is another'),
});
