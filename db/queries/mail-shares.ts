import { and, asc, eq, inArray, isNotNull, lte, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import type { Queryable } from '../client.ts';
import { mailShares, requests } from '../schema/index.ts';

export type MailShareRow = typeof mailShares.$inferSelect;

/** The oldest first, and those that were asked for together by their address. */
export const mailSharesOf = (db: Queryable, requestId: string): Promise<MailShareRow[]> =>
  db
    .select()
    .from(mailShares)
    .where(eq(mailShares.requestId, requestId))
    .orderBy(asc(mailShares.createdAt), asc(mailShares.addressKey));

/** Has it sent to an address; what was sent and stands is left as it is. @returns whether there is something to send */
export const askForMailShare = async (
  tx: Queryable,
  values: Pick<MailShareRow, 'requestId' | 'address' | 'addressKey' | 'passwordSealed'>,
): Promise<boolean> => {
  const { passwordSealed, address } = values;
  const rows = await tx
    .insert(mailShares)
    .values(values)
    .onConflictDoUpdate({
      target: [mailShares.requestId, mailShares.addressKey],
      set: {
        address,
        passwordSealed,
        state: 'waiting',
        attempts: 0,
        failureCode: null,
        sentAt: null,
        notBefore: sql`now()`,
      },
      setWhere: inArray(mailShares.state, ['failed', 'ended']),
    })
    .returning({ id: mailShares.id });
  return rows.length === 1;
};

/** How long whoever takes one up may work on it. */
const claimSeconds = 120;

/** Takes up the one that has waited longest, of an open request; of one request, where it is named. */
export const claimMailShare = async (
  db: Queryable,
  requestId?: string,
): Promise<MailShareRow | undefined> => {
  const next = db
    .select({ id: mailShares.id })
    .from(mailShares)
    .innerJoin(requests, eq(requests.id, mailShares.requestId))
    .where(
      and(
        eq(mailShares.state, 'waiting'),
        lte(mailShares.notBefore, sql`now()`),
        eq(requests.state, 'open'),
        requestId === undefined ? undefined : eq(requests.id, requestId),
      ),
    )
    .orderBy(asc(mailShares.notBefore), asc(mailShares.addressKey))
    .limit(1)
    .for('update', { of: mailShares, skipLocked: true });
  const [row] = await db
    .update(mailShares)
    .set({
      notBefore: sql`now() + ${claimSeconds} * interval '1 second'`,
      attempts: sql`${mailShares.attempts} + 1`,
    })
    .where(inArray(mailShares.id, next))
    .returning();
  return row;
};

/** @returns false when it does not wait any more: it was withdrawn, or its request closed */
export const setWaitingMailShare = async (
  db: Queryable,
  id: string,
  values: PgUpdateSetSource<typeof mailShares>,
): Promise<boolean> => {
  const rows = await db
    .update(mailShares)
    .set(values)
    .where(and(eq(mailShares.id, id), eq(mailShares.state, 'waiting')))
    .returning({ id: mailShares.id });
  return rows.length === 1;
};

/** Those with a share in Nextcloud. */
export const mailSharesInNextcloud = async (
  db: Queryable,
  requestId: string,
): Promise<{ id: string; nextcloudShareId: string }[]> =>
  (await mailSharesOf(db, requestId)).flatMap(({ id, nextcloudShareId }) =>
    nextcloudShareId === null ? [] : [{ id, nextcloudShareId }],
  );

/** @param nextcloudShareId the one that is gone: another that was made since stays */
export const endMailShare = async (db: Queryable, id: string, nextcloudShareId: string): Promise<void> => {
  await db
    .update(mailShares)
    .set({ state: 'ended', nextcloudShareId: null })
    .where(and(eq(mailShares.id, id), eq(mailShares.nextcloudShareId, nextcloudShareId)));
};

/** What of a request still waits is not sent any more. */
export const endWaitingMailShares = async (db: Queryable, requestId: string): Promise<void> => {
  await db
    .update(mailShares)
    .set({ state: 'ended' })
    .where(and(eq(mailShares.requestId, requestId), eq(mailShares.state, 'waiting')));
};

/** @returns what was removed; undefined when it was not there */
export const deleteMailShare = async (
  tx: Queryable,
  requestId: string,
  id: string,
): Promise<MailShareRow | undefined> => {
  const [row] = await tx
    .delete(mailShares)
    .where(and(eq(mailShares.requestId, requestId), eq(mailShares.id, id)))
    .returning();
  return row;
};

/** Requests that take nothing any more, and that have mail shares in Nextcloud all the same. */
export const mailSharesOfClosed = (db: Queryable) =>
  db
    .select({ id: requests.id })
    .from(requests)
    .innerJoin(mailShares, eq(mailShares.requestId, requests.id))
    .where(and(inArray(requests.state, ['closed', 'archived']), isNotNull(mailShares.nextcloudShareId)))
    .groupBy(requests.id)
    .limit(100);
