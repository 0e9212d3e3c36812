import { and, asc, eq, gt, inArray, isNull, lte, ne, notInArray, sql } from 'drizzle-orm';
import { alias, type PgUpdateSetSource } from 'drizzle-orm/pg-core';
import type { Queryable } from '../client.ts';
import {
  accounts,
  deliveries,
  destinations,
  files,
  links,
  notices,
  type ProofCheck,
  requestDestinations,
  requests,
  type ShareState,
  shares,
  submissions,
  uploads,
} from '../schema/index.ts';

export type RequestRow = typeof requests.$inferSelect;
export type ShareRow = typeof shares.$inferSelect;
export type LinkRow = typeof links.$inferSelect;

export const insertRequest = async (
  tx: Queryable,
  values: typeof requests.$inferInsert,
): Promise<RequestRow> => {
  const [row] = await tx.insert(requests).values(values).returning();
  if (row === undefined) throw new Error('an insert returned no row');
  return row;
};

export const findRequest = async (db: Queryable, requestId: string): Promise<RequestRow | undefined> => {
  const [row] = await db.select().from(requests).where(eq(requests.id, requestId));
  return row;
};

/** A request by the hash of a link's token, and the database's time beside it. Revoked links find nothing. */
export const findByLink = async (
  db: Queryable,
  tokenHash: string,
): Promise<{ request: RequestRow; link: LinkRow; now: Date } | undefined> => {
  const [row] = await db
    .select({ request: requests, link: links, now: sql<string>`now()` })
    .from(links)
    .innerJoin(requests, eq(requests.id, links.requestId))
    .where(and(eq(links.tokenHash, tokenHash), isNull(links.revokedAt), ne(requests.state, 'draft')));
  return row === undefined ? undefined : { ...row, now: new Date(row.now) };
};

/** The sealed token of a link that still leads somewhere. */
export const findLink = async (db: Queryable, linkId: string): Promise<LinkRow | undefined> => {
  const [row] = await db
    .select()
    .from(links)
    .where(and(eq(links.id, linkId), isNull(links.revokedAt)));
  return row;
};

export const setRequest = async (
  tx: Queryable,
  requestId: string,
  values: PgUpdateSetSource<typeof requests>,
): Promise<void> => {
  await tx.update(requests).set(values).where(eq(requests.id, requestId));
};

/** Closes an open request. @returns false when it was not open */
export const closeRequestRow = async (tx: Queryable, requestId: string): Promise<boolean> => {
  const rows = await tx
    .update(requests)
    .set({ state: 'closed', closedAt: sql`now()` })
    .where(and(eq(requests.id, requestId), eq(requests.state, 'open')))
    .returning({ id: requests.id });
  return rows.length === 1;
};

export const deleteDraft = async (tx: Queryable, requestId: string): Promise<void> => {
  await tx.delete(requests).where(and(eq(requests.id, requestId), eq(requests.state, 'draft')));
};

export const insertLink = async (tx: Queryable, values: typeof links.$inferInsert): Promise<void> => {
  await tx.insert(links).values(values);
};

export const attachDestinations = async (tx: Queryable, requestId: string, ids: string[]): Promise<void> => {
  if (ids.length === 0) return;
  await tx
    .insert(requestDestinations)
    .values(ids.map((destinationId) => ({ requestId, destinationId })))
    .onConflictDoNothing();
};

/** Takes off all but these. What was sealed before goes on to them all the same. */
export const detachDestinations = async (tx: Queryable, requestId: string, kept: string[]): Promise<void> => {
  await tx
    .delete(requestDestinations)
    .where(
      and(eq(requestDestinations.requestId, requestId), notInArray(requestDestinations.destinationId, kept)),
    );
};

