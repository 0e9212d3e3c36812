import { wake } from '../../db/queries/jobs.ts';
import { claimRemoval, markRemoved, postponeRemoval } from '../../db/queries/upload-ends.ts';
import { findUpload, isRecorded, type PlacedUpload } from '../../db/queries/uploads.ts';
import type { Nextcloud } from '../nextcloud/index.ts';
import type { UploadEngine } from './engine.ts';
import { holding } from './holding.ts';
import { uploadFolder } from './parts.ts';
import { lookAt } from './place.ts';

/** When somebody still writes to an upload that has ended. */
const askAgainMs = 2_000;

/** The job: what can't be removed yet is tried again. */
export const removeOrAskAgain = async (engine: UploadEngine, uploadId: string): Promise<void> => {
  try {
    if (await removeRests(engine, uploadId)) return;
    await wake(engine.db, 'remove-upload', uploadId, new Date(Date.now() + askAgainMs));
  } catch (error) {
    // What a stored upload leaves goes with Nextcloud's own clean-up at the latest.
    if (!(await postponeRemoval(engine.db, uploadId))) throw error;
    engine.log.warn({ err: error, uploadId }, 'what an upload left could not be removed');
  }
};

/**
 * Removes from Nextcloud what an upload has left there: its parts, and, when it has ended, a file that it put in place.
 * @returns false while somebody else is at it: its writer, or who else removes it
 */
export const removeRests = async (engine: UploadEngine, uploadId: string): Promise<boolean> => {
  const placed = await findUpload(engine.db, uploadId);
  if (placed === undefined || ['uploading', 'received'].includes(placed.upload.state)) return true;
  const nextcloud = await engine.nextcloudFor(placed.accountId);
  if (placed.upload.state === 'stored') {
    await nextcloud.uploads.remove(uploadFolder(uploadId));
    return true;
  }
  if (placed.upload.removedAt !== null) return true;
  const epoch = await claimRemoval(engine.db, uploadId, engine.nodeId);
  if (epoch === undefined) return false;
  await holding(engine, uploadId, epoch, async () => {
    await nextcloud.uploads.remove(uploadFolder(uploadId));
    await removeUnrecorded(engine, nextcloud, placed);
    await markRemoved(engine.db, uploadId, epoch);
  });
  return true;
};

/** A file that was put into its place by a process that ended before it could say so. */
const removeUnrecorded = async (
  engine: UploadEngine,
  nextcloud: Nextcloud,
  { upload, folderPath }: PlacedUpload,
): Promise<void> => {
  const path = `${folderPath}/${upload.targetPath}`;
  const entry = await lookAt(nextcloud, path);
  if (entry === undefined || entry.sizeBytes !== upload.sizeBytes) return;
  if (entry.uploadedAt === undefined || entry.uploadedAt.getTime() < upload.admittedAt.getTime() - 1_000)
    return;
  if (await isRecorded(engine.db, entry.fileId)) return;
  await nextcloud.files.remove(path, { etag: entry.etag });
};
