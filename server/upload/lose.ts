import { raiseNotice } from '../../db/queries/notices.ts';
import { endUpload } from '../../db/queries/upload-ends.ts';
import { type PlacedUpload } from '../../db/queries/uploads.ts';
import type { FailureCode } from '../lib/failure.ts';
import type { UploadEngine } from './engine.ts';

/**
 * Parts that were acknowledged are no longer in Nextcloud: somebody removed them there. The upload ends, staff are
 * told, and the submitter must send the file again.
 */
export const loseUpload = (engine: UploadEngine, placed: PlacedUpload): Promise<void> =>
  failUpload(engine, placed, 'upload.lost');

/** Ends an upload that can't be stored. Staff are told. */
export const failUpload = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  code: 'upload.lost' | 'upload.failed',
): Promise<void> => {
  engine.log.error({ uploadId: placed.upload.id, code }, 'an upload ended without being stored');
  await engine.db.transaction(async (tx) => {
    const submissionId = await endUpload(tx, placed.upload.id, 'failed', code);
    if (submissionId === undefined) return;
    await raiseNotice(tx, {
      level: 'problem',
      code,
      subject: placed.upload.id,
      requestId: placed.requestId,
      params: { file: placed.upload.sentName },
    });
    await engine.onSettled(tx, submissionId);
  });
};

/** Ends an upload that its submitter must send otherwise, and is told so. */
export const refuseUpload = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  code: FailureCode,
): Promise<void> => {
  await engine.db.transaction(async (tx) => {
    const submissionId = await endUpload(tx, placed.upload.id, 'failed', code);
    if (submissionId !== undefined) await engine.onSettled(tx, submissionId);
  });
};
