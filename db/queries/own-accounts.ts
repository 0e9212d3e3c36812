import { and, desc, eq, exists, inArray, isNotNull, isNull, ne, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { accounts, requests, shares, staff, submissions } from '../schema/index.ts';
import type { AccountRow, StaffRow } from './people.ts';

/** Nextcloud accounts that members of staff have connected. */

/** The person, held until the transaction ends: of two who connect or disconnect at once, one is second. */
export const lockStaff = async (tx: Queryable, staffId: string): Promise<StaffRow | undefined> => {
  const [row] = await tx.select().from(staff).where(eq(staff.id, staffId)).for('update');
  return row;
};

export const findStaffByNextcloudUser = async (
  db: Queryable,
  userId: string,
): Promise<StaffRow | undefined> => {
  const [row] = await db.select().from(staff).where(eq(staff.nextcloudUser, userId.toLowerCase()));
  return row;
};

export const anyNextcloudUser = async (db: Queryable): Promise<boolean> =>
  (
    await db
      .select({ one: sql`1` })
      .from(staff)
      .where(and(isNotNull(staff.nextcloudUser), isNull(staff.disabledAt)))
      .limit(1)
  ).length > 0;

/** The account of the Nextcloud user that is named with the person; the newest, where the server has moved. */
export const findOwnAccount = async (db: Queryable, staffId: string): Promise<AccountRow | undefined> => {
  const [row] = await db
    .select({ account: accounts })
    .from(accounts)
    .innerJoin(staff, eq(staff.id, accounts.staffId))
    .where(and(eq(staff.id, staffId), sql`lower(${accounts.userId}) = ${staff.nextcloudUser}`))
    .orderBy(desc(accounts.createdAt), desc(accounts.id))
    .limit(1);
  return row?.account;
};

/** Held, so that it is not disconnected before the transaction ends. @returns undefined when it is already */
export const holdAccount = async (tx: Queryable, accountId: string): Promise<AccountRow | undefined> => {
  const [row] = await tx
    .select()
    .from(accounts)
    .where(and(eq(accounts.id, accountId), eq(accounts.revoked, false)))
    .for('share');
  return row;
};

/** Held, and no request is opened in it before the transaction ends. */
export const lockAccount = async (tx: Queryable, accountId: string): Promise<void> => {
  await tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, accountId)).for('update');
};

/** Requests for which the portal still has something to do in an account: take in, hand on, move, delete. */
export const requestsInNeedOf = async (db: Queryable, accountId: string): Promise<{ title: string }[]> => {
  const one = { one: sql`1` };
  const isShared = db
    .select(one)
    .from(shares)
    .where(and(eq(shares.requestId, requests.id), ne(shares.state, 'gone')));
  const isKept = db
    .select(one)
    .from(submissions)
    .where(
      and(
        eq(submissions.requestId, requests.id),
        or(
          and(isNull(submissions.purgedAt), isNotNull(requests.retentionDays)),
          and(isNull(submissions.tidiedAt), ne(requests.afterImport, 'keep')),
        ),
      ),
    );
  return db
    .select({ title: requests.title })
    .from(requests)
    .where(
      and(
        eq(requests.accountId, accountId),
        or(inArray(requests.state, ['draft', 'open', 'closed']), exists(isShared), exists(isKept)),
      ),
    )
    .orderBy(desc(requests.createdAt))
    .limit(100);
};
