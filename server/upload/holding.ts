import { releaseLock } from '../../db/queries/upload-locks.ts';
import type { UploadEngine } from './engine.ts';

/** Works under a lock, and lets go of it. A release that fails is made up for by the sweep of locks. */
export const holding = async (
  engine: UploadEngine,
  uploadId: string,
  epoch: number,
  work: () => Promise<void>,
): Promise<void> => {
  engine.working.add(uploadId);
  try {
    await work();
  } finally {
    engine.working.delete(uploadId);
    await releaseLock(engine.db, uploadId, epoch).catch((error: unknown) =>
      engine.log.warn({ err: error, uploadId }, 'a lock could not be released'),
    );
  }
};
