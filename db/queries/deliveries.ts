import { createHash } from 'node:crypto';
import { and, asc, eq, lte, ne, notInArray, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { deliveries, files, requestDestinations, requests, submissions } from '../schema/index.ts';
import { mayDeliver } from './destination-guards.ts';
import { wake } from './jobs.ts';
import { nobodyHolds } from './nodes.ts';

export type DeliveryRow = typeof deliveries.$inferSelect;

/**
 * The name of a delivery at its destination. A hash, because what downstream systems take as a unique value is
 * short and plain.
 */
export const deliveryKey = (submissionId: string, fileId: string | null, destinationId: string): string =>
  `uketori-${createHash('sha256')
    .update(`${submissionId}/${fileId ?? ''}/${destinationId}`)
    .digest('hex')
    .slice(0, 40)}`;

/**
 * Puts the deliveries of a sealed submission into the ledger and sets their wake-ups: one for each destination
 * of its request, or for each file and destination where the request says so. Doing it again adds nothing.
 * @returns the ids of those that were added
 */
export const createDeliveries = async (tx: Queryable, submissionId: string): Promise<string[]> => {
  const targets = await tx
    .select({
      destinationId: requestDestinations.destinationId,
      per: requests.deliverPer,
      fileId: sql<string | null>`case when ${requests.deliverPer} = 'file' then ${files.id} end`,
    })
    .from(submissions)
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .innerJoin(requestDestinations, eq(requestDestinations.requestId, requests.id))
    .innerJoin(files, and(eq(files.submissionId, submissions.id), ne(files.state, 'withdrawn')))
    .where(and(eq(submissions.id, submissionId), eq(submissions.state, 'sealed')));
  const rows = new Map(
    targets.map(({ destinationId, fileId }) => {
      const key = deliveryKey(submissionId, fileId, destinationId);
      // In whole milliseconds: a job that ran a microsecond early would find nothing due.
      const notBefore = sql`(select date_trunc('milliseconds', s.sealed_at + r.take_back_minutes * interval '1 minute')
        from submissions s join requests r on r.id = s.request_id where s.id = ${submissionId})`;
      return [key, { key, submissionId, fileId, destinationId, notBefore }];
    }),
  );
  if (rows.size === 0) return [];
  const added = await tx
    .insert(deliveries)
    .values([...rows.values()])
    .onConflictDoNothing({ target: deliveries.key })
    .returning({ id: deliveries.id, notBefore: deliveries.notBefore });
  for (const { id, notBefore } of added) await wake(tx, 'deliver', id, notBefore);
  return added.map(({ id }) => id);
};

/** SQL, of a delivery: now, but not before its submitter can take nothing back any more. */
export const soonest = sql`date_trunc('milliseconds', greatest(now(), (
  select s.sealed_at + r.take_back_minutes * interval '1 minute'
  from submissions s join requests r on r.id = s.request_id where s.id = ${deliveries.submissionId})))`;

/** SQL: to be done now, and held by no living node. */
export const isDue = or(
  and(eq(deliveries.state, 'waiting'), lte(deliveries.notBefore, sql`now()`)),
  and(eq(deliveries.state, 'delivering'), nobodyHolds(deliveries.leaseNode)),
);

/**
 * Frees what this node holds in the ledger without working on it: a claim or a record whose answer was lost.
 * @param activeIds what it does work on
 */
export const releaseForgotten = async (
  tx: Queryable,
  nodeId: string,
  activeIds: readonly string[],
): Promise<number> => {
  const rows = await tx
    .update(deliveries)
    .set({ state: 'waiting', leaseNode: null })
    .where(
      and(
        eq(deliveries.state, 'delivering'),
        eq(deliveries.leaseNode, nodeId),
        activeIds.length === 0 ? undefined : notInArray(deliveries.id, [...activeIds]),
      ),
    )
    .returning({ id: deliveries.id });
  return rows.length;
};

/** Wakes every delivery that is due and that no living node holds, oldest first. @returns how many */
export const wakeDueDeliveries = async (tx: Queryable, limit = 1000): Promise<number> => {
  const due = await tx
    .select({ id: deliveries.id, notBefore: deliveries.notBefore })
    .from(deliveries)
    .where(and(isDue, mayDeliver(tx)))
    .orderBy(asc(deliveries.notBefore), asc(deliveries.id))
    .limit(limit);
  // In one order, so that two nodes that sweep at once never wait for each other in a ring.
  const ordered = due.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (const { id, notBefore } of ordered) await wake(tx, 'deliver', id, notBefore);
  return ordered.length;
};
