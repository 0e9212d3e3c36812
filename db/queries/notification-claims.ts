import { and, eq, exists, gt, isNull, notInArray, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../client.ts';
import { nodes, notices, notifications, staff } from '../schema/index.ts';
import { wake } from './jobs.ts';
import { raiseNotice, resolveNotices } from './notices.ts';
import { isNotificationDue, isStillWanted, unknownUserNotice } from './notifications.ts';
import { findOwnAccount } from './own-accounts.ts';

/** One that this node may send until another claims it: every write names the epoch. */
export interface NotificationClaim {
  id: string;
  epoch: number;
}

export interface ClaimedNotification extends NotificationClaim {
  staffId: string;
  attempts: number;
  createdAt: Date;
  notice: Pick<typeof notices.$inferSelect, 'id' | 'code' | 'params' | 'requestId'>;
  language: 'en' | 'ja' | null;
  /** Whom Nextcloud is to tell. */
  nextcloudUser: string;
}

/** Staff are told under this while Nextcloud takes none. */
const failingNotice = 'notification.failing';
const failingSubject = 'nextcloud';

/**
 * Takes a due one for this node. The lease holds as long as the node's heart beats (database time).
 * @returns undefined when it is not due, is held by a living node, is done, or is wanted no more
 */
export const claimNotification = (
  db: Database,
  id: string,
  nodeId: string,
): Promise<ClaimedNotification | undefined> =>
  db.transaction(async (tx) => {
    const isAlive = exists(
      tx
        .select({ one: sql`1` })
        .from(nodes)
        .where(and(eq(nodes.id, nodeId), gt(nodes.aliveUntil, sql`now()`))),
    );
    const [row] = await tx
      .update(notifications)
      .set({
        state: 'sending',
        epoch: sql`${notifications.epoch} + 1`,
        attempts: sql`${notifications.attempts} + 1`,
        leaseNode: nodeId,
      })
      .where(and(eq(notifications.id, id), isNotificationDue, isAlive, isStillWanted))
      .returning();
    if (row === undefined) return undefined;
    const [about] = await tx
      .select({ notice: notices, person: staff })
      .from(notices)
      .innerJoin(staff, eq(staff.id, row.staffId))
      .where(eq(notices.id, row.noticeId));
    if (about === undefined || about.person.nextcloudUser === null) return undefined;
    // As Nextcloud itself writes the name, where that is known.
    const own = await findOwnAccount(tx, row.staffId);
    return {
      ...row,
      notice: about.notice,
      language: about.person.language,
      nextcloudUser: own?.userId ?? about.person.nextcloudUser,
    };
  });

const setClaimed = async (
  tx: Queryable,
  claim: NotificationClaim,
  values: Parameters<ReturnType<Queryable['update']>['set']>[0],
) => {
  const [row] = await tx
    .update(notifications)
    .set({ ...values, leaseNode: null })
    .where(
      and(
        eq(notifications.id, claim.id),
        eq(notifications.epoch, claim.epoch),
        eq(notifications.state, 'sending'),
      ),
    )
    .returning();
  return row;
};

/** Nextcloud has taken it. @returns false when the claim is stale: nothing was changed */
export const recordNotified = (db: Database, claim: NotificationClaim): Promise<boolean> =>
  db.transaction(async (tx) => {
    const row = await setClaimed(tx, claim, { state: 'sent', failureCode: null });
    if (row === undefined) return false;
    await resolveNotices(tx, failingNotice, failingSubject);
    await resolveNotices(tx, unknownUserNotice, row.staffId);
    return true;
  });

/** @returns when it is tried again; undefined when the claim is stale: nothing was changed */
export const recordNotificationRetry = (
  db: Database,
  claim: NotificationClaim,
  failureCode: string,
  options: { delayMs: number; tellStaff: boolean },
): Promise<Date | undefined> =>
  db.transaction(async (tx) => {
    const row = await setClaimed(tx, claim, {
      state: 'waiting',
      failureCode,
      nextAttemptAt: sql`date_trunc('milliseconds', now() + ${options.delayMs} * interval '1 millisecond')`,
    });
    if (row === undefined) return undefined;
    await wake(tx, 'notify', row.id, row.nextAttemptAt);
    if (options.tellStaff)
      await raiseNotice(tx, {
        level: 'problem',
        code: failingNotice,
        subject: failingSubject,
        params: { reason: failureCode },
      });
    return row.nextAttemptAt;
  });

/**
 * It is not tried any more.
 * @param unknownUser Nextcloud knows none of that name, and staff are told so
 * @returns false when the claim is stale: nothing was changed
 */
export const recordNotificationGivenUp = (
  db: Database,
  claim: NotificationClaim,
  failureCode: string,
  unknownUser?: string,
): Promise<boolean> =>
  db.transaction(async (tx) => {
    const row = await setClaimed(tx, claim, { state: 'given-up', failureCode });
    if (row === undefined) return false;
    if (unknownUser !== undefined)
      await raiseNotice(tx, {
        level: 'warning',
        code: unknownUserNotice,
        subject: row.staffId,
        params: { account: unknownUser },
      });
    return true;
  });

/** The last word about them was that Nextcloud does not know their account. */
export const isUnknownAtNextcloud = async (db: Queryable, staffId: string): Promise<boolean> =>
  (
    await db
      .select({ id: notices.id })
      .from(notices)
      .where(
        and(eq(notices.code, unknownUserNotice), eq(notices.subject, staffId), isNull(notices.resolvedAt)),
      )
      .limit(1)
  ).length > 0;

/**
 * Gives back what this node holds and is not at: a claim whose record was lost.
 * @param activeIds what it is at
 */
export const releaseForgottenNotifications = async (
  tx: Queryable,
  nodeId: string,
  activeIds: readonly string[],
): Promise<void> => {
  await tx
    .update(notifications)
    .set({ state: 'waiting', leaseNode: null })
    .where(
      and(
        eq(notifications.state, 'sending'),
        eq(notifications.leaseNode, nodeId),
        activeIds.length === 0 ? undefined : notInArray(notifications.id, [...activeIds]),
      ),
    );
};
