import {
  and,
  asc,
  eq,
  exists,
  getTableColumns,
  inArray,
  isNull,
  notExists,
  or,
  type SQL,
  sql,
} from 'drizzle-orm';
import type { Database, Queryable } from '../client.ts';
import type { AuditAction } from '../schema/index.ts';
import {
  checklistItems,
  type DeliveryState,
  deliveries,
  deliveryAttempts,
  destinations,
  files,
  nodes,
  requests,
  submissions,
  uploads,
} from '../schema/index.ts';
import { recordAudit } from './audit.ts';
import { type DeliveryRow, isDue } from './deliveries.ts';
import { lockDestinationOf, mayDeliver, recordFailing, recordWell, wakeNext } from './destination-guards.ts';
import { wake } from './jobs.ts';
import { raiseNotice, resolveNotices } from './notices.ts';
import { heldNotice } from './scans.ts';
import { receiptNumbersOf } from './submissions.ts';
import { wakeTidying } from './tidying.ts';

/** A delivery that this node may work on until another claims it: every write names the epoch. */
export interface Claim {
  id: string;
  epoch: number;
}

/** Staff are told under this code when a delivery is given up; its subject is the delivery. */
export const deadNotice = 'delivery.dead';

const isAlive = (db: Queryable, nodeId: string) =>
  exists(
    db
      .select({ one: sql`1` })
      .from(nodes)
      .where(and(eq(nodes.id, nodeId), sql`${nodes.aliveUntil} > now()`)),
  );

/** With how long it has been tried, by the database's clock. */
export type ClaimedDelivery = DeliveryRow & { triedMs: number };

/**
 * Takes a due delivery for this node. The lease holds as long as the node's heart beats (database time).
 * @returns undefined when it is not due, is held by a living node, is done, or its destination takes none now
 */
export const claimDelivery = (
  db: Database,
  deliveryId: string,
  nodeId: string,
): Promise<ClaimedDelivery | undefined> =>
  db.transaction(async (tx) => {
    await lockDestinationOf(tx, deliveryId);
    const [row] = await tx
      .update(deliveries)
      .set({
        state: 'delivering',
        epoch: sql`${deliveries.epoch} + 1`,
        attempts: sql`${deliveries.attempts} + 1`,
        leaseNode: nodeId,
      })
      .where(and(eq(deliveries.id, deliveryId), isDue, mayDeliver(tx), isAlive(tx, nodeId)))
      .returning({
        ...getTableColumns(deliveries),
        triedMs: sql<number>`(extract(epoch from now() - ${deliveries.triedSince}) * 1000)::float8`,
      });
    if (row === undefined) return undefined;
    await endAttempts(tx, deliveryId, { outcome: 'retry', details: { nodeLost: true } });
    await tx.insert(deliveryAttempts).values({ deliveryId, epoch: row.epoch });
    await tx
      .update(files)
      .set({ state: 'importing' })
      .where(and(isOf(row), inArray(files.state, ['stored', 'scanned', 'failed'])));
    return row;
  });

export const isOf = (row: Pick<DeliveryRow, 'submissionId' | 'fileId'>) =>
  and(eq(files.submissionId, row.submissionId), row.fileId === null ? undefined : eq(files.id, row.fileId));

type AttemptEnd = Pick<typeof deliveryAttempts.$inferInsert, 'outcome' | 'failureCode' | 'details'>;

/**
 * Takes a delivery over from whoever is at it, who is fenced off.
 * @returns undefined when none of `states` holds
 */
export const takeOver = async (
  tx: Queryable,
  deliveryId: string,
  states: SQL | undefined,
): Promise<DeliveryRow | undefined> => {
  await lockSubmissionOf(tx, deliveryId);
  const [row] = await tx
    .update(deliveries)
    .set({ state: 'delivering', epoch: sql`${deliveries.epoch} + 1`, leaseNode: null })
    .where(and(eq(deliveries.id, deliveryId), states))
    .returning();
  return row;
};

