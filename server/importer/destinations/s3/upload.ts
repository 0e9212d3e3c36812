import { createHash } from 'node:crypto';
import { addAbortSignal, type Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Failure } from '../../../lib/failure.ts';
import type { DeliveryFile } from '../destination.ts';
import { statusOf } from './failures.ts';
import {
  type Bucket,
  base64Of,
  hashOf,
  isTaken,
  onlyIfFree,
  type Proof,
  putBytes,
  storedAs,
} from './objects.ts';

/** What is held in memory of one file: so many parts of this size. Amazon takes parts from 5 MiB on, and 10,000 of them. */
const partsInFlight = 3;
const smallestPartBytes = 8 * 1024 ** 2;
const mostParts = 10_000;

/** An upload in parts that was begun and not ended. */
export interface OpenUpload {
  key: string;
  id: string;
}

export interface UploadOptions {
  metadata: Record<string, string>;
  /** Called before the first part goes out: what it keeps can be ended by a repeat. */
  onBegun(upload: OpenUpload): Promise<void>;
}

/**
 * Brings one file to a key that is free. Nothing is to be seen there before its stream has ended well.
 * @returns `taken` where somebody else was faster
 */
export const upload = async (
  bucket: Bucket,
  key: string,
  file: DeliveryFile,
  options: UploadOptions,
): Promise<Proof | 'taken'> => {
  const source = addAbortSignal(bucket.signal, await file.open());
  try {
    const proof =
      file.sizeBytes <= smallestPartBytes
        ? await inOne(bucket, key, file, source, options)
        : await inParts(bucket, key, file, source, options);
    if (proof !== undefined) return proof;
  } catch (error) {
    if (isTaken(error)) return 'taken';
    throw error;
  } finally {
    source.destroy();
  }
  if ((await hashOf(bucket, key)) === file.sha256) return 'sha256-read-back';
  throw new Failure('destination.unavailable', {
    retry: 'later',
    details: { reason: 'other bytes came back than were sent' },
  });
};

/** @returns undefined where the system didn't say that it has looked */
const inOne = async (
  bucket: Bucket,
  key: string,
  file: DeliveryFile,
  source: Readable,
  { metadata }: UploadOptions,
): Promise<Proof | undefined> => {
  const bytes = Buffer.allocUnsafe(file.sizeBytes);
  let passedBytes = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    chunk.copy(bytes, passedBytes);
    passedBytes += chunk.length;
  }
  requireWhole(file, passedBytes);
  const more = { Metadata: metadata, ...onlyIfFree(bucket) };
  return (await putBytes(bucket, key, bytes, file.sha256, more)) ? 'sha256-by-system' : undefined;
};

const inParts = async (
  bucket: Bucket,
  key: string,
  file: DeliveryFile,
  source: Readable,
  { metadata, onBegun }: UploadOptions,
): Promise<Proof | undefined> => {
  const { client, config, signal } = bucket;
  const { UploadId: id } = await client.send(
    new CreateMultipartUploadCommand({
      ...storedAs(config, metadata),
      Key: key,
      ChecksumAlgorithm: 'SHA256',
    }),
    { abortSignal: signal },
  );
  if (id === undefined)
    throw new Failure('destination.unavailable', { retry: 'later', details: { reason: 'no upload id' } });
  const open = { key, id };
  try {
    await onBegun(open);
    const { parts, allChecked } = await sendParts(bucket, open, file, source);
    await client.send(
      new CompleteMultipartUploadCommand({
        Bucket: config.bucket,
        Key: key,
        UploadId: id,
        MultipartUpload: { Parts: parts },
        ...onlyIfFree(bucket),
      }),
      { abortSignal: signal },
    );
    return allChecked ? 'sha256-of-parts-by-system' : undefined;
  } catch (error) {
    // An importer that stops doesn't wait for this: the repeat does it.
    if (!signal.aborted) await endUpload(bucket, open).catch(() => undefined);
    throw error;
  }
};

