import { and, asc, eq, gt, inArray, isNotNull, isNull, lte, notExists, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../client.ts';
import { notices, notifications, staff } from '../schema/index.ts';
import { wake } from './jobs.ts';
import { nobodyHolds } from './nodes.ts';
import { resolveNotices } from './notices.ts';
import { isOfTheirTeams, isToldElsewhere } from './told-notices.ts';

/** Notices on their way to the notifications that staff have at Nextcloud. */

/** Staff are told under this, by person, when Nextcloud knows no such account. */
export const unknownUserNotice = 'notification.unknown-user';

/** From now on, or from when they wanted it; or no more. */
export const setNotified = async (tx: Queryable, staffId: string, wanted: boolean): Promise<void> => {
  await tx
    .update(staff)
    .set({ notifiedSince: wanted ? sql`coalesce(${staff.notifiedSince}, now())` : null })
    .where(eq(staff.id, staffId));
  if (!wanted) await resolveNotices(tx, unknownUserNotice, staffId);
};

/** SQL, for a row of `staff` and one of `notices`: they want it told. Not that notifications fail. */
const isWanted = and(
  isToldElsewhere,
  isOfTheirTeams,
  sql`${notices.code} not like 'notification.%'`,
  gt(notices.firstSeenAt, staff.notifiedSince),
  isNotNull(staff.nextcloudUser),
  isNull(staff.disabledAt),
);

/** SQL, for a row of `notifications`: it is wanted still. */
export const isStillWanted = sql`exists (
  select from ${notices}, ${staff}
  where ${notices.id} = ${notifications.noticeId} and ${staff.id} = ${notifications.staffId} and ${isWanted})`;

/** Told no more after this, as after a long outage, or when a person comes into a team. */
const toldForHours = 24;

/**
 * Makes a row for every notice and everybody who wants it told, once, and wakes who sends it; takes back what is wanted no
 * more, as of a problem that has passed meanwhile.
 */
export const gatherNotifications = (db: Database, limit = 1000): Promise<void> =>
  db.transaction(async (tx) => {
    await tx.delete(notifications).where(and(eq(notifications.state, 'waiting'), sql`not ${isStillWanted}`));
    const wanted = await tx
      .select({ noticeId: notices.id, staffId: staff.id })
      .from(notices)
      .innerJoin(staff, isWanted)
      .where(
        and(
          gt(notices.firstSeenAt, sql`now() - ${toldForHours} * interval '1 hour'`),
          notExists(
            tx
              .select({ one: sql`1` })
              .from(notifications)
              .where(and(eq(notifications.noticeId, notices.id), eq(notifications.staffId, staff.id))),
          ),
        ),
      )
      .orderBy(asc(notices.firstSeenAt), asc(notices.id))
      .limit(limit);
    if (wanted.length === 0) return;
    // Another node may gather at the same time: of two rows for one, the second is none.
    const added = await tx
      .insert(notifications)
      .values(wanted)
      .onConflictDoNothing()
      .returning({ id: notifications.id });
    for (const { id } of added) await wake(tx, 'notify', id);
  });

/** SQL: its time has come, and no living node is at it. */
export const isNotificationDue = or(
  and(eq(notifications.state, 'waiting'), lte(notifications.nextAttemptAt, sql`now()`)),
  and(eq(notifications.state, 'sending'), nobodyHolds(notifications.leaseNode)),
);

/** Wakes for all that is due, the longest overdue first: whatever became of its job. */
export const wakeDueNotifications = async (tx: Queryable, limit = 500): Promise<void> => {
  const due = await tx
    .select({ id: notifications.id, nextAttemptAt: notifications.nextAttemptAt })
    .from(notifications)
    .where(isNotificationDue)
    .orderBy(asc(notifications.nextAttemptAt), asc(notifications.id))
    .limit(limit);
  for (const { id, nextAttemptAt } of due) await wake(tx, 'notify', id, nextAttemptAt);
};

/** Those that ended so long ago. None is made again: its notice is too old by then. */
export const forgetOldNotifications = async (db: Queryable, days = 30): Promise<void> => {
  await db
    .delete(notifications)
    .where(
      and(
        inArray(notifications.state, ['sent', 'given-up']),
        lte(notifications.createdAt, sql`now() - ${days} * interval '1 day'`),
      ),
    );
};
