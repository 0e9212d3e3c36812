import { moveTarget, type PlacedUpload } from '../../db/queries/uploads.ts';
import { numberedPath, pathKey } from '../intake/rules/names.ts';
import { Failure, isFailure, mayPass } from '../lib/failure.ts';
import type { Entry, Nextcloud, Stored } from '../nextcloud/index.ts';
import { fencedOff } from './busy.ts';
import type { UploadEngine } from './engine.ts';
import { hashOf } from './hashes.ts';

export type VerifiedBy = 'server-hash' | 'read-back';

/** A file that is in its place: seen there, with our size. */
export interface PlacedFile {
  /** Below the submission's folder. */
  path: string;
  fileId: number;
  etag: string;
  /** How its content was compared; undefined: not yet. */
  verifiedBy: VerifiedBy | undefined;
}

export interface ExpectedFile {
  epoch: number;
  sizeBytes: number;
  sha256: string;
}

/** Makes the file at a path, never over another. */
type Make = (path: string) => Promise<Stored>;

const mostNames = 100;

/**
 * Brings a file to its place in Nextcloud. An answer with a file id and our hash is believed; any other is only a hint:
 * a file counts as placed when it is seen there, with our size and the mark of this upload. A name that somebody else
 * has taken is left alone, and the next one is tried.
 * @throws Failure `upload.integrity` (may pass: what was made has been removed), or what Nextcloud failed with
 */
export const placeFile = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  file: ExpectedFile,
  make: Make,
): Promise<PlacedFile> => {
  const nextcloud = await engine.nextcloudFor(placed.accountId);
  let target = placed.upload.targetPath;
  for (let n = 2; n <= mostNames; n += 1) {
    const path = `${placed.folderPath}/${target}`;
    const found = await makeAndLook(engine, placed, path, file, make);
    if (found === 'somebody-elses') {
      target = await nextFreeName(engine, placed, file.epoch, n);
      continue;
    }
    if ('fileId' in found) return { path: target, ...found };
    if (found.wrong !== undefined) await nextcloud.files.remove(path, { etag: found.wrong.etag });
    const details = { uploadId: placed.upload.id, path, seen: found.wrong ?? 'nothing', expected: file };
    throw new Failure('upload.integrity', { retry: 'later', details });
  }
  throw new Failure('nextcloud.conflict', { details: { uploadId: placed.upload.id } });
};

/** The folder that a file belongs into, user-relative. */
export const folderOf = ({ upload, folderPath }: PlacedUpload): string => {
  const path = `${folderPath}/${upload.targetPath}`;
  return path.slice(0, path.lastIndexOf('/'));
};

/** Somebody may have removed the folder that was made for it. */
const makeInFolder = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  path: string,
  make: Make,
): Promise<Stored> => {
  await engine.ensureFolder(placed.accountId, folderOf(placed));
  try {
    return await make(path);
  } catch (error) {
    if (!isFailure(error, 'nextcloud.not-found', 'nextcloud.conflict')) throw error;
    await engine.remakeFolder(placed.accountId, folderOf(placed));
    return make(path);
  }
};

type Found =
  | Omit<PlacedFile, 'path'>
  /** Ours and not as it should be; undefined: nothing of ours is there. */
  | { wrong: Entry | undefined }
  | 'somebody-elses';

const makeAndLook = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  path: string,
  expected: ExpectedFile,
  make: Make,
): Promise<Found> => {
  const nextcloud = await engine.nextcloudFor(placed.accountId);
  let stored: Stored;
  try {
    stored = await makeInFolder(engine, placed, path, make);
  } catch (error) {
    // A folder in the way is a conflict, not a name that exists.
    const isTaken = isFailure(error, 'nextcloud.exists') || (await isFolderThere(nextcloud, path, error));
    // After a reset or a time-out nobody knows what was done: only a look can tell.
    if (!isTaken && !mayPass(error)) throw error;
    const entry = await lookAt(nextcloud, path);
    if (entry?.mark === placed.upload.id) return ofSize(entry, expected);
    if (isTaken || entry !== undefined) return takeOver(nextcloud, path, entry, expected);
    throw error;
  }
  const { fileId, etag, sha256 } = stored;
  if (sha256 === expected.sha256 && fileId !== undefined) return { fileId, etag, verifiedBy: 'server-hash' };
  const entry = await lookAt(nextcloud, path);
  const isOurs = entry?.mark === placed.upload.id || (entry !== undefined && entry.fileId === fileId);
  if (!isOurs) return { wrong: undefined };
  return sha256 === undefined || sha256 === expected.sha256 ? ofSize(entry, expected) : { wrong: entry };
};

const ofSize = (entry: Entry, { sizeBytes }: ExpectedFile): Found =>
  entry.sizeBytes === sizeBytes
    ? { fileId: entry.fileId, etag: entry.etag, verifiedBy: undefined }
    : { wrong: entry };

/** A file without a mark that has our very content may be ours, with its mark lost on the way. */
const takeOver = async (
  nextcloud: Nextcloud,
  path: string,
  entry: Entry | undefined,
  expected: ExpectedFile,
): Promise<Found> => {
  const isLike = entry?.mark === undefined && entry?.sizeBytes === expected.sizeBytes;
  if (!isLike || (await hashAt(nextcloud, path)) !== expected.sha256) return 'somebody-elses';
  return { fileId: entry.fileId, etag: entry.etag, verifiedBy: 'read-back' };
};

const isFolderThere = async (nextcloud: Nextcloud, path: string, error: unknown): Promise<boolean> =>
  isFailure(error, 'nextcloud.conflict') && (await nextcloud.files.stat(path))?.kind === 'directory';

/** The file that is at a path now. */
export const lookAt = async (nextcloud: Nextcloud, path: string): Promise<Entry | undefined> => {
  const entry = await nextcloud.files.stat(path);
  return entry?.kind === 'file' ? entry : undefined;
};

/** SHA-256 (hex) of what is at a path now. */
const hashAt = async (nextcloud: Nextcloud, path: string): Promise<string> =>
  hashOf((await nextcloud.files.get(path)).body);

/** Reserves the next name for a file whose own is taken in Nextcloud. @returns it */
const nextFreeName = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  epoch: number,
  from: number,
): Promise<string> => {
  for (let n = from; n <= mostNames; n += 1) {
    const targetPath = numberedPath(placed.upload.targetPath, n);
    const { id: uploadId, submissionId } = placed.upload;
    const moved = await engine.db.transaction((tx) =>
      moveTarget(tx, { uploadId, submissionId, epoch }, { targetPath, targetKey: pathKey(targetPath) }),
    );
    if (moved === 'moved') return targetPath;
    if (moved === 'fenced') throw fencedOff(uploadId, epoch);
  }
  throw new Failure('nextcloud.conflict', { details: { uploadId: placed.upload.id } });
};
