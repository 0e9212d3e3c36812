import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { requests, submissions, uploads } from '../schema/index.ts';
import { wake } from './jobs.ts';
import { nobodyHolds } from './nodes.ts';
import { holdSubmissionOf } from './upload-progress.ts';

/** SQL: not stored, and never will be. */
export const isEnded = inArray(uploads.state, ['failed', 'abandoned']);

/**
 * Ends an upload that will not be stored. Its slot is free again; its name is when nothing of it is left in Nextcloud,
 * or its removal could meet the file of another. Whoever writes to it keeps the lock until it has noticed.
 */
export const endUpload = async (
  tx: Queryable,
  uploadId: string,
  state: 'failed' | 'abandoned',
  failureCode: string | null,
): Promise<string | undefined> => {
  await holdSubmissionOf(tx, uploadId);
  const [row] = await tx
    .update(uploads)
    .set({
      state,
      failureCode,
      epoch: sql`${uploads.epoch} + 1`,
      attempts: 0,
      nextAttemptAt: null,
      updatedAt: sql`now()`,
    })
    .where(and(eq(uploads.id, uploadId), inArray(uploads.state, ['uploading', 'received'])))
    .returning({ submissionId: uploads.submissionId });
  if (row === undefined) return undefined;
  await wake(tx, 'remove-upload', uploadId);
  return row.submissionId;
};

/** Uploads of which nothing came at all are abandoned sooner. */
const emptyMinutes = 120;

/** When an upload that stands still may no longer be gone on with. */
export const resumableUntil = (
  upload: { updatedAt: Date; offsetBytes: number },
  { resumeMinutes }: { resumeMinutes: number },
): Date => {
  const minutes = upload.offsetBytes === 0 ? Math.min(emptyMinutes, resumeMinutes) : resumeMinutes;
  return new Date(upload.updatedAt.getTime() + minutes * 60_000);
};

/** Uploads that have stood still for longer than their request allows, with nobody at work on them. */
export const silentUploads = (db: Queryable, limit = 100) =>
  db
    .select({ id: uploads.id })
    .from(uploads)
    .innerJoin(submissions, eq(submissions.id, uploads.submissionId))
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .where(
      and(
        eq(uploads.state, 'uploading'),
        nobodyHolds(uploads.lockNode),
        sql`${uploads.updatedAt} <= now() - interval '1 minute' * case
          when ${uploads.offsetBytes} = 0 then least(${emptyMinutes}, ${requests.resumeMinutes})
          else ${requests.resumeMinutes} end`,
      ),
    )
    .limit(limit);

/**
 * Takes an upload that has ended, to remove what it has left, raising its epoch.
 * @returns the epoch, or undefined when nothing is left or somebody is at it
 */
export const claimRemoval = async (
  db: Queryable,
  uploadId: string,
  nodeId: string,
): Promise<number | undefined> => {
  const [row] = await db
    .update(uploads)
    .set({ epoch: sql`${uploads.epoch} + 1`, lockNode: nodeId })
    .where(and(eq(uploads.id, uploadId), isEnded, isNull(uploads.removedAt), nobodyHolds(uploads.lockNode)))
    .returning({ epoch: uploads.epoch });
  return row?.epoch;
};

/** Nothing of it is left in Nextcloud: its name is free. */
export const markRemoved = async (db: Queryable, uploadId: string, epoch: number): Promise<void> => {
  await db
    .update(uploads)
    .set({ removedAt: sql`now()` })
    .where(and(eq(uploads.id, uploadId), eq(uploads.epoch, epoch), isEnded));
};

/**
 * Puts a removal off that failed, each time for longer, and wakes it then.
 * @returns false where nothing is to be removed
 */
export const postponeRemoval = async (db: Queryable, uploadId: string): Promise<boolean> => {
  const pauseSeconds = sql`least(power(2, least(${uploads.attempts}, 10)), 600)`;
  const [row] = await db
    .update(uploads)
    .set({
      attempts: sql`${uploads.attempts} + 1`,
      nextAttemptAt: sql`now() + ${pauseSeconds} * interval '1 second'`,
    })
    .where(and(eq(uploads.id, uploadId), isEnded, isNull(uploads.removedAt)))
    .returning({ nextAttemptAt: uploads.nextAttemptAt });
  if (!row?.nextAttemptAt) return false;
  await wake(db, 'remove-upload', uploadId, row.nextAttemptAt);
  return true;
};

/** Uploads that ended a while ago, and that no job has removed. */
export const uploadsToRemove = (db: Queryable, limit = 100) =>
  db
    .select({ id: uploads.id })
    .from(uploads)
    .where(
      and(
        isEnded,
        isNull(uploads.removedAt),
        nobodyHolds(uploads.lockNode),
        sql`coalesce(${uploads.nextAttemptAt}, ${uploads.updatedAt}) < now() - interval '10 seconds'`,
      ),
    )
    .limit(limit);
