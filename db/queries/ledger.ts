import { and, asc, desc, eq, exists, inArray, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../client.ts';
import {
  type DeliveryState,
  deliveries,
  deliveryAttempts,
  destinations,
  files,
  requests,
  submissions,
} from '../schema/index.ts';
import { recordAudit } from './audit.ts';
import { deadNotice } from './delivery-claims.ts';
import { failingNotice, wakeNext } from './destination-guards.ts';
import { wake } from './jobs.ts';
import { raiseNotice, resolveNotices } from './notices.ts';

export interface DeliveryFilter {
  state?: DeliveryState | undefined;
  destinationId?: string | undefined;
  requestId?: string | undefined;
  submissionId?: string | undefined;
  /** Those that were made before this one. */
  before?: { createdAt: Date; id: string } | undefined;
}

const matching = (filter: DeliveryFilter): SQL | undefined =>
  and(
    filter.state === undefined ? undefined : eq(deliveries.state, filter.state),
    filter.destinationId === undefined ? undefined : eq(deliveries.destinationId, filter.destinationId),
    filter.requestId === undefined ? undefined : eq(submissions.requestId, filter.requestId),
    filter.submissionId === undefined ? undefined : eq(deliveries.submissionId, filter.submissionId),
    filter.before === undefined
      ? undefined
      : or(
          lt(deliveries.createdAt, filter.before.createdAt),
          and(eq(deliveries.createdAt, filter.before.createdAt), lt(deliveries.id, filter.before.id)),
        ),
  );

const described = (db: Queryable) =>
  db
    .select({
      delivery: deliveries,
      destination: { id: destinations.id, name: destinations.name, kind: destinations.kind },
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
  limit: number,
): Promise<DescribedDelivery[]> =>
  described(db).where(matching(filter)).orderBy(desc(deliveries.createdAt), desc(deliveries.id)).limit(limit);

/** How many could be replayed all at once. */
export const countDead = async (db: Queryable): Promise<number> => {
  const [row] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(deliveries)
    .innerJoin(destinations, eq(destinations.id, deliveries.destinationId))
    .where(and(eq(deliveries.state, 'dead'), isNull(destinations.removedAt)));
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
  const rows = await tx
    .update(deliveries)
    .set({
      state: 'dead',
      epoch: sql`${deliveries.epoch} + 1`,
      leaseNode: null,
      awaiting: null,
      failureCode: 'delivery.given-up',
    })
    .where(and(eq(deliveries.id, id), inArray(deliveries.state, ['waiting', 'delivering'])))
    .returning({ destinationId: deliveries.destinationId });
  for (const { destinationId } of rows) await wakeNext(tx, destinationId);
  return rows.length > 0;
};

/** Tries a delivery that waits now instead of later. @returns false when it does not wait */
export const hurryDelivery = async (tx: Queryable, id: string): Promise<boolean> => {
  const rows = await tx
    .update(deliveries)
    .set({ notBefore: sql`date_trunc('milliseconds', now())` })
    .where(and(eq(deliveries.id, id), eq(deliveries.state, 'waiting')))
    .returning({ id: deliveries.id });
  if (rows.length > 0) await wake(tx, 'deliver', id);
  return rows.length > 0;
};

/**
 * Delivers again what was given up or delivered already, from the first attempt; the destination makes of it what its
 * README says of a repeat. @returns those that are delivered again
 */
export const replayDeliveries = async (
  tx: Queryable,
  which: { ids?: string[]; destinationId?: string | undefined; submissionId?: string },
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
      triedSince: sql`now()`,
      notBefore: sql`date_trunc('milliseconds', now())`,
    })
    .where(
      and(
        inArray(deliveries.state, states),
        exists(
          tx
            .select({ one: sql`1` })
            .from(destinations)
            .where(and(eq(destinations.id, deliveries.destinationId), isNull(destinations.removedAt))),
        ),
        which.ids === undefined ? undefined : inArray(deliveries.id, which.ids),
        which.destinationId === undefined ? undefined : eq(deliveries.destinationId, which.destinationId),
        which.submissionId === undefined ? undefined : eq(deliveries.submissionId, which.submissionId),
      ),
    )
    .returning({ id: deliveries.id });
  for (const { id } of rows) {
    await resolveNotices(tx, deadNotice, id);
    await wake(tx, 'deliver', id);
  }
  return rows.map(({ id }) => id);
};

export const findDestination = async (db: Queryable, id: string) =>
  (
    await db
      .select()
      .from(destinations)
      .where(and(eq(destinations.id, id), isNull(destinations.removedAt)))
  )[0];

