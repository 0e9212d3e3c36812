import { wake } from '../../db/queries/jobs.ts';
import { claimAssembly, postponeAssembly } from '../../db/queries/upload-progress.ts';
import { findUpload, type PlacedUpload, partsOf, type UploadRow } from '../../db/queries/uploads.ts';
import { Failure, isFailure, mayPass } from '../lib/failure.ts';
import type { Nextcloud } from '../nextcloud/index.ts';
import type { UploadEngine } from './engine.ts';
import { hashOf } from './hashes.ts';
import { holding } from './holding.ts';
import { inspectParts } from './inspect.ts';
import { failUpload, loseUpload } from './lose.ts';
import { compareParts, coversWhole, type ExpectedPart, uploadFolder } from './parts.ts';
import { type ExpectedFile, type PlacedFile, placeFile } from './place.ts';
import { recordStored } from './record.ts';
import { askedPauseMs } from './retry.ts';
import { compareStored } from './verify.ts';

const firstPauseMs = 1_000;
/** Somebody waits for it, and what has just been set right is to be seen soon. */
const longestPauseMs = 60_000;
/** After the last byte. Nextcloud itself throws parts away after 24 h. */
const patienceMs = 20 * 3_600_000;

/**
 * Puts a received upload together in Nextcloud: compare, copy, look, then delete the parts. The copy keeps the parts,
 * so a storage that fails half-way costs time and nothing else.
 * Does nothing when it is not due, or somebody else is at it.
 */
export const assembleUpload = async (engine: UploadEngine, uploadId: string): Promise<void> => {
  const epoch = await claimAssembly(engine.db, uploadId, engine.nodeId);
  if (epoch === undefined) return;
  const placed = await findUpload(engine.db, uploadId);
  if (placed === undefined) return;
  await holding(engine, uploadId, epoch, async () => {
    try {
      await assemble(engine, placed, epoch);
      // What came in one go had no parts.
      if (placed.upload.placedFileId === null) await wake(engine.db, 'remove-upload', uploadId);
    } catch (error) {
      await afterFailure(engine, placed, epoch, error);
    }
  });
};

const assemble = async (engine: UploadEngine, placed: PlacedUpload, epoch: number): Promise<void> => {
  const { upload } = placed;
  const nextcloud = await engine.nextcloudFor(placed.accountId);
  const parts = await partsOf(engine.db, upload.id);
  const sizeBytes = upload.sizeBytes ?? 0;
  if (parts.length > 0) await requireExactParts(nextcloud, uploadFolder(upload.id), parts, sizeBytes);
  await inspectParts(engine, placed, nextcloud, parts);
  const sha256 = upload.sha256 ?? (await hashOfParts(nextcloud, uploadFolder(upload.id), parts));
  if (upload.claimedSha256 !== null && upload.claimedSha256 !== sha256)
    throw new Failure('upload.integrity', { details: { reason: 'differs from what the submitter has' } });
  const expected = { epoch, sizeBytes, sha256 };
  const file = alreadyPlaced(upload) ?? (await putTogether(engine, placed, parts, expected));
  const verifiedBy = file.verifiedBy ?? (await compareStored(engine, placed, file, expected));
  await recordStored(engine, placed, { ...file, verifiedBy, epoch, sha256 });
};

/** What came in one go is in its place already. */
const alreadyPlaced = (upload: UploadRow): PlacedFile | undefined =>
  upload.placedFileId === null
    ? undefined
    : {
        path: upload.targetPath,
        fileId: upload.placedFileId,
        etag: upload.placedEtag ?? '',
        verifiedBy: undefined,
      };

const putTogether = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  parts: readonly ExpectedPart[],
  expected: ExpectedFile,
): Promise<PlacedFile> => {
  const { upload } = placed;
  const { sizeBytes, sha256 } = expected;
  const nextcloud = await engine.nextcloudFor(placed.accountId);
  const mtime = upload.modifiedAt ?? undefined;
  // Hashed by Nextcloud as it copies, it would take four times as long: it is read back instead.
  const how = { sha256, mtime, createOnly: true, wantHash: false } as const;
  return placeFile(engine, placed, expected, (path) =>
    parts.length === 0
      ? nextcloud.files.put(path, [], { ...how, sizeBytes: 0 })
      : nextcloud.uploads.assemble(uploadFolder(upload.id), path, { ...how, totalBytes: sizeBytes }),
  );
};

/** Deletes what nobody acknowledged; refuses to go on when something acknowledged is missing. */
const requireExactParts = async (
  nextcloud: Nextcloud,
  folder: string,
  parts: readonly ExpectedPart[],
  sizeBytes: number,
): Promise<void> => {
  const listed = await nextcloud.uploads.list(folder);
  const { strays, missing } = compareParts(parts, listed?.parts ?? []);
  for (const stray of strays) await nextcloud.uploads.removePart(folder, stray);
  if (missing.length > 0 || !coversWhole(parts, sizeBytes))
    throw new Failure('upload.lost', { details: { missing } });
};

/** The bytes were taken over from another process, whose running hash is gone: they are read back once. */
const hashOfParts = async (
  nextcloud: Nextcloud,
  folder: string,
  parts: readonly ExpectedPart[],
): Promise<string> =>
  parts.length === 0
    ? hashOf((async function* nothing() {})())
    : hashOf(await nextcloud.uploads.read(folder));

const afterFailure = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  epoch: number,
  error: unknown,
): Promise<void> => {
  const { id: uploadId, attempts, updatedAt } = placed.upload;
  if (isFailure(error, 'upload.lost')) {
    await loseUpload(engine, placed);
    return;
  }
  if (!worthWaiting(error) || Date.now() - updatedAt.getTime() > patienceMs) {
    engine.log.error({ err: error, uploadId }, 'an upload could not be put together');
    await failUpload(engine, placed, 'upload.failed');
    return;
  }
  const pauseMs = Math.min(firstPauseMs * 2 ** attempts, longestPauseMs) * (0.75 + Math.random() / 2);
  const afterMs = Math.round(Math.max(isForStaff(error) ? 0 : askedPauseMs(error), pauseMs));
  engine.log.warn({ err: error, uploadId, afterMs }, 'an assembly is put off');
  await engine.db.transaction((tx) =>
    postponeAssembly(tx, {
      uploadId,
      epoch,
      afterMs,
      failureCode: error instanceof Failure ? error.code : 'internal',
    }),
  );
};

/** Every byte is in Nextcloud already, so what staff can set right there is waited for: space, the account. */
const worthWaiting = (error: unknown): boolean => mayPass(error) || isForStaff(error);

/** Asking again costs Nextcloud next to nothing: a refused password is not sent again before its time. */
const isForStaff = (error: unknown): boolean =>
  isFailure(error, 'nextcloud.out-of-space', 'nextcloud.credentials-refused');
