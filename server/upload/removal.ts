import { wake } from '../../db/queries/jobs.ts';
import { claimRemoval, markRemoved, postponeRemoval } from '../../db/queries/upload-ends.ts';
import { findUpload, type PlacedUpload } from '../../db/queries/uploads.ts';
import type { UploadEngine } from './engine.ts';
import { holding } from './holding.ts';
import { uploadFolder } from './parts.ts';
import { lookAt } from './place.ts';

/** When somebody still writes to an upload that has ended. */
const askAgainMs = 2_000;
/** A request that was given up may still be carried out, by a proxy or a slow server: looked for once more then. */
const lateMs = 10 * 60_000;

/** The job: removes what an upload that is over has left in Nextcloud. What can't be removed yet is tried again. */
export const removeOrAskAgain = async (engine: UploadEngine, uploadId: string): Promise<void> => {
  const placed = await findUpload(engine.db, uploadId);
  if (placed === undefined) return;
  const { state, removedAt } = placed.upload;
  const again = (inMs: number) => wake(engine.db, 'remove-upload', uploadId, { inMs });
  try {
    if (state === 'stored') await removePartsOnce(engine, placed);
    else if (removedAt !== null) {
      await removeLate(engine, placed);
      if (Date.now() - removedAt.getTime() < lateMs) await again(lateMs);
    } else if (await removeEnded(engine, uploadId)) await again(lateMs);
    else await again(askAgainMs);
  } catch (error) {
    if (!(await postponeRemoval(engine.db, uploadId))) throw error;
    engine.log.warn({ err: error, uploadId }, 'what an upload left could not be removed');
  }
};

/**
 * Removes what an upload that has ended has left: its parts, and a file that was put into its place.
 * @returns false while somebody else is at it: its writer, or who else removes it
 */
export const removeEnded = async (engine: UploadEngine, uploadId: string): Promise<boolean> => {
  const placed = await findUpload(engine.db, uploadId);
  if (placed === undefined || !['failed', 'abandoned'].includes(placed.upload.state)) return true;
  if (placed.upload.removedAt !== null) return true;
  const epoch = await claimRemoval(engine.db, uploadId, engine.nodeId);
  if (epoch === undefined) return false;
  await holding(engine, uploadId, epoch, async () => {
    await removeParts(engine, placed);
    await removeMarked(engine, placed);
    await markRemoved(engine.db, uploadId, epoch);
  });
  return true;
};

/** What came after everything had been removed: from a writer that had lost the lock, or out of a slow server. */
const removeLate = async (engine: UploadEngine, placed: PlacedUpload): Promise<void> => {
  if (!['failed', 'abandoned'].includes(placed.upload.state)) return;
  await removeParts(engine, placed);
  await removeMarked(engine, placed);
};

const removePartsOnce = async (engine: UploadEngine, placed: PlacedUpload): Promise<void> => {
  const { id, epoch, removedAt } = placed.upload;
  if (removedAt !== null) return;
  await removeParts(engine, placed);
  await markRemoved(engine.db, id, epoch);
};

const removeParts = async (engine: UploadEngine, { accountId, upload }: PlacedUpload): Promise<void> => {
  const nextcloud = await engine.nextcloudFor(accountId);
  await nextcloud.uploads.remove(uploadFolder(upload.id));
};

/** The file that this upload put into its place; never another that has its name, or what somebody has made of it. */
const removeMarked = async (engine: UploadEngine, placed: PlacedUpload): Promise<void> => {
  const { accountId, folderPath, upload } = placed;
  const nextcloud = await engine.nextcloudFor(accountId);
  const path = `${folderPath}/${upload.targetPath}`;
  const entry = await lookAt(nextcloud, path);
  if (entry?.mark === upload.id) await nextcloud.files.remove(path, { etag: entry.etag });
};
