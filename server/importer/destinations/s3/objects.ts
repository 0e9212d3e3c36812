import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Failure } from '../../../lib/failure.ts';
import type { Delivery, DeliveryFile } from '../destination.ts';
import { type KnownManifest, manifestLimitBytes, parseManifest } from '../manifest.ts';
import type { S3Config } from './config.ts';
import { statusOf } from './failures.ts';

/** One attempt's way to the bucket. */
export interface Bucket {
  client: S3Client;
  config: S3Config;
  signal: AbortSignal;
}

/** How it is known that an object is the file. */
export type Proof = 'sha256-by-system' | 'sha256-of-parts-by-system' | 'sha256-read-back';

/** Hex to what the checksum headers hold. */
export const base64Of = (sha256: string): string => Buffer.from(sha256, 'hex').toString('base64');

/** What every object of ours is made with. Types that browsers would show are not taken over from whoever sent the file. */
export const storedAs = (config: S3Config, metadata: Record<string, string>) => ({
  Bucket: config.bucket,
  ContentType: 'application/octet-stream',
  Metadata: metadata,
  ...(config.storageClass === undefined ? {} : { StorageClass: config.storageClass }),
  ...(config.serverSideEncryption === undefined ? {} : { ServerSideEncryption: config.serverSideEncryption }),
  ...(config.kmsKeyId === undefined ? {} : { SSEKMSKeyId: config.kmsKeyId }),
});

export const metadataOf = (delivery: Delivery, file: DeliveryFile): Record<string, string> => ({
  'uketori-delivery': delivery.key,
  'uketori-file': file.id,
  'uketori-sha256': file.sha256,
});

/** Sent with what makes an object: fails with 412 where the key is taken. */
export const onlyIfFree = ({ config }: Bucket): { IfNoneMatch?: string } =>
  config.conditionalWrites ? { IfNoneMatch: '*' } : {};

/** Whether the system refused because the key is taken. */
export const isTaken = (error: unknown): boolean => statusOf(error) === 412;

export const headOf = async (bucket: Bucket, key: string): Promise<HeadObjectCommandOutput | undefined> => {
  const { client, config, signal } = bucket;
  try {
    const command = new HeadObjectCommand({ Bucket: config.bucket, Key: key, ChecksumMode: 'ENABLED' });
    return await client.send(command, { abortSignal: signal });
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
};

/** Compares an object with a file: by the system's own checksum where it has one, else by reading it back. */
export const compare = async (
  bucket: Bucket,
  key: string,
  file: DeliveryFile,
): Promise<Proof | 'absent' | 'other'> => {
  const head = await headOf(bucket, key);
  if (head === undefined) return 'absent';
  if (head.ContentLength !== file.sizeBytes) return 'other';
  const checksum = head.ChecksumSHA256;
  if (checksum !== undefined && !checksum.includes('-'))
    return checksum === base64Of(file.sha256) ? 'sha256-by-system' : 'other';
  // Made in parts: their checksums had to be right for it to be made, and only we say that it is this file.
  if (checksum !== undefined && head.Metadata?.['uketori-sha256'] === file.sha256)
    return 'sha256-of-parts-by-system';
  return (await hashOf(bucket, key)) === file.sha256 ? 'sha256-read-back' : 'other';
};

const open = async (bucket: Bucket, key: string) => {
  const { client, config, signal } = bucket;
  const command = new GetObjectCommand({ Bucket: config.bucket, Key: key });
  const { Body, ETag } = await client.send(command, { abortSignal: signal });
  return { body: Body as Readable, etag: ETag };
};

export const hashOf = async (bucket: Bucket, key: string): Promise<string | undefined> => {
  const hash = createHash('sha256');
  try {
    const { body } = await open(bucket, key);
    for await (const chunk of body as AsyncIterable<Buffer>) hash.update(chunk);
  } catch (error) {
    bucket.signal.throwIfAborted();
    if (statusOf(error) === 404) return undefined;
    if (statusOf(error) !== undefined || error instanceof Failure) throw error;
    throw brokenOff(error);
  }
  return hash.digest('hex');
};

const brokenOff = (cause: unknown): Failure =>
  new Failure('destination.unavailable', {
    retry: 'later',
    details: { reason: 'the answer broke off' },
    cause,
  });

/** @returns `absent` where nothing has the key; `manifest` undefined where it is none */
export const readManifest = async (
  bucket: Bucket,
  key: string,
): Promise<{ manifest: KnownManifest | undefined; etag: string | undefined } | 'absent'> => {
  const chunks: Buffer[] = [];
  let readBytes = 0;
  try {
    const { body, etag } = await open(bucket, key);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      readBytes += chunk.length;
      if (readBytes > manifestLimitBytes) return { manifest: undefined, etag };
      chunks.push(chunk);
    }
    return { manifest: parseManifest(Buffer.concat(chunks).toString('utf8')), etag };
  } catch (error) {
    bucket.signal.throwIfAborted();
    if (statusOf(error) === 404 && !isMissingBucket(error)) return 'absent';
    if (statusOf(error) !== undefined || error instanceof Failure) throw error;
    throw brokenOff(error);
  }
};

const isMissingBucket = (error: unknown): boolean => error instanceof Error && error.name === 'NoSuchBucket';

/**
 * One request, whole or not at all. Its SHA-256 is signed and sent along: a system that looks at either refuses other bytes.
 * @returns whether the system said the same checksum back, which it does after having counted it
 */
export const putBytes = async (
  bucket: Bucket,
  key: string,
  bytes: Buffer,
  sha256: string,
  more: Partial<PutObjectCommandInput> & { Metadata: Record<string, string> },
): Promise<boolean> => {
  const { client, config, signal } = bucket;
  const checksum = base64Of(sha256);
  const command = new PutObjectCommand({
    ...storedAs(config, more.Metadata),
    Key: key,
    Body: bytes,
    ContentLength: bytes.length,
    ChecksumSHA256: checksum,
    ...more,
  });
  const { ChecksumSHA256 } = await client.send(command, { abortSignal: signal });
  return ChecksumSHA256 === checksum;
};
