import { and, asc, eq, inArray, isNotNull, isNull, lte, notExists, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../client.ts';
import { deliveries, requests, submissions } from '../schema/index.ts';
import { recordAudit } from './audit.ts';
import { wake } from './jobs.ts';
import { resolveNotices } from './notices.ts';
import { loadToClear, notTidiedNotice } from './tidying.ts';

/** SQL: when its files have been kept as long as its request wants, not before it may be tried again. */
const dueAt = sql`greatest(${submissions.tidyNotBefore}, ${requests.closedAt} + ${requests.retentionDays} * interval '1 day')`;

/** SQL: sealed, of a request that is over for so long, and nothing of it is on its way to a destination. */
const isDue = (db: Queryable) =>
  and(
    eq(submissions.state, 'sealed'),
    isNull(submissions.purgedAt),
    inArray(requests.state, ['closed', 'archived']),
    isNotNull(requests.retentionDays),
    lte(dueAt, sql`now()`),
    notExists(
      db
        .select({ one: sql`1` })
        .from(deliveries)
        .where(
          and(
            eq(deliveries.submissionId, submissions.id),
            inArray(deliveries.state, ['waiting', 'delivering']),
          ),
        ),
    ),
  );

/** Wakes for what is kept no longer. @returns how many */
export const wakeDuePurges = async (tx: Queryable, limit = 200): Promise<number> => {
  const rows = await tx
    .select({ id: submissions.id })
    .from(submissions)
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .where(isDue(tx))
    .orderBy(asc(submissions.id))
    .limit(limit);
  for (const { id } of rows) await wake(tx, 'tidy', id);
  return rows.length;
};

/** @returns undefined when nothing is due: asked again before each step that can't be undone */
export const loadPurge = (db: Queryable, submissionId: string) => loadToClear(db, submissionId, isDue(db));

/** @param left ids of files that stay */
export const markPurged = (
  db: Database,
  submissionId: string,
  details: { files: number; left: string[] },
): Promise<void> =>
  db.transaction(async (tx) => {
    const rows = await tx
      .update(submissions)
      .set({ purgedAt: sql`now()` })
      .where(and(eq(submissions.id, submissionId), isNull(submissions.purgedAt)))
      .returning({ id: submissions.id });
    if (rows.length === 0) return;
    await resolveNotices(tx, notTidiedNotice, submissionId);
    await recordAudit(tx, { actor: 'system', action: 'submission.purged', subject: submissionId, details });
  });
