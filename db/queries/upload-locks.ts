import { and, eq, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { uploads } from '../schema/index.ts';
import { wake } from './jobs.ts';
import { nobodyHolds } from './nodes.ts';
import { isEnded } from './upload-ends.ts';

/**
 * Takes the lock of an upload, raising its epoch: from then on no earlier writer can move the offset.
 * @param force take it from a living holder too, which its epoch then fences off
 * @returns the epoch, or undefined while it is held, and for an upload that nobody writes to any more
 */
export const takeLock = async (
  db: Queryable,
  uploadId: string,
  nodeId: string,
  force: boolean,
): Promise<number | undefined> => {
  const [row] = await db
    .update(uploads)
    .set({ epoch: sql`${uploads.epoch} + 1`, lockNode: nodeId })
    .where(
      and(
        eq(uploads.id, uploadId),
        eq(uploads.state, 'uploading'),
        force ? undefined : nobodyHolds(uploads.lockNode),
      ),
    )
    .returning({ epoch: uploads.epoch });
  return row?.epoch;
};

/**
 * Also of an upload that was ended meanwhile, which raised its epoch once more: who removes it waits for that. A writer from
 * whom the lock was taken may have written after what it left was removed: then it is removed once more.
 */
export const releaseLock = async (db: Queryable, uploadId: string, epoch: number): Promise<void> => {
  const wasEnded = and(isEnded, eq(uploads.epoch, epoch + 1));
  const [row] = await db
    .update(uploads)
    .set({ lockNode: null })
    .where(and(eq(uploads.id, uploadId), or(eq(uploads.epoch, epoch), wasEnded)))
    .returning({ epoch: uploads.epoch });
  if (row?.epoch === epoch) return;
  const [over] = await db
    .select({ id: uploads.id })
    .from(uploads)
    .where(and(eq(uploads.id, uploadId), isEnded));
  if (over !== undefined) await wake(db, 'remove-upload', uploadId);
};

/** Asks whoever holds the lock, on whichever node, to let go. */
export const lockChannel = 'upload_lock_wanted';

export const askForLock = async (db: Queryable, uploadId: string): Promise<void> => {
  await db.execute(sql`select pg_notify(${lockChannel}, ${uploadId})`);
};

/** Locks that this node holds by the database's word. */
export const locksOf = async (db: Queryable, nodeId: string): Promise<{ id: string; epoch: number }[]> =>
  db.select({ id: uploads.id, epoch: uploads.epoch }).from(uploads).where(eq(uploads.lockNode, nodeId));
