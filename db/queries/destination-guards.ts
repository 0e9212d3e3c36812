import { and, asc, eq, exists, isNull, lte, ne, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { deliveries, destinations, nodes } from '../schema/index.ts';
import { wake } from './jobs.ts';
import { raiseNotice, resolveNotices } from './notices.ts';

/** Failures in a row after which a destination is left alone for a while. A refused sign-in counts as so many. */
export const patience = 3;
const leastRestSeconds = 30;
const mostRestSeconds = 30 * 60;

/** Staff are told under this code; its subject is the destination. */
export const failingNotice = 'destination.failing';

/** SQL, of a delivery: its destination takes one now. Neither paused, nor resting, nor busy with as many as it may have. */
export const mayDeliver = (db: Queryable) =>
  exists(
    db
      .select({ one: sql`1` })
      .from(destinations)
      .where(
        and(
          eq(destinations.id, deliveries.destinationId),
          isNull(destinations.pausedAt),
          or(isNull(destinations.restsUntil), lte(destinations.restsUntil, sql`now()`)),
          // One that has just rested is tried by one delivery.
          sql`(select count(*) from ${deliveries} other
               join ${nodes} on ${nodes.id} = other.lease_node and ${nodes.aliveUntil} > now()
               where other.destination_id = ${destinations.id} and other.state = 'delivering'
                 and other.id <> ${deliveries.id})
              < case when ${destinations.failures} >= ${patience} then 1 else ${destinations.maxConcurrent} end`,
        ),
      ),
  );

/** Those that claim a delivery for one destination take turns: else two would see the same free place. */
export const lockDestinationOf = async (tx: Queryable, deliveryId: string): Promise<void> => {
  await tx.execute(sql`
    select 1 from ${destinations}
    where ${destinations.id} = (select ${deliveries.destinationId} from ${deliveries} where ${deliveries.id} = ${deliveryId})
    for no key update`);
};

/** A place at a destination is free: those that wait longest are woken. @param count at most so many */
export const wakeNext = async (tx: Queryable, destinationId: string, count = 1): Promise<void> => {
  const next = await tx
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.destinationId, destinationId),
        eq(deliveries.state, 'waiting'),
        lte(deliveries.notBefore, sql`now()`),
      ),
    )
    .orderBy(asc(deliveries.notBefore), asc(deliveries.id))
    .limit(count);
  for (const { id } of next) await wake(tx, 'deliver', id);
};

/** The destination has done what it was asked: it is trusted again, and what waited for it is woken. */
export const recordWell = async (tx: Queryable, destinationId: string): Promise<void> => {
  const [recovered] = await tx
    .update(destinations)
    .set({ failures: 0, restsUntil: null })
    .where(and(eq(destinations.id, destinationId), ne(destinations.failures, 0)))
    .returning({ maxConcurrent: destinations.maxConcurrent });
  if (recovered !== undefined) await resolveNotices(tx, failingNotice, destinationId);
  await wakeNext(tx, destinationId, recovered?.maxConcurrent ?? 1);
};

/**
 * The destination itself has failed. After some failures in a row it rests, longer each time, and staff are told: its
 * deliveries wait without using up their attempts.
 * @param failure `auth`: trying again soon can only do harm
 */
export const recordFailing = async (
  tx: Queryable,
  destinationId: string,
  failure: { code: string; auth: boolean },
): Promise<void> => {
  const added = failure.auth ? patience : 1;
  const failures = sql`${destinations.failures} + ${added}`;
  const restSeconds = sql`least(${mostRestSeconds}, ${leastRestSeconds} * power(2, least(20, greatest(0, ${failures} - ${patience}))))`;
  const [row] = await tx
    .update(destinations)
    .set({
      failures,
      restsUntil: sql`case when ${failures} >= ${patience}
        then date_trunc('milliseconds', now() + ${restSeconds} * interval '1 second') end`,
    })
    .where(eq(destinations.id, destinationId))
    .returning({ name: destinations.name, restsUntil: destinations.restsUntil });
  if (row === undefined) return;
  if (row.restsUntil === null) {
    await wakeNext(tx, destinationId);
    return;
  }
  await raiseNotice(tx, {
    level: 'problem',
    code: failingNotice,
    subject: destinationId,
    params: { destination: row.name, reason: failure.code },
  });
  const [first] = await tx
    .select({ id: deliveries.id, notBefore: deliveries.notBefore })
    .from(deliveries)
    .where(and(eq(deliveries.destinationId, destinationId), eq(deliveries.state, 'waiting')))
    .orderBy(asc(deliveries.notBefore), asc(deliveries.id))
    .limit(1);
  if (first !== undefined)
    await wake(tx, 'deliver', first.id, first.notBefore > row.restsUntil ? first.notBefore : row.restsUntil);
};
