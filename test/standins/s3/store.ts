import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Bytes that have arrived, in a file: the tests look at how much memory is held. */
export interface Blob {
  /** One for each part that it was made of. */
  paths: string[];
  sizeBytes: number;
  sha256: Buffer;
  md5: Buffer;
}

export interface StoredObject {
  blob: Blob;
  etag: string;
  /** As the header gives it; undefined where the writer asked for none. */
  checksum: string | undefined;
  headers: Record<string, string>;
}

export interface OpenUpload {
  key: string;
  headers: Record<string, string>;
  checksums: boolean;
  parts: Map<number, { blob: Blob; etag: string; checksum: string | undefined }>;
}

/** One bucket, on disk. An object appears whole or not at all. */
export interface Store {
  objects: Map<string, StoredObject>;
  uploads: Map<string, OpenUpload>;
  receive(body: Readable | AsyncIterable<Buffer>): Promise<Blob>;
  begin(upload: OpenUpload): string;
  remove(): Promise<void>;
}

export async function* bytesOf({ paths }: Blob): AsyncGenerator<Buffer> {
  for (const path of paths) yield* createReadStream(path) as AsyncIterable<Buffer>;
}

export const createStore = async (): Promise<Store> => {
  const dir = await mkdtemp(join(tmpdir(), 'uketori-s3-'));
  const receive = async (body: Readable | AsyncIterable<Buffer>): Promise<Blob> => {
    const path = join(dir, randomUUID());
    const sha256 = createHash('sha256');
    const md5 = createHash('md5');
    let sizeBytes = 0;
    const counted = async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        sha256.update(chunk);
        md5.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    };
    await pipeline(body, counted, createWriteStream(path));
    return { paths: [path], sizeBytes, sha256: sha256.digest(), md5: md5.digest() };
  };
  const uploads = new Map<string, OpenUpload>();
  return {
    objects: new Map(),
    uploads,
    receive,
    begin(upload) {
      const id = randomUUID();
      uploads.set(id, upload);
      return id;
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
};
