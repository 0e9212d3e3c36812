import { raiseNotice } from '../../db/queries/notices.ts';
import { claimAssembly, postponeAssembly } from '../../db/queries/upload-progress.ts';
import { findUpload, type PlacedUpload, partsOf, type UploadRow } from '../../db/queries/uploads.ts';
import { Failure, isFailure, mayPass } from '../lib/failure.ts';
import type { Nextcloud } from '../nextcloud/index.ts';
import type { UploadEngine } from './engine.ts';
import { hashOf } from './hashes.ts';
import { holding } from './holding.ts';
import { inspectParts } from './inspect.ts';
import { failUpload, isSuspected } from './lose.ts';
import { compareParts, coversWhole, type ExpectedPart, uploadFolder } from './parts.ts';
import { type ExpectedFile, type PlacedFile, placeFile } from './place.ts';
import { recordStored } from './record.ts';
import { askedPauseMs } from './retry.ts';
import { compareStored, isLarge } from './verify.ts';

const firstPauseMs = 1_000;
/** For an hour: somebody waits for it, and what has just been set right is to be seen soon. */
const longPauseMs = 60_000;
const longAttempts = 60;
const longestPauseMs = 10 * 60_000;
/** Until something that seems to be missing is looked for again. */
const suspectMs = 5_000;
/** After so many attempts, some two minutes, staff are told. */
const toldAfterAttempts = 8;

/** The job. A large upload takes long and holds none of the job workers meanwhile. */
export const assembleDetached = async (engine: UploadEngine, uploadId: string): Promise<void> => {
  if (engine.working.has(uploadId)) return;
  const placed = await findUpload(engine.db, uploadId);
  const assembly = assembleUpload(engine, uploadId);
  if (placed === undefined || !isLarge(placed)) await assembly;
  // The sweep comes upon it again.
  else
    assembly.catch((error: unknown) =>
      engine.log.warn({ err: error, uploadId }, 'an assembly could not be tried'),
    );
};

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
  const how = { sha256, mark: upload.id, mtime, createOnly: true, wantHash: false } as const;
  const make = (path: string) =>
    parts.length === 0
      ? nextcloud.files.put(path, [], { ...how, sizeBytes: 0 })
      : nextcloud.uploads.assemble(uploadFolder(upload.id), path, { ...how, totalBytes: sizeBytes });
  const release = isLarge(placed) ? await engine.copying.take() : undefined;
  try {
    return await placeFile(engine, placed, expected, make);
  } finally {
    release?.();
  }
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

/**
 * Every byte was acknowledged: only what is wrong with the bytes themselves ends the upload. Whatever Nextcloud says is
 * waited for, as long as it takes; when that is long, staff are told.
 */
const afterFailure = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  epoch: number,
  error: unknown,
): Promise<void> => {
  const { id: uploadId, attempts, sentName } = placed.upload;
  const isLost = isFailure(error, 'upload.lost');
  if (isLost ? isSuspected(placed) : isVerdict(error)) {
    engine.log.error({ err: error, uploadId }, 'an upload could not be put together');
    await failUpload(engine, placed, isLost ? 'upload.lost' : 'upload.failed');
    return;
  }
  const failureCode = error instanceof Failure ? error.code : 'internal';
  const afterMs = isLost ? suspectMs : pauseMs(error, attempts);
  engine.log.warn({ err: error, uploadId, afterMs }, 'an assembly is put off');
  await engine.db.transaction(async (tx) => {
    const isMine = await postponeAssembly(tx, { uploadId, epoch, afterMs, failureCode });
    if (isMine && attempts >= toldAfterAttempts)
      await raiseNotice(tx, {
        level: 'problem',
        code: 'upload.waiting',
        subject: uploadId,
        requestId: placed.requestId,
        params: { file: sentName, reason: failureCode },
      });
  });
};

/** It is not what its sender has, or not of a type that is asked for. */
const isVerdict = (error: unknown): boolean =>
  error instanceof Failure && error.code.startsWith('upload.') && !mayPass(error);

/** What staff must set right is asked for again without being told to: a refused password is not sent before its time. */
const pauseMs = (error: unknown, attempts: number): number => {
  const isForStaff = isFailure(error, 'nextcloud.out-of-space', 'nextcloud.credentials-refused');
  const mostMs = attempts < longAttempts ? longPauseMs : longestPauseMs;
  const ownMs = Math.min(firstPauseMs * 2 ** attempts, mostMs) * (0.75 + Math.random() / 2);
  return Math.round(Math.max(isForStaff ? 0 : askedPauseMs(error), ownMs));
};