interface SentParts {
  parts: CompletedPart[];
  /** Whether the system said every part's checksum back. */
  allChecked: boolean;
}

const sendParts = async (
  bucket: Bucket,
  open: OpenUpload,
  file: DeliveryFile,
  source: Readable,
): Promise<SentParts> => {
  const partBytes = Math.max(smallestPartBytes, Math.ceil(file.sizeBytes / mostParts));
  const free = Array.from({ length: partsInFlight }, () => Buffer.allocUnsafe(partBytes));
  const sending = new Set<Promise<void>>();
  const freeSlot = async (): Promise<Buffer<ArrayBuffer>> => {
    while (free.length === 0) await Promise.race(sending);
    return free.pop() ?? Buffer.allocUnsafe(partBytes);
  };
  const parts: CompletedPart[] = [];
  let allChecked = true;
  let passedBytes = 0;
  const send = async (index: number, slot: Buffer<ArrayBuffer>, bytes: Buffer): Promise<void> => {
    const { checked, ...part } = await sendPart(bucket, open, index + 1, bytes);
    parts[index] = part;
    allChecked &&= checked;
    free.push(slot);
  };
  try {
    for await (const { slot, bytes, index } of cut(source, freeSlot)) {
      passedBytes += bytes.length;
      const sent = send(index, slot, bytes);
      sending.add(sent);
      // One that failed stays in the set, to be seen below; it ends the reading as well.
      sent.then(
        () => sending.delete(sent),
        (error: unknown) => source.destroy(error as Error),
      );
    }
    requireWhole(file, passedBytes);
    await Promise.all(sending);
  } finally {
    await Promise.allSettled(sending);
  }
  return { parts, allChecked };
};

/** The stream in pieces that each fill a slot, but for the last. */
async function* cut(source: Readable, freeSlot: () => Promise<Buffer<ArrayBuffer>>) {
  let index = 0;
  let slot = await freeSlot();
  let filled = 0;
  for await (const chunk of source as AsyncIterable<Buffer>)
    for (let taken = 0; taken < chunk.length; ) {
      const copied = chunk.copy(slot, filled, taken);
      taken += copied;
      filled += copied;
      if (filled < slot.length) continue;
      yield { index, slot, bytes: slot };
      index += 1;
      slot = await freeSlot();
      filled = 0;
    }
  if (filled > 0) yield { index, slot, bytes: slot.subarray(0, filled) };
}

const sendPart = async (
  { client, config, signal }: Bucket,
  { key, id }: OpenUpload,
  number: number,
  bytes: Buffer,
): Promise<CompletedPart & { checked: boolean }> => {
  const checksum = base64Of(createHash('sha256').update(bytes).digest('hex'));
  const { ETag, ChecksumSHA256 } = await client.send(
    new UploadPartCommand({
      Bucket: config.bucket,
      Key: key,
      UploadId: id,
      PartNumber: number,
      Body: bytes,
      ContentLength: bytes.length,
      ChecksumSHA256: checksum,
    }),
    { abortSignal: signal },
  );
  return { PartNumber: number, ETag, ChecksumSHA256, checked: ChecksumSHA256 === checksum };
};

/** Takes back what an upload in parts has left. That it is gone already is as good. */
export const endUpload = async (
  { client, config, signal }: Bucket,
  { key, id }: OpenUpload,
): Promise<void> => {
  try {
    await client.send(new AbortMultipartUploadCommand({ Bucket: config.bucket, Key: key, UploadId: id }), {
      abortSignal: signal,
    });
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
};

/** The stream's own word is the first; this keeps a shorter one from being taken for the file. */
const requireWhole = (file: DeliveryFile, passedBytes: number): void => {
  if (passedBytes !== file.sizeBytes)
    throw new Failure('upload.integrity', {
      retry: 'later',
      details: { expectedBytes: file.sizeBytes, passedBytes },
    });
};
