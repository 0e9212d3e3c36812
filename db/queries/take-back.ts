import { and, eq, inArray, isNull, ne, notExists, notInArray, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { deliveries, files } from '../schema/index.ts';
import type { DeliveryRow } from './deliveries.ts';
import { deadNotice } from './delivery-claims.ts';
import { resolveNotices } from './notices.ts';

/** Held until the transaction ends: whoever wants to claim one of them waits, and then finds what was left of it. */
export const lockDeliveriesOf = (tx: Queryable, submissionId: string): Promise<DeliveryRow[]> =>
  tx
    .select()
    .from(deliveries)
    .where(eq(deliveries.submissionId, submissionId))
    .orderBy(deliveries.id)
    .for('update');

export const withdrawFiles = async (tx: Queryable, fileIds: string[]): Promise<void> => {
  await tx
    .update(files)
    .set({ state: 'withdrawn', withdrawnAt: sql`now()` })
    .where(and(inArray(files.id, fileIds), notInArray(files.state, ['withdrawn', 'importing', 'imported'])));
};

/** Calls off the deliveries of a submission that have no file any more. @returns their ids */
export const callOffEmpty = async (tx: Queryable, submissionId: string): Promise<string[]> => {
  const left = tx
    .select({ one: sql`1` })
    .from(files)
    .where(
      and(
        eq(files.submissionId, deliveries.submissionId),
        or(isNull(deliveries.fileId), eq(files.id, deliveries.fileId)),
        ne(files.state, 'withdrawn'),
      ),
    );
  const rows = await tx
    .update(deliveries)
    .set({ state: 'withdrawn', failureCode: null, awaiting: null, epoch: sql`${deliveries.epoch} + 1` })
    .where(
      and(
        eq(deliveries.submissionId, submissionId),
        inArray(deliveries.state, ['waiting', 'dead']),
        notExists(left),
      ),
    )
    .returning({ id: deliveries.id });
  for (const { id } of rows) await resolveNotices(tx, deadNotice, id);
  return rows.map(({ id }) => id);
};
