import { createHash } from 'node:crypto';
import { moveTarget, type PlacedUpload } from '../../db/queries/uploads.ts';
import { numberedPath, pathKey } from '../intake/rules/names.ts';
import { Failure, isFailure, mayPass } from '../lib/failure.ts';
import type { Entry, Nextcloud, Stored } from '../nextcloud/index.ts';
import type { UploadEngine } from './engine.ts';

/** A file that is in its place: seen there, with our size and our hash. */
export interface PlacedFile {
  /** Below the submission's folder. */
  path: string;
  fileId: number;
  etag: string;
  verifiedBy: 'server-hash' | 'read-back';
}

/** Makes the file at a path, never over another. */
type Make = (path: string, wantHash: boolean) => Promise<Stored>;

const mostNames = 100;

/**
 * Brings a file to its place in Nextcloud and makes sure of it. An answer is only a hint: a file counts as placed
 * when it is seen there with a file id, our size, and our SHA-256. A name that somebody else has taken meanwhile is
 * left alone, and the next one is tried.
 * @throws Failure `upload.integrity` (may pass: what was made has been removed), or what Nextcloud failed with
 */
export const placeFile = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  file: { epoch: number; sizeBytes: number; sha256: string },
  make: Make,
): Promise<PlacedFile> => {
  const nextcloud = await engine.nextcloudFor(placed.accountId);
  const wantHash = await engine.hashIsTrue(placed.accountId);
  let target = placed.upload.targetPath;
  for (let n = 2; n <= mostNames; n += 1) {
    const path = `${placed.folderPath}/${target}`;
    const outcome = await makeAndLook(nextcloud, path, () => make(path, wantHash));
    if (outcome.entry !== undefined) {
      const verifiedBy = await verify(nextcloud, path, outcome, file);
      if (verifiedBy !== undefined)
        return { path: target, fileId: outcome.entry.fileId, etag: outcome.entry.etag, verifiedBy };
    }
    if (!outcome.existedBefore) {
      if (outcome.entry !== undefined) await nextcloud.files.remove(path);
      throw new Failure('upload.integrity', {
        retry: 'later',
        details: { uploadId: placed.upload.id, path, seen: outcome.entry ?? 'nothing', expected: file },
      });
    }
    target = await nextFreeName(engine, placed, file.epoch, n);
  }
  throw new Failure('nextcloud.conflict', { details: { uploadId: placed.upload.id } });
};

interface Outcome {
  /** What is at the path now. */
  entry: (Entry & { fileId: number }) | undefined;
  /** Hash that the server says it stored, when it said one. */
  serverHash: string | undefined;
  /** The server refused because the name is taken: by an earlier attempt of ours, or by somebody else. */
  existedBefore: boolean;
}

const makeAndLook = async (
  nextcloud: Nextcloud,
  path: string,
  make: () => Promise<Stored>,
): Promise<Outcome> => {
  let serverHash: string | undefined;
  let existedBefore = false;
  try {
    serverHash = (await make()).sha256;
  } catch (error) {
    // A folder in the way is a conflict, not a name that exists.
    existedBefore = isFailure(error, 'nextcloud.exists') || (await isFolderThere(nextcloud, path, error));
    // After a reset or a time-out nobody knows what was done: only a look can tell.
    if (!existedBefore && !mayPass(error)) throw error;
    const entry = await look(nextcloud, path);
    if (entry === undefined && !existedBefore) throw error;
    return { entry, serverHash, existedBefore: true };
  }
  return { entry: await look(nextcloud, path), serverHash, existedBefore };
};

const isFolderThere = async (nextcloud: Nextcloud, path: string, error: unknown): Promise<boolean> =>
  isFailure(error, 'nextcloud.conflict') && (await nextcloud.files.stat(path))?.kind === 'directory';

const look = async (
  nextcloud: Nextcloud,
  path: string,
): Promise<(Entry & { fileId: number }) | undefined> => {
  const entry = await nextcloud.files.stat(path);
  return entry?.kind === 'file' && entry.fileId !== undefined
    ? { ...entry, fileId: entry.fileId }
    : undefined;
};

const verify = async (
  nextcloud: Nextcloud,
  path: string,
  outcome: Outcome,
  file: { sizeBytes: number; sha256: string },
): Promise<'server-hash' | 'read-back' | undefined> => {
  if (outcome.entry?.sizeBytes !== file.sizeBytes) return undefined;
  if (outcome.serverHash !== undefined) return outcome.serverHash === file.sha256 ? 'server-hash' : undefined;
  const { body } = await nextcloud.files.get(path);
  return (await hashOf(body)) === file.sha256 ? 'read-back' : undefined;
};

/** SHA-256 (hex) of a stream, read to its end. */
export const hashOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of body) hash.update(chunk);
  return hash.digest('hex');
};

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
    if (moved === 'fenced') throw new Failure('upload.busy', { retry: 'later' });
  }
  throw new Failure('nextcloud.conflict', { details: { uploadId: placed.upload.id } });
};
