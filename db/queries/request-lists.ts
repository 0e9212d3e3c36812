import { and, count, eq, inArray, isNull, max, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { accounts, files, links, requests, shares, submissions } from '../schema/index.ts';
import { after, earliestFirst, later, newestFirst, patternOf, placeOf, type Stretch } from './pages.ts';
import { ofTeams, type TeamScope } from './teams.ts';

/** What part of the requests is asked for: those in a state, or those where somebody has to act. */
export const requestViews = [
  'all',
  'open',
  'closed',
  'archived',
  'overdue',
  'due-soon',
  'arriving',
  'failed',
  'empty',
] as const;
export type RequestView = (typeof requestViews)[number];

const endsAt = sql`${requests.deadlineAt} + ${requests.graceMinutes} * interval '1 minute'`;

/** Danger: in a subquery the column of the list is written out, for drizzle leaves its table's name away where it selects of one. */
const conditions: Record<RequestView, SQL> = {
  all: sql`${requests.state} <> 'draft'`,
  open: sql`${requests.state} = 'open'`,
  closed: sql`${requests.state} = 'closed'`,
  archived: sql`${requests.state} = 'archived'`,
  /** Takes nothing any more, and nobody has closed it. */
  overdue: sql`${requests.state} = 'open' and ${endsAt} <= now()`,
  'due-soon': sql`${requests.state} = 'open' and ${endsAt} > now() and ${requests.deadlineAt} < now() + interval '7 days'`,
  arriving: sql`${requests.state} <> 'draft' and exists (
    select from submissions s where s.request_id = requests.id and s.state in ('open', 'finishing'))`,
  failed: sql`${requests.state} in ('open', 'closed') and exists (
    select from deliveries d join submissions s on s.id = d.submission_id
    where s.request_id = requests.id and d.state = 'dead')`,
  /** Closed with nothing received. */
  empty: sql`${requests.state} = 'closed' and not exists (
    select from files f where f.request_id = requests.id and f.withdrawn_at is null)`,
};

/** Title, receipt number, or who sent: any of them holds the text. */
const holds = (text: string): SQL => {
  const pattern = patternOf(text);
  return sql`(${requests.title} ilike ${pattern} or exists (
    select from submissions s where s.request_id = requests.id and s.state <> 'discarded'
    and (s.receipt_number ilike ${pattern} or s.submitter_name ilike ${pattern} or s.submitter_email ilike ${pattern})))`;
};

export interface RequestFilter {
  teams: TeamScope;
  requestId?: string | undefined;
  view?: RequestView | undefined;
  search?: string | undefined;
  /** `deadline`: the nearest first, then those that have none, the newest first. Left out: the newest first. */
  order?: 'deadline' | undefined;
}

/** How many requests each view holds. */
export const countViews = async (db: Queryable, teams: TeamScope): Promise<Record<RequestView, number>> => {
  const counted = Object.fromEntries(
    requestViews.map((view) => [view, sql<number>`(count(*) filter (where ${conditions[view]}))::int`]),
  ) as Record<RequestView, SQL<number>>;
  const [row] = await db.select(counted).from(requests).where(ofTeams(teams));
  if (row === undefined) throw new Error('a count returned no row');
  return row;
};

/** In the year 9800 or so, the newest of them first: after every deadline. */
const withoutDeadline = sql`to_timestamp(2.5e11 - extract(epoch from ${requests.createdAt}))`;
const byDeadline = { at: sql`coalesce(${requests.deadlineAt}, ${withoutDeadline})`, id: requests.id };
const byAge = { at: requests.createdAt, id: requests.id };

/** Requests (those of a view, those that are looked for, or the one that is named) with their open link, share, account and counts. */
export const listRequests = async (
  db: Queryable,
  which: RequestFilter,
  stretch: Stretch = { limit: 500 },
) => {
  const isByDeadline = which.order === 'deadline';
  const by = isByDeadline ? byDeadline : byAge;
  const rows = await db
    .select({
      request: requests,
      link: links,
      share: shares,
      account: { user: accounts.user, baseUrl: accounts.baseUrl, connectedBy: accounts.staffId },
      place: placeOf(by),
    })
    .from(requests)
    .innerJoin(accounts, eq(accounts.id, requests.accountId))
    .leftJoin(links, and(eq(links.requestId, requests.id), eq(links.kind, 'open'), isNull(links.revokedAt)))
    .leftJoin(shares, eq(shares.requestId, requests.id))
    .where(
      and(
        ofTeams(which.teams),
        which.requestId === undefined ? undefined : eq(requests.id, which.requestId),
        which.view === undefined ? undefined : conditions[which.view],
        which.search === undefined ? undefined : holds(which.search),
        isByDeadline ? later(by, stretch.after) : after(by, stretch.after),
      ),
    )
    .orderBy(...(isByDeadline ? earliestFirst(by) : newestFirst(by)))
    .limit(stretch.limit);
  const ids = rows.map((row) => row.request.id);
  const counts = ids.length === 0 ? [] : await countArrivals(db, ids);
  const byId = new Map(counts.map((entry) => [entry.requestId, entry]));
  return rows.map((row) => ({
    ...row,
    submissions: byId.get(row.request.id)?.sealed ?? 0,
    underWay: byId.get(row.request.id)?.underWay ?? 0,
    files: byId.get(row.request.id)?.files ?? 0,
    lastAt: byId.get(row.request.id)?.lastAt ?? null,
    dead: byId.get(row.request.id)?.dead ?? 0,
  }));
};

/** Sealed submissions and the newest of them, those that are still coming in, files that are stored, deliveries that were given up. */
const countArrivals = (db: Queryable, requestIds: string[]) =>
  db
    .select({
      requestId: submissions.requestId,
      sealed: sql<number>`(count(distinct ${submissions.id}) filter (where ${submissions.state} = 'sealed'))::int`,
      underWay: sql<number>`(count(distinct ${submissions.id}) filter (where ${submissions.state} in ('open', 'finishing')))::int`,
      files: count(files.id),
      lastAt: max(submissions.sealedAt),
      dead: sql<number>`(select count(*) from deliveries d join submissions s on s.id = d.submission_id
        where s.request_id = submissions.request_id and d.state = 'dead')::int`,
    })
    .from(submissions)
    .leftJoin(files, eq(files.submissionId, submissions.id))
    .where(inArray(submissions.requestId, requestIds))
    .groupBy(submissions.requestId);