/** The keys of questions that somebody has answered. */
export const answeredKeys = async (db: Queryable, requestId: string): Promise<Set<string>> => {
  const rows = await db
    .select({
      keys: sql<string[]>`array(select key from jsonb_each_text(${submissions.answers}) where value <> '')`,
    })
    .from(submissions)
    .where(and(eq(submissions.requestId, requestId), ne(submissions.state, 'discarded')));
  return new Set(rows.flatMap(({ keys }) => keys));
};

export const insertShare = async (tx: Queryable, values: typeof shares.$inferInsert): Promise<void> => {
  await tx.insert(shares).values(values);
};

export const setShare = async (
  tx: Queryable,
  requestId: string,
  values: PgUpdateSetSource<typeof shares>,
): Promise<void> => {
  await tx.update(shares).set(values).where(eq(shares.requestId, requestId));
};

/** A request was changed so that its shares must follow. @param passwordTold whether staff see the share's password from now on */
export const addChangeToTell = async (
  tx: Queryable,
  requestId: string,
  passwordTold: boolean,
): Promise<void> => {
  await tx
    .update(shares)
    .set({
      changesToTell: sql`${shares.changesToTell} + 1`,
      ...(passwordTold && { passwordTold }),
    })
    .where(eq(shares.requestId, requestId));
};

/** @param told how many there were when Nextcloud was told: of later ones it was not */
export const clearChangesToTell = async (db: Queryable, requestId: string, told: number): Promise<void> => {
  await db
    .update(shares)
    .set({ changesToTell: 0 })
    .where(and(eq(shares.requestId, requestId), eq(shares.changesToTell, told)));
};

/** Open ones with changes that Nextcloud was not told yet. */
export const requestsToTell = (db: Queryable) =>
  db
    .select({ id: requests.id })
    .from(requests)
    .innerJoin(shares, eq(shares.requestId, requests.id))
    .where(and(eq(requests.state, 'open'), gt(shares.changesToTell, 0)))
    .limit(100);

/** Requests that take nothing any more, and whose share is there all the same. */
export const sharesOfClosed = (db: Queryable) =>
  db
    .select({ id: requests.id })
    .from(requests)
    .innerJoin(shares, eq(shares.requestId, requests.id))
    .where(and(inArray(requests.state, ['closed', 'archived']), ne(shares.state, 'gone')))
    .limit(100);

/** @param nextcloudShareId the one that was removed: another that was made since stays */
export const setShareGone = async (
  db: Queryable,
  requestId: string,
  nextcloudShareId: string,
): Promise<void> => {
  await db
    .update(shares)
    .set({ state: 'gone', provenAt: sql`now()` })
    .where(and(eq(shares.requestId, requestId), eq(shares.nextcloudShareId, nextcloudShareId)));
};

/** Whether files are on their way, into Nextcloud, out of it, or on to a destination. */
export const isUnderWay = async (db: Queryable, requestId: string): Promise<boolean> => {
  const coming = await db
    .select({ id: submissions.id })
    .from(submissions)
    .where(and(eq(submissions.requestId, requestId), inArray(submissions.state, ['open', 'finishing'])))
    .limit(1);
  const notRemoved = await db
    .select({ id: uploads.id })
    .from(uploads)
    .innerJoin(submissions, eq(submissions.id, uploads.submissionId))
    .where(and(eq(submissions.requestId, requestId), isNull(uploads.removedAt)))
    .limit(1);
  const going = await db
    .select({ id: deliveries.id })
    .from(deliveries)
    .innerJoin(submissions, eq(submissions.id, deliveries.submissionId))
    .where(and(eq(submissions.requestId, requestId), inArray(deliveries.state, ['waiting', 'delivering'])))
    .limit(1);
  return coming.length + notRemoved.length + going.length > 0;
};

