import { and, desc, eq, inArray, ne, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { requests, submissions, uploads } from '../schema/index.ts';
import { ofTeams, type TeamScope } from './teams.ts';

/** The first few submissions that are being sent, with what there is of them, the most lively first; and how many there are besides. */
export const arrivingNow = async (db: Queryable, teams: TeamScope, most: number) => {
  const lastActivityAt = sql<string>`greatest(${submissions.lastActivityAt}, max(${uploads.updatedAt}))`;
  const rows = await db
    .select({
      submissionId: submissions.id,
      receiptNumber: submissions.receiptNumber,
      submitterName: submissions.submitterName,
      state: submissions.state,
      request: { id: requests.id, title: requests.title },
      files: sql<number>`count(*)::int`,
      filesDone: sql<number>`(count(*) filter (where ${uploads.state} in ('received', 'stored')))::int`,
      sentBytes: sql<string>`sum(${uploads.offsetBytes})`,
      // Not known as long as that of one of them is not.
      sizeBytes: sql<
        string | null
      >`case when bool_and(${uploads.sizeBytes} is not null) then sum(${uploads.sizeBytes}) end`,
      lastActivityAt,
      inAll: sql<number>`(count(*) over ())::int`,
    })
    .from(submissions)
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .innerJoin(uploads, and(eq(uploads.submissionId, submissions.id), ne(uploads.state, 'abandoned')))
    .where(
      and(inArray(submissions.state, ['open', 'finishing']), ne(requests.state, 'draft'), ofTeams(teams)),
    )
    .groupBy(submissions.id, requests.id)
    .orderBy(desc(lastActivityAt))
    .limit(most);
  return {
    arriving: rows.map((row) => ({
      ...row,
      isFinishing: row.state === 'finishing',
      sentBytes: Number(row.sentBytes),
      sizeBytes: row.sizeBytes === null ? undefined : Number(row.sizeBytes),
      lastActivityAt: new Date(row.lastActivityAt),
    })),
    more: Math.max(0, (rows[0]?.inAll ?? 0) - most),
  };
};