/** Ends every attempt that is still open: only the claim's own, once it has been made. */
export const endAttempts = async (tx: Queryable, deliveryId: string, end: AttemptEnd): Promise<void> => {
  await tx
    .update(deliveryAttempts)
    .set({ ...end, endedAt: sql`now()` })
    .where(and(eq(deliveryAttempts.deliveryId, deliveryId), isNull(deliveryAttempts.endedAt)));
};

/** Everything an attempt needs to know. Files that were taken back or put into quarantine are left out. */
export const loadDelivery = async (db: Queryable, row: DeliveryRow) => {
  const [found] = await db
    .select({ submission: submissions, request: requests, destination: destinations })
    .from(deliveries)
    .innerJoin(submissions, eq(submissions.id, deliveries.submissionId))
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .innerJoin(destinations, eq(destinations.id, deliveries.destinationId))
    .where(eq(deliveries.id, row.id));
  if (found === undefined) throw new Error('a delivery without its submission');
  const held = await db
    .select({ file: files, item: checklistItems.label })
    .from(files)
    .leftJoin(uploads, eq(uploads.id, files.uploadId))
    .leftJoin(checklistItems, eq(checklistItems.id, uploads.checklistItemId))
    .where(and(isOf(row), sql`${files.state} not in ('withdrawn', 'quarantined')`))
    .orderBy(asc(files.path), asc(files.id));
  const { supplementOf } = found.submission;
  const numbers = await receiptNumbersOf(db, supplementOf === null ? [] : [supplementOf]);
  return {
    ...found,
    supplementOf: numbers.get(supplementOf ?? ''),
    files: held.map(({ file, item }) => ({ ...file, item: item ?? undefined })),
  };
};

export type LoadedDelivery = Awaited<ReturnType<typeof loadDelivery>>;

const isClaimed = (claim: Claim) =>
  and(eq(deliveries.id, claim.id), eq(deliveries.epoch, claim.epoch), eq(deliveries.state, 'delivering'));

const setClaimed = async (
  tx: Queryable,
  claim: Claim,
  values: Parameters<ReturnType<Queryable['update']>['set']>[0],
): Promise<DeliveryRow | undefined> => {
  const [row] = await tx.update(deliveries).set(values).where(isClaimed(claim)).returning();
  return row;
};

/** @returns false when the claim is stale: nothing was changed */
export const saveCheckpoint = async (
  db: Queryable,
  claim: Claim,
  checkpoint: Record<string, unknown>,
): Promise<boolean> => (await setClaimed(db, claim, { checkpoint })) !== undefined;

export const loadCheckpoint = async (db: Queryable, deliveryId: string): Promise<Record<string, unknown>> => {
  const [row] = await db
    .select({ checkpoint: deliveries.checkpoint })
    .from(deliveries)
    .where(eq(deliveries.id, deliveryId));
  return row?.checkpoint ?? {};
};

/**
 * Records that a delivery is there, with its result; its files become `imported` when nothing else waits for them.
 * @param fileIds those that were delivered
 * @returns false when the claim is stale: nothing was changed
 */
export const recordDelivered = (db: Database, claim: Claim, delivered: DeliveredRecord): Promise<boolean> =>
  db.transaction((tx) => deliveredIn(tx, claim, delivered));

interface DeliveredRecord {
  result: Record<string, unknown>;
  alreadyThere: boolean;
  fileIds: string[];
}

