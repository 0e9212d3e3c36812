import { and, eq, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { files, parts, requests, submissions, uploads } from '../schema/index.ts';
import { wake } from './jobs.ts';
import { nobodyHolds } from './nodes.ts';

const isEnded = inArray(uploads.state, ['failed', 'abandoned']);

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

/** Also of an upload that was ended meanwhile, which raised its epoch once more: who removes it waits for that. */
export const releaseLock = async (db: Queryable, uploadId: string, epoch: number): Promise<void> => {
  const wasEnded = and(isEnded, eq(uploads.epoch, epoch + 1));
  const [row] = await db
    .update(uploads)
    .set({ lockNode: null })
    .where(and(eq(uploads.id, uploadId), or(eq(uploads.epoch, epoch), wasEnded)))
    .returning({ epoch: uploads.epoch });
  if (row !== undefined && row.epoch !== epoch) await wake(db, 'remove-upload', uploadId);
};

/**
 * Takes a received upload for assembly, raising its epoch.
 * @returns the epoch, or undefined when it is not due or somebody is at it
 */
export const claimAssembly = async (
  db: Queryable,
  uploadId: string,
  nodeId: string,
): Promise<number | undefined> => {
  const [row] = await db
    .update(uploads)
    .set({ epoch: sql`${uploads.epoch} + 1`, lockNode: nodeId })
    .where(and(eq(uploads.id, uploadId), dueForAssembly()))
    .returning({ epoch: uploads.epoch });
  return row?.epoch;
};

const dueForAssembly = () =>
  and(
    eq(uploads.state, 'received'),
    nobodyHolds(uploads.lockNode),
    or(isNull(uploads.nextAttemptAt), lte(uploads.nextAttemptAt, sql`now()`)),
  );

/** Asks whoever holds the lock, on whichever node, to let go. */
export const lockChannel = 'upload_lock_wanted';

export const askForLock = async (db: Queryable, uploadId: string): Promise<void> => {
  await db.execute(sql`select pg_notify(${lockChannel}, ${uploadId})`);
};

export interface NewPart {
  uploadId: string;
  epoch: number;
  startBytes: number;
  sizeBytes: number;
}

/** SQL: the row of the submission that an upload belongs to. */
const isOwnerOf = (uploadId: string) =>
  eq(submissions.id, sql`(select ${uploads.submissionId} from ${uploads} where ${uploads.id} = ${uploadId})`);

/**
 * Every transaction that touches both takes the submission's row first and its uploads' rows after it, as admissions
 * and seals do. The other way round the two wait for each other: PostgreSQL ends one of them with an error.
 */
const holdSubmissionOf = async (tx: Queryable, uploadId: string): Promise<void> => {
  await tx.select({ id: submissions.id }).from(submissions).where(isOwnerOf(uploadId)).for('no key update');
};

/** The same, for bytes that have come: the submission is alive. */
const touchSubmissionOf = async (tx: Queryable, uploadId: string) => {
  const [row] = await tx
    .update(submissions)
    .set({ lastActivityAt: sql`now()` })
    .where(isOwnerOf(uploadId))
    .returning({ id: submissions.id, requestId: submissions.requestId, state: submissions.state });
  return row;
};

/**
 * Acknowledges a part that Nextcloud has confirmed: its row and the offset, or neither.
 * @returns false when another writer has taken over (then nothing changed)
 */
export const acknowledgePart = async (tx: Queryable, part: NewPart): Promise<boolean> => {
  await touchSubmissionOf(tx, part.uploadId);
  const moved = await tx
    .update(uploads)
    .set({ offsetBytes: part.startBytes + part.sizeBytes, updatedAt: sql`now()` })
    .where(
      and(
        eq(uploads.id, part.uploadId),
        eq(uploads.epoch, part.epoch),
        eq(uploads.offsetBytes, part.startBytes),
        eq(uploads.state, 'uploading'),
      ),
    )
    .returning({ id: uploads.id });
  if (moved.length === 0) return false;
  await tx.insert(parts).values(part);
  return true;
};

/**
 * Every byte is in Nextcloud: what is left is assembly, which is woken in the same transaction. The lock goes with
 * it: the worker that wakes may be faster than the PATCH's own end, and finds nothing to do while it is held.
 */
export const markReceived = async (
  tx: Queryable,
  upload: { uploadId: string; epoch: number; sha256: string | undefined },
): Promise<boolean> => {
  const rows = await tx
    .update(uploads)
    .set({ state: 'received', sha256: upload.sha256 ?? null, lockNode: null, updatedAt: sql`now()` })
    .where(
      and(
        eq(uploads.id, upload.uploadId),
        eq(uploads.epoch, upload.epoch),
        eq(uploads.state, 'uploading'),
        sql`${uploads.offsetBytes} = ${uploads.sizeBytes}`,
      ),
    )
    .returning({ id: uploads.id });
  if (rows.length === 0) return false;
  await wake(tx, 'assemble', upload.uploadId);
  return true;
};

/**
 * The whole file is in its place in Nextcloud, and its content is still to be compared: what is left is woken in the
 * same transaction.
 * @returns false when another writer has taken over (then nothing changed)
 */
export const markPlaced = async (
  tx: Queryable,
  placed: { uploadId: string; epoch: number; path: string; fileId: number; etag: string; sha256: string },
): Promise<boolean> => {
  await touchSubmissionOf(tx, placed.uploadId);
  const rows = await tx
    .update(uploads)
    .set({
      state: 'received',
      offsetBytes: sql`${uploads.sizeBytes}`,
      sha256: placed.sha256,
      targetPath: placed.path,
      placedFileId: placed.fileId,
      placedEtag: placed.etag,
      lockNode: null,
      updatedAt: sql`now()`,
    })
    .where(
      and(eq(uploads.id, placed.uploadId), eq(uploads.epoch, placed.epoch), eq(uploads.state, 'uploading')),
    )
    .returning({ id: uploads.id });
  if (rows.length === 0) return false;
  await wake(tx, 'assemble', placed.uploadId);
  return true;
};

/** Bytes of a received upload whose stored copy has been compared so far, for people who wait. */
export const noteChecked = async (
  db: Queryable,
  upload: { uploadId: string; epoch: number },
  checkedBytes: number,
): Promise<void> => {
  await db
    .update(uploads)
    .set({ checkedBytes })
    .where(and(eq(uploads.id, upload.uploadId), eq(uploads.epoch, upload.epoch)));
};

export interface StoredFile {
  uploadId: string;
  epoch: number;
  path: string;
  fileId: number;
  etag: string;
  sha256: string;
  verifiedBy: 'server-hash' | 'read-back';
}

/**
 * The file is in its place, whole and verified.
 * @returns the submission it belongs to, and whether that waits for it; undefined when another worker has taken over
 * (then nothing changed)
 */
export const markStored = async (
  tx: Queryable,
  stored: StoredFile,
): Promise<{ submissionId: string; isFinishing: boolean } | undefined> => {
  const submission = await touchSubmissionOf(tx, stored.uploadId);
  const [row] = await tx
    .update(uploads)
    .set({
      state: 'stored',
      offsetBytes: sql`${uploads.sizeBytes}`,
      sha256: stored.sha256,
      targetPath: stored.path,
      lockNode: null,
      nextAttemptAt: null,
      failureCode: null,
      updatedAt: sql`now()`,
    })
    .where(
      and(
        eq(uploads.id, stored.uploadId),
        eq(uploads.epoch, stored.epoch),
        inArray(uploads.state, ['uploading', 'received']),
      ),
    )
    .returning();
  if (submission === undefined || row === undefined || row.sizeBytes === null) return undefined;
  await tx.insert(files).values({
    requestId: submission.requestId,
    submissionId: row.submissionId,
    uploadId: row.id,
    fileId: stored.fileId,
    etag: stored.etag,
    path: stored.path,
    sentName: row.sentName,
    sizeBytes: row.sizeBytes,
    sha256: stored.sha256,
    verifiedBy: stored.verifiedBy,
  });
  return { submissionId: row.submissionId, isFinishing: submission.state === 'finishing' };
};

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
    .set({ state, failureCode, epoch: sql`${uploads.epoch} + 1`, updatedAt: sql`now()` })
    .where(and(eq(uploads.id, uploadId), inArray(uploads.state, ['uploading', 'received'])))
    .returning({ submissionId: uploads.submissionId });
  if (row === undefined) return undefined;
  await wake(tx, 'remove-upload', uploadId);
  return row.submissionId;
};

