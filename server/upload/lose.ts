import { raiseNotice, resolveNotices } from '../../db/queries/notices.ts';
import { endUpload } from '../../db/queries/upload-ends.ts';
import type { PlacedUpload } from '../../db/queries/uploads.ts';
import type { FailureCode } from '../lib/failure.ts';
import type { UploadEngine } from './engine.ts';

/**
 * Whether it was seen before that something of it is missing. Seen once is not enough to give up what was acknowledged:
 * what is asked may be a copy that is behind, or on its way back.
 */
export const isSuspected = ({ upload }: PlacedUpload): boolean => upload.failureCode === 'upload.lost';

/**
 * Ends an upload that can't be stored, unless this writer has been fenced off. Staff are told.
 * `upload.lost`: parts that were acknowledged are no longer in Nextcloud; the submitter must send the file again.
 */
export const failUpload = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  code: 'upload.lost' | 'upload.failed',
): Promise<void> => {
  const { id: uploadId, epoch, sentName } = placed.upload;
  await engine.db.transaction(async (tx) => {
    const submissionId = await endUpload(tx, { uploadId, state: 'failed', failureCode: code, epoch });
    if (submissionId === undefined) return;
    engine.log.error({ uploadId, code }, 'an upload ended without being stored');
    await resolveNotices(tx, 'upload.waiting', uploadId);
    await raiseNotice(tx, {
      level: 'problem',
      code,
      subject: uploadId,
      requestId: placed.requestId,
      params: { file: sentName },
    });
    await engine.onSettled(tx, submissionId);
  });
};

/** Ends an upload that its submitter must send otherwise, and is told so, unless this writer has been fenced off. */
export const refuseUpload = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  code: FailureCode,
): Promise<void> => {
  const { id: uploadId, epoch } = placed.upload;
  await engine.db.transaction(async (tx) => {
    const submissionId = await endUpload(tx, { uploadId, state: 'failed', failureCode: code, epoch });
    if (submissionId !== undefined) await engine.onSettled(tx, submissionId);
  });
};
