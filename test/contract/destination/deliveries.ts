import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type {
  Delivery,
  DeliveryContext,
  DeliveryFile,
} from '../../../server/importer/destinations/destination.ts';
import { verified } from '../../../server/importer/verified.ts';
import { systemClock } from '../../../server/lib/clock.ts';
import { silentLog } from '../../../server/lib/log.ts';

export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export interface TestFile extends DeliveryFile {
  /** How often it was asked for. */
  opened: number;
}

/** A file of these bytes. `source` stands in for what Nextcloud sends, verified like the importer does. */
export const fileOf = (path: string, bytes: Buffer, source?: () => Readable): TestFile => {
  const expected = { sizeBytes: bytes.length, sha256: sha256Of(bytes) };
  const file: TestFile = {
    id: `fil_${sha256Of(Buffer.from(path)).slice(0, 32)}`,
    sentName: path.split('/').at(-1) ?? path,
    path,
    ...expected,
    storedAt: new Date('2026-11-22T01:02:03.000Z'),
    nextcloudFileId: 4711,
    opened: 0,
    directLink: () =>
      Promise.resolve({
        url: `https://cloud.invalid/direct/${path}`,
        expiresAt: new Date('2026-11-23T00:00:00Z'),
      }),
    nextcloudPath: () => Promise.reject(new Error('no Nextcloud in this test')),
    open() {
      file.opened += 1;
      return Promise.resolve(
        verified(source?.() ?? Readable.from(bytes.length === 0 ? [] : [bytes]), expected),
      );
    },
  };
  return file;
};

let count = 0;

export const deliveryOf = <File extends DeliveryFile>(
  files: File[],
  more: Partial<Delivery> = {},
): Delivery & { files: File[] } => {
  count += 1;
  return {
    key: `uketori-${process.pid}-${count}`,
    round: 0,
    per: 'submission',
    receiptNumber: `261122-${String(count).padStart(5, '0')}`,
    request: { id: 'req_1', title: '確定申告 2026' },
    submitter: { name: '山田 太郎', email: 'yamada@example.org' },
    message: 'Here they are.',
    answers: [{ key: 'number', label: 'Customer number', value: '42' }],
    late: false,
    finishedBySubmitter: true,
    sealedAt: new Date('2026-11-22T01:05:00.000Z'),
    requestFolder: null,
    nextcloud: () => Promise.reject(new Error('no Nextcloud in this test')),
    ...more,
    files,
  };
};

/** What the core hands to a destination; the checkpoint survives as long as this object. */
export const contextOf = (signal: AbortSignal = new AbortController().signal): DeliveryContext => {
  let kept = '{}';
  return {
    signal,
    log: silentLog,
    clock: systemClock,
    checkpoint: {
      load: () => Promise.resolve(JSON.parse(kept) as Record<string, unknown>),
      save(value) {
        kept = JSON.stringify(value);
        return Promise.resolve();
      },
    },
  };
};
