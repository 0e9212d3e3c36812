import { wake } from '../../db/queries/jobs.ts';
import { endIfSilent, silentUploads, uploadsToRemove } from '../../db/queries/upload-ends.ts';
import { receiveIfComplete, uploadsToAssemble, uploadsToReceive } from '../../db/queries/upload-progress.ts';
import type { UploadEngine } from './engine.ts';

/** Finds what no job was woken for, or whose job was lost: uploads to put together, to give up, and to remove. */
export const sweepUploads = async ({ db, onSettled }: UploadEngine): Promise<void> => {
  for (const { id } of await uploadsToReceive(db)) await db.transaction((tx) => receiveIfComplete(tx, id));
  for (const { id } of await uploadsToAssemble(db)) await wake(db, 'assemble', id);
  for (const { id } of await silentUploads(db))
    await db.transaction(async (tx) => {
      const submissionId = await endIfSilent(tx, id);
      if (submissionId !== undefined) await onSettled(tx, submissionId);
    });
  for (const { id } of await uploadsToRemove(db)) await wake(db, 'remove-upload', id);
};