/** Puts an assembly off, and wakes it then. */
export const postponeAssembly = async (
  tx: Queryable,
  upload: { uploadId: string; epoch: number; afterMs: number; failureCode: string },
): Promise<void> => {
  const [row] = await tx
    .update(uploads)
    .set({
      attempts: sql`${uploads.attempts} + 1`,
      nextAttemptAt: sql`now() + ${upload.afterMs} * interval '1 millisecond'`,
      failureCode: upload.failureCode,
      lockNode: null,
    })
    .where(and(eq(uploads.id, upload.uploadId), eq(uploads.epoch, upload.epoch)))
    .returning({ nextAttemptAt: uploads.nextAttemptAt });
  if (row?.nextAttemptAt) await wake(tx, 'assemble', upload.uploadId, row.nextAttemptAt);
};

/** Received uploads that are due for assembly and that no living node works on. */
export const uploadsToAssemble = (db: Queryable, limit = 100) =>
  db.select({ id: uploads.id }).from(uploads).where(dueForAssembly()).limit(limit);

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

/** Uploads that have ended and that no job has removed. */
export const uploadsToRemove = (db: Queryable, limit = 100) =>
  db
    .select({ id: uploads.id })
    .from(uploads)
    .where(and(isEnded, isNull(uploads.removedAt)))
    .limit(limit);

/** An upload whose length is said when all of it is there is complete with that. */
export const receiveIfComplete = async (tx: Queryable, uploadId: string): Promise<void> => {
  const [row] = await tx.select({ epoch: uploads.epoch }).from(uploads).where(eq(uploads.id, uploadId));
  if (row !== undefined) await markReceived(tx, { uploadId, epoch: row.epoch, sha256: undefined });
};

/** Uploads that are complete, and that nobody said so of: a process ended in between. */
export const uploadsToReceive = (db: Queryable, limit = 100) =>
  db
    .select({ id: uploads.id })
    .from(uploads)
    .where(
      and(
        eq(uploads.state, 'uploading'),
        sql`${uploads.offsetBytes} = ${uploads.sizeBytes}`,
        sql`${uploads.updatedAt} < now() - interval '10 seconds'`,
        nobodyHolds(uploads.lockNode),
      ),
    )
    .limit(limit);

/** Locks that this node holds by the database's word. */
export const locksOf = async (db: Queryable, nodeId: string): Promise<{ id: string; epoch: number }[]> =>
  db.select({ id: uploads.id, epoch: uploads.epoch }).from(uploads).where(eq(uploads.lockNode, nodeId));
