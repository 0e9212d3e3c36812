import { and, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { requests, submissions, uploads } from '../schema/index.ts';
import { wake } from './jobs.ts';
import { nobodyHolds } from './nodes.ts';
import { holdSubmissionOf } from './upload-progress.ts';

/** SQL: not stored, and never will be. */
export const isEnded = inArray(uploads.state, ['failed', 'abandoned']);

/** Of an upload that stood still until its time was over. What its submitter calls off is abandoned without a code. */
export const notFinished = 'upload.not-finished';

export interface Ending {
  uploadId: string;
  state: 'failed' | 'abandoned';
  failureCode?: string;
  /** Of a writer, which can end it only while it has not been fenced off. */
  epoch?: number;
}

const endWhere = async (
  tx: Queryable,
  { uploadId, state, failureCode }: Ending,
  condition: SQL | undefined,
): Promise<string | undefined> => {
  await holdSubmissionOf(tx, uploadId);
  const [row] = await tx
    .update(uploads)
    .set({
      state,
      failureCode: failureCode ?? null,
      epoch: sql`${uploads.epoch} + 1`,
      attempts: 0,
      nextAttemptAt: null,
      removedAt: null,
      updatedAt: sql`now()`,
    })
    .where(and(eq(uploads.id, uploadId), condition))
    .returning({ submissionId: uploads.submissionId });
  if (row === undefined) return undefined;
  await wake(tx, 'remove-upload', uploadId);
  return row.submissionId;
};

/**
 * Ends an upload that will not be stored. Its slot is free again at once; its name only when nothing of it is left in
 * Nextcloud. Whoever writes to it keeps the lock until it has noticed.
 * @returns its submission; undefined when it was not under way, or the writer had been fenced off
 */
export const endUpload = (tx: Queryable, ending: Ending): Promise<string | undefined> => {
  const isUnderWay = inArray(uploads.state, ['uploading', 'received']);
  const isMine = ending.epoch === undefined ? undefined : eq(uploads.epoch, ending.epoch);
  return endWhere(tx, ending, and(isUnderWay, isMine));
};

/** Ends an upload that was stored: its file is taken back. It is removed as what any other has left. */
export const endStored = (tx: Queryable, uploadId: string): Promise<string | undefined> =>
  endWhere(tx, { uploadId, state: 'abandoned' }, eq(uploads.state, 'stored'));

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

/** SQL: it has stood still for longer than its request allows, and nobody is at work on it. */
const isSilent = and(
  eq(uploads.state, 'uploading'),
  nobodyHolds(uploads.lockNode),
  sql`${uploads.updatedAt} < now() - interval '1 minute' * (
    select case when ${uploads.offsetBytes} = 0
      then least(${emptyMinutes}::int, ${requests.resumeMinutes}) else ${requests.resumeMinutes} end
    from ${submissions} join ${requests} on ${requests.id} = ${submissions.requestId}
    where ${submissions.id} = ${uploads.submissionId})`,
);

export const silentUploads = (db: Queryable, limit = 100) =>
  db.select({ id: uploads.id }).from(uploads).where(isSilent).orderBy(uploads.updatedAt).limit(limit);

/** Ends a silent upload, unless somebody has come back to it meanwhile. @returns its submission, if it was ended */
export const endIfSilent = (tx: Queryable, uploadId: string): Promise<string | undefined> =>
  endWhere(tx, { uploadId, state: 'abandoned', failureCode: notFinished }, isSilent);

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

/** SQL: it is over, and something of it may be left in Nextcloud. */
const isToBeRemoved = and(
  inArray(uploads.state, ['failed', 'abandoned', 'stored']),
  isNull(uploads.removedAt),
);

/** Nothing of it is left in Nextcloud but the file that is stored; without one its name is free. */
export const markRemoved = async (db: Queryable, uploadId: string, epoch: number): Promise<void> => {
  await db
    .update(uploads)
    .set({ removedAt: sql`now()` })
    .where(and(eq(uploads.id, uploadId), eq(uploads.epoch, epoch), isToBeRemoved));
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
    .where(and(eq(uploads.id, uploadId), isToBeRemoved))
    .returning({ nextAttemptAt: uploads.nextAttemptAt });
  if (!row?.nextAttemptAt) return false;
  await wake(db, 'remove-upload', uploadId, row.nextAttemptAt);
  return true;
};

/** Uploads that are over for a while, and of which no job has removed what is left. */
export const uploadsToRemove = (db: Queryable, limit = 100) =>
  db
    .select({ id: uploads.id })
    .from(uploads)
    .where(
      and(
        isToBeRemoved,
        nobodyHolds(uploads.lockNode),
        sql`coalesce(${uploads.nextAttemptAt}, ${uploads.updatedAt}) < now() - interval '10 seconds'`,
      ),
    )
    .limit(limit);
