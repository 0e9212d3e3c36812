import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Failure, type FailureCode, isFailure, type Retry } from '../../../lib/failure.ts';
import type { NextcloudEntry, NextcloudPlace } from '../destination.ts';

/** The account as the place that files are brought to: what it says there is about the destination. */
export interface Target {
  stat(path: string): Promise<NextcloudEntry | undefined>;
  /** Nothing where there is no such folder. */
  list(path: string): Promise<NextcloudEntry[]>;
  /** @throws Failure `destination.conflict` where a file has the name */
  makeDirectory(path: string): Promise<'created' | 'existed'>;
  /** @returns the copy's id, where the server told it; `gone`: there is no such source */
  copy(from: string, to: string): Promise<{ fileId: number | undefined } | 'taken' | 'gone'>;
  move(from: string, to: string): Promise<'moved' | 'taken' | 'gone'>;
  /** Only under a free name. */
  put(path: string, bytes: Buffer): Promise<'put' | 'taken'>;
  remove(path: string, etag?: string): Promise<void>;
  /** Reads it. @returns undefined where there is no file of this size */
  hash(path: string, sizeBytes: number): Promise<string | undefined>;
  /** Whether it has these bytes; reads them, for a copy has no checksum (measured on Nextcloud 32.0.1). */
  holds(entry: NextcloudEntry, file: { sizeBytes: number; sha256: string }): Promise<boolean>;
  /** Reads it whole. @returns undefined where there is none, or a larger one */
  read(path: string, mostBytes: number): Promise<Buffer | undefined>;
}

export const createTarget = (nextcloud: NextcloudPlace, signal: AbortSignal): Target => {
  const options = { signal };
  const open = async (path: string) =>
    ifSo('nextcloud.not-found', () => nextcloud.get(path, options), undefined);
  const hash: Target['hash'] = (path, sizeBytes) =>
    asTarget(async () => {
      const found = await open(path);
      if (found?.sizeBytes !== sizeBytes) {
        found?.body.on('error', () => undefined).destroy();
        return undefined;
      }
      const hash = createHash('sha256');
      await pipeline(found.body, hash, { signal });
      return hash.digest('hex');
    });
  return {
    hash,
    async holds({ kind, path, sizeBytes }, file) {
      return (
        kind === 'file' && sizeBytes === file.sizeBytes && (await hash(path, file.sizeBytes)) === file.sha256
      );
    },
    stat: (path) => asTarget(() => nextcloud.stat(path, options)),
    list: (path) => asTarget(() => ifSo('nextcloud.not-found', () => nextcloud.list(path, options), [])),
    makeDirectory: (path) => asTarget(() => nextcloud.makeDirectory(path, options)),
    copy: (from, to) =>
      asTarget(() => transferred(() => nextcloud.copy(from, to, { ...options, overwrite: false }))),
    move: (from, to) =>
      asTarget(() =>
        transferred(async () => {
          await nextcloud.move(from, to, { ...options, overwrite: false });
          return 'moved' as const;
        }),
      ),
    put: (path, bytes) =>
      asTarget(() =>
        ifSo<'put' | 'taken'>(
          'nextcloud.exists',
          async () => {
            await nextcloud.put(path, bytes, { ...options, sizeBytes: bytes.length, createOnly: true });
            return 'put';
          },
          'taken',
        ),
      ),
    remove: (path, etag) =>
      asTarget(async () => {
        await nextcloud.remove(path, etag === undefined ? options : { ...options, etag });
      }),
    read: (path, mostBytes) =>
      asTarget(async () => {
        const found = await open(path);
        if (found === undefined || found.sizeBytes > mostBytes) {
          found?.body.on('error', () => undefined).destroy();
          return undefined;
        }
        const chunks: Buffer[] = [];
        for await (const chunk of found.body as AsyncIterable<Buffer>) chunks.push(chunk);
        return Buffer.concat(chunks);
      }),
  };
};

const ifSo = async <T>(code: FailureCode, work: () => Promise<T>, instead: T): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (isFailure(error, code)) return instead;
    throw error;
  }
};

const transferred = <T>(work: () => Promise<T>): Promise<T | 'taken' | 'gone'> =>
  ifSo<T | 'taken' | 'gone'>(
    'nextcloud.exists',
    () => ifSo<T | 'taken' | 'gone'>('nextcloud.not-found', work, 'gone'),
    'taken',
  );

/** And whether to try again where the client itself would not: what staff can mend is worth waiting for. */
const meanings: Partial<Record<FailureCode, [FailureCode, Retry]>> = {
  'nextcloud.credentials-refused': ['destination.auth', 'later'],
  'nextcloud.forbidden': ['destination.auth', 'later'],
  'nextcloud.exists': ['destination.conflict', 'never'],
  'nextcloud.conflict': ['destination.unavailable', 'later'],
  'nextcloud.not-found': ['destination.unavailable', 'later'],
  'nextcloud.out-of-space': ['destination.unavailable', 'later'],
  'nextcloud.rejected': ['destination.rejected', 'never'],
  'nextcloud.failed': ['destination.unavailable', 'later'],
  'nextcloud.locked': ['destination.unavailable', 'later'],
  'nextcloud.maintenance': ['destination.unavailable', 'later'],
  'nextcloud.stalled': ['destination.unavailable', 'later'],
  'nextcloud.throttled': ['destination.unavailable', 'later'],
  'nextcloud.unexpected-reply': ['destination.unavailable', 'later'],
  'nextcloud.unreachable': ['destination.unavailable', 'later'],
};

/** Only for what is asked of the target: failures of the source keep their codes. */
const asTarget = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const meaning = isFailure(error) ? meanings[error.code] : undefined;
    if (!isFailure(error) || meaning === undefined) throw error;
    const [code, retry] = meaning;
    throw new Failure(code, {
      retry: error.retry === 'never' ? retry : error.retry,
      details: { ...error.details, nextcloud: error.code },
      cause: error,
    });
  }
};
