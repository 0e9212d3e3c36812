import { noteChecked } from '../../db/queries/upload-progress.ts';
import type { PlacedUpload } from '../../db/queries/uploads.ts';
import { Failure, isFailure } from '../lib/failure.ts';
import type { UploadEngine } from './engine.ts';
import { hashOf } from './hashes.ts';
import { isSuspected } from './lose.ts';
import { type ExpectedFile, lookAt, type PlacedFile } from './place.ts';

const largeBytes = 64 * 1024 * 1024;

/** What takes longer than a moment to be copied and read back. */
export const isLarge = ({ upload }: PlacedUpload): boolean => (upload.sizeBytes ?? 0) >= largeBytes;

/** So long who still sends goes before what is only compared. */
const quietLimitMs = 20_000;
/** How often people who wait are told how far it is. */
const toldEveryMs = 2_000;

/**
 * Reads a file back from its place and compares its SHA-256.
 * @throws Failure `upload.integrity` (may pass: it has been removed) when it is another; `upload.lost` when that is so
 * and no parts are there to make it again
 */
export const compareStored = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  file: PlacedFile,
  expected: ExpectedFile,
): Promise<'read-back'> => {
  const nextcloud = await engine.nextcloudFor(placed.accountId);
  const path = `${placed.folderPath}/${file.path}`;
  const entry = await lookAt(nextcloud, path);
  const isThere = entry?.fileId === file.fileId && entry.sizeBytes === expected.sizeBytes;
  if (isThere && (await readBack(engine, placed, path, expected.epoch)) === expected.sha256)
    return 'read-back';
  const isOurs = entry?.fileId === file.fileId && entry.mark === placed.upload.id;
  const details = { uploadId: placed.upload.id, path, seen: entry ?? 'nothing', expected };
  if (placed.upload.placedFileId === null) {
    if (isOurs) await nextcloud.files.remove(path, { etag: entry.etag });
    throw new Failure('upload.integrity', { retry: 'later', details });
  }
  // These bytes are nowhere else: they are kept, under a name that nobody takes for the file.
  if (isOurs && isSuspected(placed))
    await nextcloud.files.move(path, `${path}.${placed.upload.id}.damaged`, { overwrite: false });
  throw new Failure('upload.lost', { details });
};

/** One small one and one large one at a time, for the whole process. */
const readBack = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  path: string,
  epoch: number,
): Promise<string | undefined> => {
  const { small, large } = engine.comparing;
  const release = await (isLarge(placed) ? large : small).take();
  if (isLarge(placed)) await engine.turns.untilQuiet(quietLimitMs);
  let toldAtMs = performance.now();
  let passedBytes = 0;
  const tell = (checkedBytes: number): void => {
    engine.garbage.passed(checkedBytes - passedBytes);
    passedBytes = checkedBytes;
    if (performance.now() - toldAtMs < toldEveryMs) return;
    toldAtMs = performance.now();
    noteChecked(engine.db, { uploadId: placed.upload.id, epoch }, checkedBytes).catch(() => undefined);
  };
  try {
    const nextcloud = await engine.nextcloudFor(placed.accountId);
    return await hashOf((await nextcloud.files.get(path)).body, tell);
  } catch (error) {
    if (isFailure(error, 'nextcloud.not-found')) return undefined;
    throw error;
  } finally {
    release();
  }
};
