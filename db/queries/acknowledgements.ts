import { and, eq, isNotNull, notInArray, or } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { deliveries, deliveryAttempts, files } from '../schema/index.ts';
import { deadIn, deliveredIn, isOf, takeOver } from './delivery-claims.ts';

export type Acknowledgement = { outcome: 'delivered' } | { outcome: 'refused'; reason: string };

/**
 * What the receiver of a delivery says of it; it may come before whoever told the receiver has noted that. Said again, it
 * changes nothing. @returns false when the delivery is over
 */
export const acknowledgeDelivery = async (
  tx: Queryable,
  deliveryId: string,
  said: Acknowledgement,
): Promise<boolean> => {
  const isOpenToIt = or(
    eq(deliveries.state, 'delivering'),
    // Not one that was told of before, and is to be delivered anew.
    and(eq(deliveries.state, 'waiting'), isNotNull(deliveries.awaiting)),
  );
  const row = await takeOver(tx, deliveryId, isOpenToIt);
  if (row === undefined) return false;
  const claim = { id: row.id, epoch: row.epoch };
  // What is said is an attempt of its own: the one that told has ended.
  await tx.insert(deliveryAttempts).values({ deliveryId: row.id, epoch: row.epoch });
  if (said.outcome === 'refused')
    return deadIn(tx, claim, { code: 'delivery.refused-there', details: { reason: said.reason } });
  const held = await tx
    .select({ id: files.id })
    .from(files)
    .where(and(isOf(row), notInArray(files.state, ['withdrawn', 'quarantined'])));
  const { awaiting: _, ...result } = row.result ?? {};
  return deliveredIn(tx, claim, {
    result,
    alreadyThere: false,
    fileIds: held.map(({ id }) => id),
  });
};