/** With how many deliveries are in which state. */
export const listDestinations = async (db: Queryable) => {
  const rows = await db
    .select()
    .from(destinations)
    .where(isNull(destinations.removedAt))
    .orderBy(destinations.createdAt, destinations.id);
  const counted = await db
    .select({
      destinationId: deliveries.destinationId,
      state: deliveries.state,
      count: sql<number>`count(*)::int`,
    })
    .from(deliveries)
    .groupBy(deliveries.destinationId, deliveries.state);
  return rows.map((row) => ({
    row,
    counts: Object.fromEntries(
      counted
        .filter(({ destinationId }) => destinationId === row.id)
        .map(({ state, count }) => [state, count]),
    ) as Partial<Record<DeliveryState, number>>,
  }));
};

/** @returns undefined when the name is taken */
export const addDestination = async (tx: Queryable, values: typeof destinations.$inferInsert) => {
  const [row] = await tx.insert(destinations).values(values).onConflictDoNothing().returning();
  return row;
};

export const changeDestination = async (
  tx: Queryable,
  id: string,
  values: Partial<
    Pick<typeof destinations.$inferInsert, 'name' | 'config' | 'secretsSealed' | 'maxConcurrent'>
  >,
) => {
  const [row] = await tx
    .update(destinations)
    // What it failed with was another configuration's.
    .set({ ...values, failures: 0, restsUntil: null })
    .where(and(eq(destinations.id, id), isNull(destinations.removedAt)))
    .returning();
  if (row === undefined) return undefined;
  await resolveNotices(tx, failingNotice, id);
  await wakeNext(tx, id, row.maxConcurrent);
  return row;
};

/** @returns false when it is so already, or is not there */
export const pauseDestination = async (tx: Queryable, id: string): Promise<boolean> =>
  (
    await tx
      .update(destinations)
      .set({ pausedAt: sql`now()` })
      .where(and(eq(destinations.id, id), isNull(destinations.pausedAt), isNull(destinations.removedAt)))
      .returning({ id: destinations.id })
  ).length > 0;

/** Staff are told under this code; its subject is the destination. */
export const goneNotice = 'destination.gone';

/** The destination has said that it wants nothing more: it is paused, and staff are told. */
export const pauseGone = async (db: Database, id: string): Promise<void> =>
  db.transaction(async (tx) => {
    if (!(await pauseDestination(tx, id))) return;
    const row = await findDestination(tx, id);
    await raiseNotice(tx, {
      level: 'problem',
      code: goneNotice,
      subject: id,
      params: { destination: row?.name ?? '' },
    });
    await recordAudit(tx, {
      actor: 'system',
      action: 'destination.paused',
      subject: id,
      details: { gone: true },
    });
  });

/** What has waited is woken. */
export const resumeDestination = async (tx: Queryable, id: string): Promise<boolean> => {
  const [row] = await tx
    .update(destinations)
    .set({ pausedAt: null, failures: 0, restsUntil: null })
    .where(and(eq(destinations.id, id), isNull(destinations.removedAt)))
    .returning({ maxConcurrent: destinations.maxConcurrent });
  if (row === undefined) return false;
  // The pause was ours: it counts against nobody's patience.
  await tx
    .update(deliveries)
    .set({ triedSince: sql`now()` })
    .where(and(eq(deliveries.destinationId, id), eq(deliveries.state, 'waiting')));
  await resolveNotices(tx, goneNotice, id);
  await resolveNotices(tx, failingNotice, id);
  await wakeNext(tx, id, row.maxConcurrent);
  return true;
};

/**
 * Takes a destination away from what is to come; the ledger keeps what it was given.
 * @returns `busy` while deliveries to it are not over
 */
export const removeDestination = async (
  tx: Queryable,
  id: string,
): Promise<'removed' | 'busy' | 'absent'> => {
  const [row] = await tx
    .select({ name: destinations.name })
    .from(destinations)
    .where(and(eq(destinations.id, id), isNull(destinations.removedAt)))
    .for('update');
  if (row === undefined) return 'absent';
  const [under] = await tx
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(and(eq(deliveries.destinationId, id), inArray(deliveries.state, ['waiting', 'delivering'])))
    .limit(1);
  if (under !== undefined) return 'busy';
  await tx.execute(sql`delete from request_destinations where destination_id = ${id}`);
  for (const code of [goneNotice, failingNotice]) await resolveNotices(tx, code, id);
  await tx
    .update(destinations)
    .set({
      removedAt: sql`now()`,
      secretsSealed: null,
      pausedAt: sql`now()`,
      // Another may have the name.
      name: sql`${destinations.name} || ' (' || ${destinations.id} || ')'`,
    })
    .where(eq(destinations.id, id));
  return 'removed';
};
