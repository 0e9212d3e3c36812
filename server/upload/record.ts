import { markStored } from '../../db/queries/upload-progress.ts';
import { findUpload, type PlacedUpload } from '../../db/queries/uploads.ts';
import { Failure } from '../lib/failure.ts';
import type { UploadEngine } from './engine.ts';
import type { PlacedFile, VerifiedBy } from './place.ts';

/**
 * Records that a file is in its place, and lets its submission go on. A file of an upload that was ended meanwhile
 * (staff closed the request, the submitter gave up) is removed again.
 * @throws Failure `upload.busy` when another writer has taken over: nothing was recorded, and nothing may be cleaned up
 */
export const recordStored = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  file: PlacedFile & { verifiedBy: VerifiedBy; epoch: number; sha256: string },
): Promise<void> => {
  const uploadId = placed.upload.id;
  const recorded = await engine.db.transaction(async (tx) => {
    const stored = await markStored(tx, { uploadId, ...file });
    if (stored?.isFinishing === true) await engine.onSettled(tx, stored.submissionId);
    return stored !== undefined;
  });
  if (recorded) {
    engine.hashes.forget(uploadId);
    return;
  }
  throw await takenOver(engine, placed, file);
};

/**
 * What it means that a file is in its place and could not be recorded. Of an upload that was ended meanwhile it is
 * removed again by who held the lock then: until it lets go the name is the upload's own.
 */
export const takenOver = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  file: { path: string; etag: string; epoch: number },
): Promise<Failure> => {
  const uploadId = placed.upload.id;
  const now = (await findUpload(engine.db, uploadId))?.upload;
  const isEnded = now?.state === 'abandoned' || now?.state === 'failed';
  if (isEnded && now.epoch === file.epoch + 1) {
    const nextcloud = await engine.nextcloudFor(placed.accountId);
    await nextcloud.files.remove(`${placed.folderPath}/${file.path}`, { etag: file.etag });
  }
  return new Failure('upload.busy', {
    retry: 'later',
    details: { uploadId, epoch: file.epoch, state: now?.state },
  });
};
