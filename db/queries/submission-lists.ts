import { and, eq, ne, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { accounts, requests, type SubmissionState, submissions } from '../schema/index.ts';
import { after, newestFirst, patternOf, placeOf, type Stretch } from './pages.ts';
import { ofTeams, type TeamScope } from './teams.ts';

export interface SubmissionFilter {
  teams: TeamScope;
  id?: string;
  requestId?: string | undefined;
  state?: SubmissionState | undefined;
  /** Of the receipt number, of who sent, or of the name of a file. */
  search?: string | undefined;
}

/** Nothing was ever stored in those that are discarded: they are told to who asks for them. */
const inState = ({ id, state }: SubmissionFilter): SQL | undefined => {
  if (state !== undefined) return eq(submissions.state, state);
  return id === undefined ? ne(submissions.state, 'discarded') : undefined;
};

const byAge = { at: submissions.createdAt, id: submissions.id };

const matching = (filter: SubmissionFilter): SQL | undefined =>
  and(
    ofTeams(filter.teams),
    filter.id === undefined ? undefined : eq(submissions.id, filter.id),
    filter.requestId === undefined ? undefined : eq(submissions.requestId, filter.requestId),
    inState(filter),
    filter.search === undefined ? undefined : holds(filter.search),
  );

const holds = (text: string): SQL => {
  const pattern = patternOf(text);
  return sql`(${submissions.receiptNumber} ilike ${pattern} or ${submissions.submitterName} ilike ${pattern}
    or ${submissions.submitterEmail} ilike ${pattern}
    or exists (select from files f where f.submission_id = ${submissions.id} and f.path ilike ${pattern})
    or exists (select from uploads u where u.submission_id = ${submissions.id} and u.target_path ilike ${pattern}))`;
};

/** Submissions with their request and the address of its Nextcloud, the newest first. */
export const listSubmissions = (db: Queryable, filter: SubmissionFilter, stretch: Stretch) =>
  db
    .select({
      submission: submissions,
      request: { id: requests.id, title: requests.title, fields: requests.fields },
      nextcloudUrl: accounts.baseUrl,
      place: placeOf(byAge),
    })
    .from(submissions)
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .innerJoin(accounts, eq(accounts.id, requests.accountId))
    .where(and(matching(filter), after(byAge, stretch.after)))
    .orderBy(...newestFirst(byAge))
    .limit(stretch.limit);

export type ListedSubmission = Awaited<ReturnType<typeof listSubmissions>>[number];
