import { inArray, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { requests } from '../schema/index.ts';

/** A request as it stands, in few words: others mean that something has changed. */
export interface SignOfLife {
  requestId: string;
  teamId: string;
  sign: string;
}

/** Of every request that is not put away, what the list of them shows: reads indexes, so that it can be asked again and again. */
export const signsInList = (db: Queryable): Promise<SignOfLife[]> =>
  db
    .select({ requestId: requests.id, teamId: requests.teamId, sign: inList })
    .from(requests)
    .where(inArray(requests.state, ['open', 'closed']));

/** Of these requests, what their own pages show. */
export const signsOnPages = async (db: Queryable, requestIds: readonly string[]): Promise<SignOfLife[]> =>
  requestIds.length === 0
    ? []
    : db
        .select({ requestId: requests.id, teamId: requests.teamId, sign: onPage })
        .from(requests)
        .where(inArray(requests.id, [...requestIds]));

/** Danger: the list's columns are written out, as in every subquery of a select from one table. */
const inList = sql<string>`concat_ws(' ', requests.state, requests.title, requests.deadline_at,
  (select concat_ws(',', count(*), count(*) filter (where s.state = 'open'), count(*) filter (where s.state = 'sealed'),
      max(s.last_activity_at), max(s.sealed_at))
    from submissions s where s.request_id = requests.id),
  (select concat_ws(',', count(*), sum(u.offset_bytes), count(*) filter (where u.state = 'uploading'),
      count(*) filter (where u.state = 'failed'))
    from submissions s join uploads u on u.submission_id = s.id
    where s.request_id = requests.id and s.state in ('open', 'finishing')),
  (select count(*) from deliveries d join submissions s on s.id = d.submission_id
    where d.state = 'dead' and s.request_id = requests.id),
  (select h.state from shares h where h.request_id = requests.id))`;

const onPage = sql<string>`concat_ws(' ', ${inList},
  (select concat_ws(',', count(*), count(f.withdrawn_at), count(f.scanned_at), count(f.imported_at),
      count(*) filter (where f.state in ('quarantined', 'failed')), count(f.removed_at))
    from files f where f.request_id = requests.id),
  (select concat_ws(',', count(*), sum(d.attempts), count(*) filter (where d.state = 'delivering'),
      count(d.delivered_at))
    from submissions s join deliveries d on d.submission_id = s.id where s.request_id = requests.id),
  (select concat_ws(',', count(*), max(n.created_at))
    from submissions s join notes n on n.submission_id = s.id where s.request_id = requests.id))`;