export const deliveredIn = async (
  tx: Queryable,
  claim: Claim,
  delivered: DeliveredRecord,
): Promise<boolean> => {
  await lockSubmissionOf(tx, claim.id);
  const row = await setClaimed(tx, claim, {
    state: 'delivered',
    leaseNode: null,
    failureCode: null,
    awaiting: null,
    result: delivered.result,
    deliveredAt: sql`now()`,
  });
  if (row === undefined) return false;
  const outcome = delivered.alreadyThere ? 'already-there' : 'delivered';
  await endAttempts(tx, claim.id, { outcome });
  const othersOf = (...states: DeliveryState[]) =>
    tx
      .select({ one: sql`1` })
      .from(deliveries)
      .where(
        and(
          eq(deliveries.submissionId, files.submissionId),
          or(isNull(deliveries.fileId), eq(deliveries.fileId, files.id)),
          inArray(deliveries.state, states),
        ),
      );
  const undelivered = othersOf('waiting', 'delivering', 'dead');
  if (delivered.fileIds.length > 0)
    await tx
      .update(files)
      .set({ state: 'imported', importedAt: sql`now()` })
      .where(
        and(
          inArray(files.id, delivered.fileIds),
          inArray(files.state, ['stored', 'scanned', 'importing', 'failed']),
          notExists(undelivered),
        ),
      );
  // Nothing brings them on any more: another of their deliveries was given up.
  await tx
    .update(files)
    .set({ state: 'failed' })
    .where(
      and(
        isOf(row),
        eq(files.state, 'importing'),
        exists(othersOf('dead')),
        notExists(othersOf('waiting', 'delivering')),
      ),
    );
  await resolveNotices(tx, deadNotice, claim.id);
  await resolveNotices(tx, heldNotice, row.submissionId);
  await recordWell(tx, row.destinationId);
  await wakeTidying(tx, row.submissionId);
  await audit(tx, row, 'delivery.delivered', { outcome });
  return true;
};

/**
 * Records that a receiver has been told, who is still to say that it has taken the files over. Told again after a while.
 * @returns false when the claim is stale: then only a result is added to an acknowledgement that came first
 */
export const recordAwaiting = (
  db: Database,
  claim: Claim,
  told: { result: Record<string, unknown>; againInMs: number },
): Promise<boolean> =>
  db.transaction(async (tx) => {
    const row = await setClaimed(tx, claim, {
      state: 'waiting',
      leaseNode: null,
      failureCode: null,
      awaiting: 'acknowledgement',
      result: told.result,
      attempts: sql`greatest(${deliveries.attempts} - 1, 0)`,
      notBefore: sql`date_trunc('milliseconds', now() + ${told.againInMs} * interval '1 millisecond')`,
    });
    if (row === undefined) {
      // The receiver was quicker: its word stands, and knows nothing of what was made there.
      await tx
        .update(deliveries)
        .set({ result: told.result })
        .where(
          and(
            eq(deliveries.id, claim.id),
            eq(deliveries.epoch, claim.epoch + 1),
            eq(deliveries.state, 'delivered'),
            sql`${deliveries.result} = '{}'`,
          ),
        );
      return false;
    }
    await endAttempts(tx, claim.id, { outcome: 'awaiting' });
    await wake(tx, 'deliver', claim.id, row.notBefore);
    await recordWell(tx, row.destinationId);
    return true;
  });

/** Two destinations that finish at once take turns, or neither would see that it was the last. */
const lockSubmissionOf = async (tx: Queryable, deliveryId: string): Promise<void> => {
  const ids = tx
    .select({ id: deliveries.submissionId })
    .from(deliveries)
    .where(eq(deliveries.id, deliveryId));
  await tx.select({ id: submissions.id }).from(submissions).where(inArray(submissions.id, ids)).for('update');
};

export interface AttemptFailure {
  code: string;
  /** For operators: no secrets. */
  details: Record<string, unknown>;
  /** Whether it is the destination itself that fails, and with what: then it is left alone for a while. */
  ofDestination?: 'auth' | 'other' | undefined;
}

/**
 * Sends a delivery back to wait, and sets its wake-up.
 * @param uncounted true when the attempt was broken off by us, and so is not one
 * @returns when it is tried again; undefined when the claim is stale: nothing was changed
 */
