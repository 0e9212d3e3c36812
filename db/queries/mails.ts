import { randomUUID } from 'node:crypto';
import { and, asc, eq, gt, inArray, isNotNull, isNull, lte, ne, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../client.ts';
import { mails, notices, type StaffRole, staff, toldNotices } from '../schema/index.ts';
import { wake } from './jobs.ts';
import { nobodyHolds } from './nodes.ts';
import { isToldElsewhere } from './told-notices.ts';

export type MailRow = typeof mails.$inferSelect;

/** In lower case and without `+…`: the same mailbox by another spelling. */
export const mailboxOf = (address: string): string =>
  address.toLowerCase().replace(/^([^@+]+)\+[^@]*@/, '$1@');

type NewMail = Pick<typeof mails.$inferInsert, 'kind' | 'subject' | 'requestId' | 'recipient' | 'language'>;

/** Puts a mail into the queue, once, and wakes who sends it: in the transaction of what it tells about. */
export const queueMail = async (tx: Queryable, mail: NewMail): Promise<void> => {
  const [row] = await tx
    .insert(mails)
    .values({ ...mail, mailbox: mailboxOf(mail.recipient) })
    .onConflictDoNothing()
    .returning({ id: mails.id });
  if (row !== undefined) await wake(tx, 'mail', row.id);
};

/** Said to staff by mail. Not that mail fails. */
const isForMail = and(
  isToldElsewhere,
  sql`${notices.code} not like 'mail.%'`,
  // Whoever sets mail up today is not told the history of the installation.
  gt(notices.firstSeenAt, sql`now() - interval '2 days'`),
);

/** One number for the advisory lock that lets one node gather at a time. */
const gatherLock = 7_081_513;

/**
 * Makes a digest for each of the staff who has an address, of the notices of their teams that no mail has told them yet.
 * Nothing for whom the last one is younger than `leastMinutes` (or a day, if they want it so): what comes meanwhile is in the
 * next.
 * @returns to how many people
 */
export const gatherDigests = (db: Database, leastMinutes: number): Promise<number> =>
  db.transaction(async (tx) => {
    const [lock] = await tx.execute<{ ours: boolean }>(
      sql`select pg_try_advisory_xact_lock(${gatherLock}) as ours`,
    );
    if (lock?.ours !== true) return 0;
    const people = await peopleToTell(tx, leastMinutes);
    let told = 0;
    for (const person of people) if (await tell(tx, person)) told += 1;
    return told;
  });

const peopleToTell = (tx: Queryable, leastMinutes: number) =>
  tx
    .select({ id: staff.id, email: staff.email, role: staff.role })
    .from(staff)
    .where(
      and(
        isNotNull(staff.email),
        ne(staff.email, ''),
        isNull(staff.disabledAt),
        ne(staff.mailing, 'none'),
        sql`not exists (
          select from told_notices t where t.staff_id = ${staff.id} and t.told_at > now() -
            case ${staff.mailing} when 'daily' then interval '1 day' else ${leastMinutes} * interval '1 minute' end)`,
      ),
    )
    .orderBy(asc(staff.email));

/** Whom it is for is read here, and not from their sessions: they need have none. */
const isFor = (person: { id: string; role: StaffRole }) =>
  and(
    isForMail,
    person.role === 'administrator'
      ? undefined
      : sql`(${notices.teamId} is null or ${notices.teamId} in (select m.team_id from team_members m where m.staff_id = ${person.id}))`,
    sql`not exists (select from told_notices t where t.notice_id = ${notices.id} and t.staff_id = ${person.id})`,
  );

const tell = async (
  tx: Queryable,
  person: { id: string; role: StaffRole; email: string | null },
): Promise<boolean> => {
  const found = await tx.select({ id: notices.id }).from(notices).where(isFor(person));
  if (found.length === 0 || person.email === null) return false;
  const digest = `dig_${randomUUID().replaceAll('-', '')}`;
  await tx
    .insert(toldNotices)
    .values(found.map(({ id: noticeId }) => ({ noticeId, staffId: person.id, digest })));
  await queueMail(tx, { kind: 'digest', subject: digest, recipient: person.email.toLowerCase() });
  return true;
};

/** The notices of a digest, the oldest first. */
export const noticesOfDigest = (db: Queryable, digest: string) =>
  db
    .select()
    .from(notices)
    .where(
      inArray(
        notices.id,
        db.select({ id: toldNotices.noticeId }).from(toldNotices).where(eq(toldNotices.digest, digest)),
      ),
    )
    .orderBy(asc(notices.firstSeenAt), asc(notices.id));

/** SQL: its time has come, and no living node is at it. */
export const isMailDue = or(
  and(eq(mails.state, 'waiting'), lte(mails.nextAttemptAt, sql`now()`)),
  and(eq(mails.state, 'sending'), nobodyHolds(mails.leaseNode)),
);

/** Wakes for every mail that is due, the longest overdue first: whatever became of its job. */
export const wakeDueMails = async (tx: Queryable, limit = 500): Promise<void> => {
  const due = await tx
    .select({ id: mails.id, nextAttemptAt: mails.nextAttemptAt })
    .from(mails)
    .where(isMailDue)
    .orderBy(asc(mails.nextAttemptAt), asc(mails.id))
    .limit(limit);
  for (const { id, nextAttemptAt } of due) await wake(tx, 'mail', id, nextAttemptAt);
};

/** Mails that ended so long ago: they name addresses, and nobody needs them any more. */
export const forgetOldMails = async (db: Queryable, days = 30): Promise<void> => {
  await db
    .delete(mails)
    .where(
      and(
        inArray(mails.state, ['sent', 'given-up', 'withheld']),
        lte(mails.createdAt, sql`now() - ${days} * interval '1 day'`),
      ),
    );
};
