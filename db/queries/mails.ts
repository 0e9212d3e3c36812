import { and, asc, eq, gt, inArray, isNotNull, isNull, lte, ne, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../client.ts';
import { mails, notices, staff } from '../schema/index.ts';
import { wake } from './jobs.ts';
import { nobodyHolds } from './nodes.ts';

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

/** Said to staff by mail: what was sealed, and every problem. Not that mail fails. */
const isForMail = and(
  isNull(notices.digest),
  or(
    and(eq(notices.level, 'problem'), isNull(notices.resolvedAt)),
    inArray(notices.code, ['submission.sealed', 'submission.unfinished', 'submission.found']),
  ),
  sql`${notices.code} not like 'mail.%'`,
  // Whoever sets mail up today is not told the history of the installation.
  gt(notices.firstSeenAt, sql`now() - interval '1 day'`),
);

/** One number for the advisory lock that lets one node gather at a time. */
const gatherLock = 7_081_513;

/**
 * Makes one digest of the notices that no mail has told yet, for everybody on the staff who has an address. Does nothing
 * when the last one is younger than `leastMinutes`: what comes meanwhile is in the next.
 * @returns to how many people
 */
export const gatherDigest = (db: Database, leastMinutes: number): Promise<number> =>
  db.transaction(async (tx) => {
    const [lock] = await tx.execute<{ ours: boolean }>(
      sql`select pg_try_advisory_xact_lock(${gatherLock}) as ours`,
    );
    if (lock?.ours !== true || (await hasDigestSince(tx, leastMinutes))) return 0;
    const people = await tx
      .select({ email: staff.email })
      .from(staff)
      .where(and(isNotNull(staff.email), ne(staff.email, ''), isNull(staff.disabledAt)))
      .orderBy(asc(staff.email));
    if (people.length === 0) return 0;
    const digest = sql<string>`'dig_' || replace(gen_random_uuid()::text, '-', '')`;
    const [made] = await tx.execute<{ id: string }>(sql`select ${digest} as id`);
    if (made === undefined) throw new Error('a select returned no row');
    const told = await tx
      .update(notices)
      .set({ digest: made.id })
      .where(isForMail)
      .returning({ id: notices.id });
    if (told.length === 0) return 0;
    const addresses = new Set(people.flatMap(({ email }) => email?.toLowerCase() ?? []));
    for (const recipient of addresses) await queueMail(tx, { kind: 'digest', subject: made.id, recipient });
    return addresses.size;
  });

const hasDigestSince = async (tx: Queryable, minutes: number): Promise<boolean> => {
  const rows = await tx
    .select({ id: mails.id })
    .from(mails)
    .where(and(eq(mails.kind, 'digest'), gt(mails.createdAt, sql`now() - ${minutes} * interval '1 minute'`)))
    .limit(1);
  return rows.length > 0;
};

/** The notices of a digest, the oldest first. */
export const noticesOfDigest = (db: Queryable, digest: string) =>
  db
    .select()
    .from(notices)
    .where(eq(notices.digest, digest))
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
