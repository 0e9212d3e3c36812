import { and, desc, eq, exists, isNull, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../client.ts';
import {
  type DeliveryState,
  deliveries,
  destinations,
  requestDestinations,
  requests,
  submissions,
} from '../schema/index.ts';
import { recordAudit } from './audit.ts';
import { failingNotice, wakeNext } from './destination-guards.ts';
import { raiseNotice, resolveNotices } from './notices.ts';

export const anyDestination = async (db: Queryable): Promise<boolean> =>
  (await db.select({ id: destinations.id }).from(destinations).limit(1)).length > 0;

export const destinationsByAge = (db: Queryable) =>
  db
    .select()
    .from(destinations)
    .where(isNull(destinations.removedAt))
    .orderBy(destinations.createdAt, destinations.id);

export const findDestination = async (db: Queryable, id: string) =>
  (
    await db
      .select()
      .from(destinations)
      .where(and(eq(destinations.id, id), isNull(destinations.removedAt)))
  )[0];

/** With how many deliveries are in which state. */
export const listDestinations = async (db: Queryable) => {
  const rows = await destinationsByAge(db);
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

/** Through which files still come to it: open requests, and those that something is still being sent to. */
const stillFeeds = (destinationId: string) =>
  and(
    exists(sql`(select 1 from ${requestDestinations} where ${requestDestinations.requestId} = ${requests.id}
      and ${requestDestinations.destinationId} = ${destinationId})`),
    or(
      eq(requests.state, 'open'),
      exists(sql`(select 1 from ${submissions} where ${submissions.requestId} = ${requests.id}
        and ${submissions.state} in ('open', 'finishing'))`),
    ),
  );

export interface DestinationUses {
  /** Those that files still come through, the newest first. */
  requests: { id: string; title: string }[];
  /** Others that name it: closed, and with nothing under way. */
  closed: number;
  /** Deliveries that are not over. */
  waiting: number;
  /** Deliveries that were given up, and could be delivered again. */
  dead: number;
}

/** What hangs on a destination. */
export const usesOfDestination = async (db: Queryable, id: string): Promise<DestinationUses> => {
  const feeding = await db
    .select({ id: requests.id, title: requests.title })
    .from(requests)
    .where(stillFeeds(id))
    .orderBy(desc(requests.createdAt), desc(requests.id));
  const [counted] = await db
    .select({
      waiting: sql<number>`count(*) filter (where ${deliveries.state} in ('waiting', 'delivering'))::int`,
      dead: sql<number>`count(*) filter (where ${deliveries.state} = 'dead')::int`,
    })
    .from(deliveries)
    .where(eq(deliveries.destinationId, id));
  const [named] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(requestDestinations)
    .where(eq(requestDestinations.destinationId, id));
  return {
    requests: feeding,
    closed: (named?.count ?? 0) - feeding.length,
    waiting: counted?.waiting ?? 0,
    dead: counted?.dead ?? 0,
  };
};

/**
 * Takes a destination away; the ledger keeps what it was given.
 * @returns what still hangs on it, where that keeps it: requests, or deliveries that are not over
 */
export const removeDestination = async (
  tx: Queryable,
  id: string,
): Promise<'removed' | 'absent' | DestinationUses> => {
  const [row] = await tx
    .select({ name: destinations.name })
    .from(destinations)
    .where(and(eq(destinations.id, id), isNull(destinations.removedAt)))
    .for('update');
  if (row === undefined) return 'absent';
  const uses = await usesOfDestination(tx, id);
  if (uses.requests.length > 0 || uses.waiting > 0) return uses;
  await tx.delete(requestDestinations).where(eq(requestDestinations.destinationId, id));
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
