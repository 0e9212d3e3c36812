import { and, asc, eq, exists, isNull, lte, ne, notExists, notInArray, or, type SQL, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../client.ts';
import { deliveries, files, requests, submissions } from '../schema/index.ts';
import { recordAudit } from './audit.ts';
import { wake } from './jobs.ts';
import { raiseNotice, resolveNotices } from './notices.ts';

/** Staff are told under this code; its subject is the submission. */
export const notTidiedNotice = 'submission.not-tidied';

/** SQL, of a submission: when the last of its deliveries was confirmed. */
const deliveredAt = sql`(select max(${deliveries.deliveredAt}) from ${deliveries} where ${deliveries.submissionId} = ${submissions.id})`;

/** SQL: when the after-action of its request is due, not before it may be tried again. */
const dueAt = sql<Date>`greatest(${submissions.tidyNotBefore}, ${deliveredAt} + case
  when ${requests.afterImport} = 'delete' then ${requests.deleteAfterDays} * interval '1 day' else interval '0' end)`;

/**
 * SQL: sealed, with an after-action that was not done; every delivery is confirmed, of which there is one at least, and no
 * file waits for staff.
 */
const isReady = (db: Queryable) =>
  and(
    eq(submissions.state, 'sealed'),
    isNull(submissions.tidiedAt),
    ne(requests.afterImport, 'keep'),
    exists(db.select({ one: sql`1` }).from(deliveries).where(eq(deliveries.submissionId, submissions.id))),
    notExists(
      db
        .select({ one: sql`1` })
        .from(deliveries)
        .where(
          and(
            eq(deliveries.submissionId, submissions.id),
            // A message that arrived says nothing of the bytes.
            or(
              notInArray(deliveries.state, ['delivered', 'withdrawn']),
              sql`${deliveries.result} ->> 'bytesUnknown' = 'true'`,
            ),
          ),
        ),
    ),
    notExists(
      db
        .select({ one: sql`1` })
        .from(files)
        .where(
          and(eq(files.submissionId, submissions.id), notInArray(files.state, ['imported', 'withdrawn'])),
        ),
    ),
  );

/** Sets the wake-up of the after-action, if there is one and nothing more is delivered before it. */
export const wakeTidying = async (tx: Queryable, submissionId: string): Promise<void> => {
  const [row] = await tx
    .select({ dueAt })
    .from(submissions)
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .where(and(eq(submissions.id, submissionId), isReady(tx)));
  if (row !== undefined) await wake(tx, 'tidy', submissionId, new Date(row.dueAt));
};

/** What is due now and was not woken for. */
export const wakeDueTidying = async (tx: Queryable, limit = 200): Promise<number> => {
  const rows = await tx
    .select({ id: submissions.id })
    .from(submissions)
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .where(and(isReady(tx), lte(dueAt, sql`now()`)))
    .orderBy(asc(submissions.id))
    .limit(limit);
  for (const { id } of rows) await wake(tx, 'tidy', id);
  return rows.length;
};

/** @returns undefined when nothing is due: asked again before each step that can't be undone */
export const loadTidying = (db: Queryable, submissionId: string) =>
  loadToClear(db, submissionId, and(isReady(db), lte(dueAt, sql`now()`)));

/** A submission whose files are to be taken out of its folder, with those that are there. @returns undefined unless it is `due` */
export const loadToClear = async (db: Queryable, submissionId: string, due: SQL | undefined) => {
  const [row] = await db
    .select({ submission: submissions, request: requests })
    .from(submissions)
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .where(and(eq(submissions.id, submissionId), due));
  if (row === undefined) return undefined;
  const stored = await db
    .select()
    .from(files)
    .where(and(eq(files.submissionId, submissionId), ne(files.state, 'withdrawn'), isNull(files.removedAt)))
    .orderBy(asc(files.path), asc(files.id));
  return { ...row, files: stored };
};

export const markRemoved = async (db: Queryable, fileId: string): Promise<void> => {
  await db
    .update(files)
    .set({ removedAt: sql`now()` })
    .where(and(eq(files.id, fileId), isNull(files.removedAt)));
};

/** @param done `folderName`: where its folder is now */
export const markTidied = (
  db: Database,
  submissionId: string,
  done: { action: 'move' | 'delete'; folderName?: string; details?: Record<string, unknown> },
): Promise<void> =>
  db.transaction(async (tx) => {
    const rows = await tx
      .update(submissions)
      .set({ tidiedAt: sql`now()`, ...(done.folderName !== undefined && { folderName: done.folderName }) })
      .where(and(eq(submissions.id, submissionId), isNull(submissions.tidiedAt)))
      .returning({ id: submissions.id });
    if (rows.length === 0) return;
    await resolveNotices(tx, notTidiedNotice, submissionId);
    await recordAudit(tx, {
      actor: 'system',
      action: done.action === 'move' ? 'submission.moved' : 'submission.files-deleted',
      subject: submissionId,
      details: { folder: done.folderName, ...done.details },
    });
  });

/** It is tried again, and staff are told: unless another has done it meanwhile. @param again `reason`: a failure's code */
export const recordNotTidied = (
  db: Database,
  submissionId: string,
  again: { delayMs: number; reason: string; isPurge?: boolean },
): Promise<void> =>
  db.transaction(async (tx) => {
    const done = again.isPurge === true ? submissions.purgedAt : submissions.tidiedAt;
    const [row] = await tx
      .update(submissions)
      .set({ tidyNotBefore: sql`now() + ${again.delayMs} * interval '1 millisecond'` })
      .where(and(eq(submissions.id, submissionId), isNull(done)))
      .returning();
    if (row === undefined) return;
    const [request] = await tx.select().from(requests).where(eq(requests.id, row.requestId));
    await raiseNotice(tx, {
      level: 'problem',
      code: notTidiedNotice,
      subject: submissionId,
      requestId: row.requestId,
      params: {
        title: request?.title ?? '',
        receipt: row.receiptNumber,
        action: again.isPurge === true ? 'delete' : (request?.afterImport ?? ''),
        reason: again.reason,
      },
    });
  });
