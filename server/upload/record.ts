import { resolveNotices } from '../../db/queries/notices.ts';
import { markStored } from '../../db/queries/upload-progress.ts';
import { findUpload, type PlacedUpload } from '../../db/queries/uploads.ts';
import type { Failure } from '../lib/failure.ts';
import { fencedOff } from './busy.ts';
import type { UploadEngine } from './engine.ts';
import type { PlacedFile, VerifiedBy } from './place.ts';

/**
 * Records that a file is in its place, and lets its submission go on.
 * @throws Failure `upload.busy` when it was ended or another writer has taken over: nothing was recorded, and
 * nothing may be cleaned up here
 */
export const recordStored = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  file: PlacedFile & { verifiedBy: VerifiedBy; epoch: number; sha256: string },
): Promise<void> => {
  const uploadId = placed.upload.id;
  const recorded = await engine.db.transaction(async (tx) => {
    const hasParts = mayHaveParts(placed, file.epoch);
    const stored = await markStored(tx, { uploadId, hasParts, ...file });
    if (stored !== undefined && placed.upload.attempts > 0)
      await resolveNotices(tx, 'upload.waiting', uploadId);
    if (stored?.isFinishing === true) await engine.onSettled(tx, stored.submissionId);
    return stored !== undefined;
  });
  if (recorded) {
    engine.hashes.forget(uploadId);
    return;
  }
  throw await takenOver(engine, uploadId, file.epoch);
};

/** Of creation and of one PATCH. */
const epochsInOneGo = 2;

/** What came in one go has no parts, unless a writer before sent some that were never acknowledged. */
const mayHaveParts = ({ upload }: PlacedUpload, epoch: number): boolean =>
  upload.placedFileId === null ? upload.offsetBytes > 0 || epoch > epochsInOneGo : epoch > epochsInOneGo + 1;

/** A file is in its place, and its upload has ended or another writer has it now: they find the file by its mark. */
export const takenOver = async (engine: UploadEngine, uploadId: string, epoch: number): Promise<Failure> => {
  const state = (await findUpload(engine.db, uploadId))?.upload.state;
  return fencedOff(uploadId, epoch, { state });
};
