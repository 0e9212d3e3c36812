import { type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { requests } from '../schema/index.ts';

/** A request as it stands, in few words: others mean that something has changed. */
export interface SignOfLife {
  requestId: string;
  teamId: string;
  sign: string;
}

/**
 * What staff see of these requests, and of all those that are not put away where `all` is asked for, boiled down to
 * one text each: it reads indexes and counts, so that it can be asked every other second.
 */
export const signsOfLife = async (
  db: Queryable,
  which: { all: boolean; requestIds: readonly string[] },
): Promise<SignOfLife[]> => {
  const wanted: SQL =
    which.requestIds.length === 0
      ? sql`false`
      : sql`${requests.id} in (${sql.join(
          which.requestIds.map((id) => sql`${id}`),
          sql`, `,
        )})`;
  const rows = await db
    .select({ requestId: requests.id, teamId: requests.teamId, sign: signOf })
    .from(requests)
    .where(which.all ? sql`(${requests.state} in ('open', 'closed') or ${wanted})` : wanted);
  return rows;
};

/** Danger: the list's columns are written out, as in every subquery of a select from one table. */
const signOf = sql<string>`concat_ws(' ', requests.state,
  (select concat_ws(',', count(*), count(*) filter (where s.state = 'open'), count(*) filter (where s.state = 'sealed'),
      max(s.last_activity_at), max(s.sealed_at))
    from submissions s where s.request_id = requests.id),
  (select concat_ws(',', count(*), sum(u.offset_bytes), count(*) filter (where u.state = 'uploading'),
      count(*) filter (where u.state = 'failed'))
    from submissions s join uploads u on u.submission_id = s.id
    where s.request_id = requests.id and s.state in ('open', 'finishing')),
  (select concat_ws(',', count(*), count(f.withdrawn_at), count(f.scanned_at), count(f.imported_at),
      count(*) filter (where f.state in ('quarantined', 'failed')), count(f.removed_at))
    from files f where f.request_id = requests.id),
  (select concat_ws(',', count(*), sum(d.attempts), count(*) filter (where d.state = 'delivering'),
      count(*) filter (where d.state = 'dead'), count(d.delivered_at))
    from submissions s join deliveries d on d.submission_id = s.id where s.request_id = requests.id),
  (select concat_ws(',', count(*), max(n.created_at))
    from submissions s join notes n on n.submission_id = s.id where s.request_id = requests.id),
  (select h.state from shares h where h.request_id = requests.id))`;
