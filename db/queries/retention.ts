import { and, asc, eq, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../client.ts';
import { deliveries, destinations } from '../schema/index.ts';
import { recordAudit } from './audit.ts';
import type { DeliveryRow } from './deliveries.ts';
import { type Claim, tellOf } from './delivery-claims.ts';
import { wake } from './jobs.ts';
import { nobodyHolds } from './nodes.ts';
import { resolveNotices } from './notices.ts';

/** Staff are told under this code; its subject is the delivery. */
export const notRemovedNotice = 'delivery.not-removed';

/**
 * SQL, of a delivery and its destination: there longer than the destination is to keep it, and no other node is at it. What
 * this node holds it may have forgotten: an answer that was lost.
 */
const isOverdue = (nodeId: string) =>
  and(
    // Given up after it was delivered once, it is still there.
    inArray(deliveries.state, ['delivered', 'dead']),
    isNull(deliveries.removedAt),
    isNull(destinations.removedAt),
    isNull(destinations.pausedAt),
    lte(deliveries.notBefore, sql`now()`),
    or(nobodyHolds(deliveries.leaseNode), eq(deliveries.leaseNode, nodeId)),
    sql`${deliveries.deliveredAt} + (${destinations.config} ->> 'retentionDays')::int * interval '1 day' <= now()`,
  );

/** Wakes for what destinations are to keep no longer, the oldest first. @returns how many */
export const wakeDueRetirements = async (tx: Queryable, nodeId: string, limit = 200): Promise<number> => {
  const rows = await tx
    .select({ id: deliveries.id })
    .from(deliveries)
    .innerJoin(destinations, eq(destinations.id, deliveries.destinationId))
    .where(isOverdue(nodeId))
    .orderBy(asc(deliveries.deliveredAt))
    .limit(limit);
  for (const { id } of rows) await wake(tx, 'retire', id);
  return rows.length;
};

/**
 * Takes a delivery for this node, to be taken away; meanwhile it can't be replayed.
 * @returns undefined when its time has not come, or another is at it
 */
export const claimRetirement = (db: Database, deliveryId: string, nodeId: string) =>
  db.transaction(async (tx) => {
    const [due] = await tx
      .select({ destination: destinations })
      .from(deliveries)
      .innerJoin(destinations, eq(destinations.id, deliveries.destinationId))
      .where(and(eq(deliveries.id, deliveryId), isOverdue(nodeId)))
      .for('update', { of: deliveries });
    if (due === undefined) return undefined;
    const [row] = await tx
      .update(deliveries)
      .set({ leaseNode: nodeId, epoch: sql`${deliveries.epoch} + 1` })
      .where(eq(deliveries.id, deliveryId))
      .returning();
    return row && { row, destination: due.destination };
  });

const setRetiring = async (
  tx: Queryable,
  claim: Claim,
  values: { removedAt: ReturnType<typeof sql> } | { notBefore: ReturnType<typeof sql> },
): Promise<DeliveryRow | undefined> => {
  const [row] = await tx
    .update(deliveries)
    .set({ ...values, leaseNode: null })
    .where(
      and(
        eq(deliveries.id, claim.id),
        eq(deliveries.epoch, claim.epoch),
        inArray(deliveries.state, ['delivered', 'dead']),
      ),
    )
    .returning();
  return row;
};

export const recordRemoved = (db: Database, claim: Claim): Promise<void> =>
  db.transaction(async (tx) => {
    const row = await setRetiring(tx, claim, { removedAt: sql`now()` });
    if (row === undefined) return;
    await resolveNotices(tx, notRemovedNotice, claim.id);
    await recordAudit(tx, {
      actor: 'system',
      action: 'delivery.removed',
      subject: row.id,
      details: { submission: row.submissionId, destination: row.destinationId },
    });
  });

/** It is tried again, and staff are told: what was to be gone is still there. @param reason a failure's code, if it was more than our stop */
export const recordNotRemoved = (
  db: Database,
  claim: Claim,
  again: { delayMs: number; reason?: string },
): Promise<void> =>
  db.transaction(async (tx) => {
    const notBefore = sql`now() + ${again.delayMs} * interval '1 millisecond'`;
    const row = await setRetiring(tx, claim, { notBefore });
    if (row === undefined || again.reason === undefined) return;
    await tellOf(tx, row, notRemovedNotice, { reason: again.reason });
  });
