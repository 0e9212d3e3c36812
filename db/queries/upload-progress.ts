import { and, eq, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { files, parts, submissions, uploads } from '../schema/index.ts';
import { wake } from './jobs.ts';
import { nobodyHolds } from './nodes.ts';

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
export const holdSubmissionOf = async (tx: Queryable, uploadId: string): Promise<void> => {
  await tx.select({ id: submissions.id }).from(submissions).where(isOwnerOf(uploadId)).for('no key update');
};

/** The same, for bytes that have come: the submission is alive. */
const touchSubmissionOf = async (tx: Queryable, uploadId: string) => {
  const [row] = await tx
    .update(submissions)
    .set({ lastActivityAt: sql`now()`, network: null })
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
  /** Parts are left to be removed. */
  hasParts: boolean;
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
      attempts: 0,
      nextAttemptAt: null,
      failureCode: null,
      removedAt: stored.hasParts ? null : sql`now()`,
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
  if (stored.hasParts) await wake(tx, 'remove-upload', row.id);
  return { submissionId: row.submissionId, isFinishing: submission.state === 'finishing' };
};

/** Puts an assembly off, and wakes it then. @returns false when another worker has taken over */
export const postponeAssembly = async (
  tx: Queryable,
  upload: { uploadId: string; epoch: number; afterMs: number; failureCode: string },
): Promise<boolean> => {
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
  if (!row?.nextAttemptAt) return false;
  await wake(tx, 'assemble', upload.uploadId, row.nextAttemptAt);
  return true;
};

/** Received uploads that are due for assembly and that no living node works on. */
export const uploadsToAssemble = (db: Queryable, limit = 100) =>
  db.select({ id: uploads.id }).from(uploads).where(dueForAssembly()).limit(limit);

/** An upload whose length is said when all of it is there is complete with that. */
export const receiveIfComplete = async (tx: Queryable, uploadId: string, sha256?: string): Promise<void> => {
  const [row] = await tx.select({ epoch: uploads.epoch }).from(uploads).where(eq(uploads.id, uploadId));
  if (row !== undefined) await markReceived(tx, { uploadId, epoch: row.epoch, sha256 });
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
