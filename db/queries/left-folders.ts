import { and, asc, eq, isNull, lte, notExists, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { requests, submissions, uploads } from '../schema/index.ts';
import { wake } from './jobs.ts';

/** What was given up may still be carried out: an upload's remains are looked for once more after ten minutes. */
const quietMinutes = 15;

/** SQL: nothing was ever stored in it, what its uploads left was removed a while ago, and its folder was not yet. */
const isDue = (db: Queryable) => {
  const ofIt = eq(uploads.submissionId, submissions.id);
  const isRecent = sql`${uploads.removedAt} > now() - ${quietMinutes} * interval '1 minute'`;
  const one = { one: sql`1` };
  return and(
    // Word for word as the index has it: with a parameter no prepared query would use it.
    sql`${submissions.state} = 'discarded'`,
    isNull(submissions.tidiedAt),
    or(isNull(submissions.tidyNotBefore), lte(submissions.tidyNotBefore, sql`now()`)),
    notExists(
      db
        .select(one)
        .from(uploads)
        .where(and(ofIt, or(isNull(uploads.removedAt), isRecent))),
    ),
  );
};

/** Wakes for folders of sendings that ended with nothing in them. @returns how many */
export const wakeLeftFolders = async (tx: Queryable, limit = 200): Promise<number> => {
  const rows = await tx
    .select({ id: submissions.id })
    .from(submissions)
    .where(isDue(tx))
    .orderBy(asc(submissions.id))
    .limit(limit);
  for (const { id } of rows) await wake(tx, 'tidy', id);
  return rows.length;
};

/** @returns undefined when nothing is due. `hasUploads`: without one no folder was ever made */
export const loadLeftFolder = async (db: Queryable, submissionId: string) => {
  const hasUploads = sql<boolean>`exists (select from uploads u where u.submission_id = ${submissions.id})`;
  const [row] = await db
    .select({ submission: submissions, request: requests, hasUploads })
    .from(submissions)
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .where(and(eq(submissions.id, submissionId), isDue(db)));
  return row;
};

export const markFolderRemoved = async (db: Queryable, submissionId: string): Promise<void> => {
  await db.update(submissions).set({ tidiedAt: sql`now()` }).where(eq(submissions.id, submissionId));
};

export const postponeLeftFolder = async (
  db: Queryable,
  submissionId: string,
  delayMs: number,
): Promise<void> => {
  await db
    .update(submissions)
    .set({ tidyNotBefore: sql`now() + ${delayMs} * interval '1 millisecond'` })
    .where(eq(submissions.id, submissionId));
};
