import { and, asc, eq, exists, inArray, isNull, notInArray, or, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import {
  type DeliveryState,
  deliveries,
  deliveryAttempts,
  destinations,
  files,
  requests,
  submissions,
} from '../schema/index.ts';
import { soonest } from './deliveries.ts';
import { deadNotice, endAttempts, endDead, takeOver } from './delivery-claims.ts';
import { wake } from './jobs.ts';
import { nobodyHolds } from './nodes.ts';
import { resolveNotices } from './notices.ts';
import { after, newestFirst, placeOf, type Stretch } from './pages.ts';
import { ofTeams, type TeamScope } from './teams.ts';

/** What a delivery that staff gave up failed with. */
const givenUpByStaff = 'delivery.given-up';

export interface DeliveryFilter {
  teams: TeamScope;
  state?: DeliveryState | undefined;
  destinationId?: string | undefined;
  requestId?: string | undefined;
  submissionId?: string | undefined;
}

const matching = (filter: DeliveryFilter): SQL | undefined =>
  and(
    ofTeams(filter.teams),
    filter.state === undefined ? undefined : eq(deliveries.state, filter.state),
    filter.destinationId === undefined ? undefined : eq(deliveries.destinationId, filter.destinationId),
    filter.requestId === undefined ? undefined : eq(submissions.requestId, filter.requestId),
    filter.submissionId === undefined ? undefined : eq(deliveries.submissionId, filter.submissionId),
  );

const byAge = { at: deliveries.createdAt, id: deliveries.id };

const described = (db: Queryable) =>
  db
    .select({
      delivery: deliveries,
      destination: { id: destinations.id, name: destinations.name, kind: destinations.kind },
      isPaused: sql<boolean>`${destinations.pausedAt} is not null`,
      isDestinationGone: sql<boolean>`${destinations.removedAt} is not null`,
      request: { id: requests.id, title: requests.title },
      submission: {
        id: submissions.id,
        receiptNumber: submissions.receiptNumber,
        submitterName: submissions.submitterName,
        origin: submissions.origin,
      },
      file: { id: files.id, path: files.path },
      accountId: requests.accountId,
      place: placeOf(byAge),
    })
    .from(deliveries)
    .innerJoin(destinations, eq(destinations.id, deliveries.destinationId))
    .innerJoin(submissions, eq(submissions.id, deliveries.submissionId))
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .leftJoin(files, eq(files.id, deliveries.fileId));

export type DescribedDelivery = Awaited<ReturnType<typeof described>>[number];

/** The ledger, newest first. */
export const listDeliveries = (
  db: Queryable,
  filter: DeliveryFilter,
  stretch: Stretch,
): Promise<DescribedDelivery[]> =>
  described(db)
    .where(and(matching(filter), after(byAge, stretch.after)))
    .orderBy(...newestFirst(byAge))
    .limit(stretch.limit);

/** Ended dead by itself: what staff gave up, they meant to. */
const hasFailed = and(
  eq(deliveries.state, 'dead'),
  sql`${deliveries.failureCode} is distinct from ${givenUpByStaff}`,
);

/** How many can be replayed all at once. */
export const countFailed = async (db: Queryable, scope: TeamScope): Promise<number> => {
  const [row] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(deliveries)
    .innerJoin(destinations, eq(destinations.id, deliveries.destinationId))
    .innerJoin(submissions, eq(submissions.id, deliveries.submissionId))
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .where(and(hasFailed, isNull(destinations.removedAt), ofTeams(scope)));
  return row?.count ?? 0;
};

export const findDelivery = async (db: Queryable, id: string): Promise<DescribedDelivery | undefined> =>
  (await described(db).where(eq(deliveries.id, id)))[0];

export const findDeliveryByKey = async (db: Queryable, key: string): Promise<DescribedDelivery | undefined> =>
  (await described(db).where(eq(deliveries.key, key)))[0];

export const attemptsOf = (db: Queryable, deliveryId: string) =>
  db
    .select()
    .from(deliveryAttempts)
    .where(eq(deliveryAttempts.deliveryId, deliveryId))
    .orderBy(asc(deliveryAttempts.id));

export const filesOfDelivery = (db: Queryable, delivery: { submissionId: string; fileId: string | null }) =>
  db
    .select()
    .from(files)
    .where(
      and(
        eq(files.submissionId, delivery.submissionId),
        delivery.fileId === null ? undefined : eq(files.id, delivery.fileId),
      ),
    )
    .orderBy(asc(files.path));

/**
 * Ends a delivery that staff want no more; it can still be replayed. Whoever is at it is fenced off.
 * @returns false when it is over
 */
export const giveUpDelivery = async (tx: Queryable, id: string): Promise<boolean> => {
  const row = await takeOver(tx, id, inArray(deliveries.state, ['waiting', 'delivering']));
  if (row === undefined) return false;
  return (await endDead(tx, row, { code: givenUpByStaff, details: {} })) !== undefined;
};

/** Tries a delivery that waits as soon as it may be. @returns false when it does not wait */
export const hurryDelivery = async (tx: Queryable, id: string): Promise<boolean> => {
  const rows = await tx
    .update(deliveries)
    .set({ notBefore: soonest })
    .where(and(eq(deliveries.id, id), eq(deliveries.state, 'waiting')))
    .returning({ notBefore: deliveries.notBefore });
  for (const { notBefore } of rows) await wake(tx, 'deliver', id, notBefore);
  return rows.length > 0;
};

/**
 * Delivers again what was given up or delivered already, from the first attempt; the destination makes of it what its
 * README says of a repeat. @returns those that are delivered again
 */
export const replayDeliveries = async (
  tx: Queryable,
  which: {
    ids?: string[];
    teams?: TeamScope;
    destinationId?: string | undefined;
    withFile?: { submissionId: string; fileId: string };
    /** Leaves out what staff gave up. */
    failedAlone?: boolean;
  },
  states: DeliveryState[],
): Promise<string[]> => {
  const rows = await tx
    .update(deliveries)
    .set({
      state: 'waiting',
      // Whoever is at it is fenced off.
      epoch: sql`${deliveries.epoch} + 1`,
      leaseNode: null,
      attempts: 0,
      awaiting: null,
      failureCode: null,
      removedAt: null,
      triedSince: sql`now()`,
      notBefore: soonest,
      round: sql`${deliveries.round} + 1`,
    })
    .where(
      and(
        inArray(deliveries.state, states),
        which.failedAlone === true ? hasFailed : undefined,
        // Not while it is taken away there.
        or(notInArray(deliveries.state, ['delivered', 'dead']), nobodyHolds(deliveries.leaseNode)),
        exists(
          tx
            .select({ one: sql`1` })
            .from(destinations)
            .where(and(eq(destinations.id, deliveries.destinationId), isNull(destinations.removedAt))),
        ),
        which.ids === undefined ? undefined : inArray(deliveries.id, which.ids),
        which.destinationId === undefined ? undefined : eq(deliveries.destinationId, which.destinationId),
        which.teams === undefined || which.teams === 'all'
          ? undefined
          : exists(
              tx
                .select({ one: sql`1` })
                .from(submissions)
                .innerJoin(requests, eq(requests.id, submissions.requestId))
                .where(and(eq(submissions.id, deliveries.submissionId), ofTeams(which.teams))),
            ),
        which.withFile === undefined
          ? undefined
          : and(
              eq(deliveries.submissionId, which.withFile.submissionId),
              or(isNull(deliveries.fileId), eq(deliveries.fileId, which.withFile.fileId)),
            ),
      ),
    )
    .returning({ id: deliveries.id, notBefore: deliveries.notBefore });
  for (const { id, notBefore } of rows) {
    await endAttempts(tx, id, { outcome: 'retry', details: { replayed: true } });
    await resolveNotices(tx, deadNotice, id);
    await wake(tx, 'deliver', id, notBefore);
  }
  return rows.map(({ id }) => id);
};