/** Takes a request away with everything that hangs on it. @returns how much that was */
export const deleteRequest = async (
  tx: Queryable,
  requestId: string,
): Promise<{ submissions: number; files: number }> => {
  const own = tx.select({ id: submissions.id }).from(submissions).where(eq(submissions.requestId, requestId));
  await tx.delete(deliveries).where(inArray(deliveries.submissionId, own));
  const gone = await tx.delete(files).where(eq(files.requestId, requestId)).returning({ id: files.id });
  await tx.delete(uploads).where(inArray(uploads.submissionId, own));
  const sent = await tx
    .delete(submissions)
    .where(eq(submissions.requestId, requestId))
    .returning({ id: submissions.id });
  await tx.delete(notices).where(eq(notices.requestId, requestId));
  await tx.delete(requests).where(eq(requests.id, requestId));
  return { submissions: sent.length, files: gone.length };
};

export const findShare = async (
  db: Queryable,
  requestId: string,
): Promise<(ShareRow & { ageSeconds: number; now: string }) | undefined> => {
  const [row] = await db
    .select({
      share: shares,
      ageSeconds: sql<string>`extract(epoch from now() - ${shares.provenAt})`,
      now: sql<string>`now()::text`,
    })
    .from(shares)
    .where(eq(shares.requestId, requestId));
  return row === undefined ? undefined : { ...row.share, ageSeconds: Number(row.ageSeconds), now: row.now };
};

/** @param now of `findShare` goes here as `askedAt` @returns false when a younger proof is there: nothing was changed */
export const recordProof = async (
  tx: Queryable,
  requestId: string,
  proof: {
    /** When Nextcloud was asked, by the database's clock, as text. */
    askedAt: string;
    state: ShareState;
    permissions: number;
    checks: ProofCheck[];
    path: string | undefined;
  },
): Promise<boolean> => {
  const askedAt = sql`${proof.askedAt}::timestamptz`;
  const recorded = await tx
    .update(shares)
    .set({ state: proof.state, permissions: proof.permissions, proof: proof.checks, provenAt: askedAt })
    .where(and(eq(shares.requestId, requestId), lte(shares.provenAt, askedAt)))
    .returning({ requestId: shares.requestId });
  if (recorded.length === 0) return false;
  if (proof.path !== undefined) await setRequest(tx, requestId, { folderPath: proof.path });
  return true;
};

const sameUser = alias(accounts, 'same_user');

/**
 * Another request whose folder is this one of the account's, or lies in it or around it, as long as files may come to it. The
 * same Nextcloud user may have been connected twice.
 */
export const requestAround = async (db: Queryable, accountId: string, folder: string) => {
  const [row] = await db
    .select({ id: requests.id, title: requests.title, teamId: requests.teamId })
    .from(requests)
    .innerJoin(accounts, eq(accounts.id, requests.accountId))
    .innerJoin(sameUser, and(eq(sameUser.baseUrl, accounts.baseUrl), eq(sameUser.userId, accounts.userId)))
    .where(
      and(
        eq(sameUser.id, accountId),
        inArray(requests.state, ['open', 'closed']),
        sql`(starts_with(${requests.folderPath} || '/', ${`${folder}/`}) or starts_with(${`${folder}/`}, ${requests.folderPath} || '/'))`,
      ),
    )
    .limit(1);
  return row;
};

/** Open requests whose proof is older than so many seconds. */
export const requestsToProve = (db: Queryable, olderThanSeconds: number) =>
  db
    .select({ id: requests.id })
    .from(requests)
    .innerJoin(shares, eq(shares.requestId, requests.id))
    .where(
      and(
        eq(requests.state, 'open'),
        sql`${shares.provenAt} < now() - ${olderThanSeconds} * interval '1 second'`,
      ),
    );

export const destinationsOf = (db: Queryable, ...requestIds: string[]) =>
  requestIds.length === 0
    ? Promise.resolve([])
    : db
        .select({ requestId: requestDestinations.requestId, id: destinations.id, name: destinations.name })
        .from(requestDestinations)
        .innerJoin(destinations, eq(destinations.id, requestDestinations.destinationId))
        .where(inArray(requestDestinations.requestId, requestIds))
        .orderBy(asc(destinations.name));