export const recordRetry = (
  db: Database,
  claim: Claim,
  failure: AttemptFailure,
  delay: { delayMs: number; uncounted?: boolean },
): Promise<Date | undefined> =>
  db.transaction(async (tx) => {
    const row = await setClaimed(tx, claim, {
      state: 'waiting',
      leaseNode: null,
      failureCode: failure.code,
      notBefore: sql`date_trunc('milliseconds', now() + ${delay.delayMs} * interval '1 millisecond')`,
      ...(delay.uncounted === true && { attempts: sql`greatest(${deliveries.attempts} - 1, 0)` }),
    });
    if (row === undefined) return undefined;
    await endAttempts(tx, claim.id, {
      outcome: 'retry',
      failureCode: failure.code,
      details: failure.details,
    });
    await wake(tx, 'deliver', claim.id, row.notBefore);
    await giveBack(tx, row, failure);
    return row.notBefore;
  });

/** The place at the destination is free again; unless it is the destination that fails. */
const giveBack = (tx: Queryable, row: DeliveryRow, failure: AttemptFailure): Promise<void> =>
  failure.ofDestination === undefined
    ? wakeNext(tx, row.destinationId)
    : recordFailing(tx, row.destinationId, {
        code: failure.code,
        auth: failure.ofDestination === 'auth',
      });

/**
 * Gives a delivery up, and tells staff.
 * @returns false when the claim is stale: nothing was changed
 */
export const recordDead = (db: Database, claim: Claim, failure: AttemptFailure): Promise<boolean> =>
  db.transaction((tx) => deadIn(tx, claim, failure));

/** @returns undefined when the claim is stale: nothing was changed */
export const endDead = async (
  tx: Queryable,
  claim: Claim,
  failure: AttemptFailure,
): Promise<DeliveryRow | undefined> => {
  await lockSubmissionOf(tx, claim.id);
  const row = await setClaimed(tx, claim, {
    state: 'dead',
    leaseNode: null,
    awaiting: null,
    failureCode: failure.code,
  });
  if (row === undefined) return undefined;
  await endAttempts(tx, claim.id, { outcome: 'dead', failureCode: failure.code, details: failure.details });
  await tx
    .update(files)
    .set({ state: 'failed' })
    .where(and(isOf(row), inArray(files.state, ['stored', 'scanned', 'importing'])));
  await giveBack(tx, row, failure);
  return row;
};

/** Tells staff of a problem with a delivery, by what they know it by. */
export const tellOf = async (
  tx: Queryable,
  row: DeliveryRow,
  code: string,
  params: Record<string, string | number>,
): Promise<void> => {
  const [about] = await tx
    .select({ destination: destinations.name, receipt: submissions.receiptNumber, request: requests })
    .from(submissions)
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .innerJoin(destinations, eq(destinations.id, row.destinationId))
    .where(eq(submissions.id, row.submissionId));
  await raiseNotice(tx, {
    level: 'problem',
    code,
    subject: row.id,
    requestId: about?.request.id,
    params: {
      title: about?.request.title ?? '',
      receipt: about?.receipt ?? '',
      destination: about?.destination ?? '',
      ...params,
    },
  });
};

export const deadIn = async (tx: Queryable, claim: Claim, failure: AttemptFailure): Promise<boolean> => {
  const row = await endDead(tx, claim, failure);
  if (row === undefined) return false;
  await tellOf(tx, row, deadNotice, { reason: failure.code, attempts: row.attempts });
  await audit(tx, row, 'delivery.dead', { reason: failure.code });
  return true;
};

const audit = (tx: Queryable, row: DeliveryRow, action: AuditAction, details: Record<string, unknown>) =>
  recordAudit(tx, {
    actor: 'system',
    action,
    subject: row.id,
    details: {
      ...details,
      submission: row.submissionId,
      destination: row.destinationId,
      attempts: row.attempts,
    },
  });
