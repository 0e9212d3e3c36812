import { endUpload, silentUploads, uploadsToRemove } from '../../db/queries/upload-ends.ts';
import { receiveIfComplete, uploadsToAssemble, uploadsToReceive } from '../../db/queries/upload-progress.ts';
import { assembleUpload } from './assembly.ts';
import type { UploadEngine } from './engine.ts';
import { removeRests } from './removal.ts';

/** Finds what no job woke: uploads to assemble, and uploads that have been silent too long. */
export const sweepUploads = async (engine: UploadEngine): Promise<void> => {
  for (const { id } of await uploadsToReceive(engine.db))
    await engine.db.transaction((tx) => receiveIfComplete(tx, id));
  for (const { id } of await uploadsToAssemble(engine.db))
    await assembleUpload(engine, id).catch((error: unknown) =>
      engine.log.warn({ err: error, uploadId: id }, 'an assembly could not be tried'),
    );
  for (const { id } of await silentUploads(engine.db))
    await engine.db.transaction(async (tx) => {
      const submissionId = await endUpload(tx, id, 'abandoned', null);
      if (submissionId !== undefined) await engine.onSettled(tx, submissionId);
    });
  for (const { id } of await uploadsToRemove(engine.db))
    await removeRests(engine, id).catch((error: unknown) =>
      engine.log.warn({ err: error, uploadId: id }, 'what an upload left could not be removed'),
    );
};
