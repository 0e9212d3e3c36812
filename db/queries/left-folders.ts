import { and, asc, eq, exists, isNull, lte, notExists, or, sql } from 'drizzle-orm';
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
    eq(submissions.state, 'discarded'),
    isNull(submissions.tidiedAt),
    or(isNull(submissions.tidyNotBefore), lte(submissions.tidyNotBefore, sql`now()`)),
    // Without an upload none was made.
    exists(db.select(one).from(uploads).where(ofIt)),
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

/** @returns undefined when nothing is due */
export const loadLeftFolder = async (db: Queryable, submissionId: string) => {
  const [row] = await db
    .select({ submission: submissions, request: requests })
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
