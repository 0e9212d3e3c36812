import { and, asc, eq, inArray, isNotNull, lte, notExists, sql } from 'drizzle-orm';
import type { PgInsertValue, PgUpdateSetSource } from 'drizzle-orm/pg-core';
import type { Queryable } from '../client.ts';
import {
  deliveries,
  destinations,
  files,
  requests,
  type ShareState,
  shares,
  submissions,
  uploads,
} from '../schema/index.ts';

export type SubmissionRow = typeof submissions.$inferSelect;
export type FileRow = typeof files.$inferSelect;

export interface SubmissionWithRequest {
  submission: SubmissionRow;
  request: typeof requests.$inferSelect;
  /** What was last known of the request's share; undefined before it was opened. */
  share: { state: ShareState; ageSeconds: number } | undefined;
  /** The database's time. */
  now: Date;
}

/** @returns undefined when the receipt number was drawn before: draw again */
export const insertSubmission = async (
  tx: Queryable,
  values: PgInsertValue<typeof submissions>,
): Promise<SubmissionRow | undefined> => {
  const [row] = await tx
    .insert(submissions)
    .values(values)
    .onConflictDoNothing({ target: submissions.receiptNumber })
    .returning();
  return row;
};

const withRequest = (db: Queryable) =>
  db
    .select({
      submission: submissions,
      request: requests,
      shareState: shares.state,
      shareAgeSeconds: sql<string | null>`extract(epoch from now() - ${shares.provenAt})`,
      now: sql<string>`now()`,
    })
    .from(submissions)
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .leftJoin(shares, eq(shares.requestId, requests.id));

const first = (rows: Awaited<ReturnType<typeof withRequest>>): SubmissionWithRequest | undefined => {
  const [row] = rows;
  if (row === undefined) return undefined;
  const { shareState: state, shareAgeSeconds, submission, request, now } = row;
  const share = state === null ? undefined : { state, ageSeconds: Number(shareAgeSeconds) };
  return { submission, request, share, now: new Date(now) };
};

export const findSubmission = async (db: Queryable, submissionId: string) =>
  first(await withRequest(db).where(eq(submissions.id, submissionId)));

export const findByCredential = async (db: Queryable, credentialHash: string) =>
  first(await withRequest(db).where(eq(submissions.credentialHash, credentialHash)));

/** The same, with the submission's row held until the transaction ends: admissions and seals wait their turn. */
export const lockSubmission = async (tx: Queryable, submissionId: string) =>
  first(await withRequest(tx).where(eq(submissions.id, submissionId)).for('update', { of: submissions }));

/**
 * Holds the request's row until the transaction ends, for limits that all its submissions share. Taken before the row
 * of a submission, as closing a request does, or the two wait for each other.
 */
export const lockRequest = async (tx: Queryable, requestId: string): Promise<void> => {
  await tx.select({ id: requests.id }).from(requests).where(eq(requests.id, requestId)).for('no key update');
};

export const setSubmission = async (
  tx: Queryable,
  submissionId: string,
  values: PgUpdateSetSource<typeof submissions>,
): Promise<void> => {
  await tx.update(submissions).set(values).where(eq(submissions.id, submissionId));
};

/** Marks the submitter as done. @returns false when it was not open */
export const markFinishing = async (
  tx: Queryable,
  submissionId: string,
  bySubmitter: boolean,
): Promise<boolean> => {
  const rows = await tx
    .update(submissions)
    .set({ state: 'finishing', finishedBySubmitter: bySubmitter, finishedAt: sql`now()` })
    .where(and(eq(submissions.id, submissionId), eq(submissions.state, 'open')))
    .returning({ id: submissions.id });
  return rows.length === 1;
};

/** The uploads of a submission, in the order they were admitted, each with the file it has become. */
export const uploadsOf = (db: Queryable, submissionId: string) =>
  db
    .select({ upload: uploads, file: files })
    .from(uploads)
    .leftJoin(files, eq(files.uploadId, uploads.id))
    .where(eq(uploads.submissionId, submissionId))
    .orderBy(asc(uploads.admittedAt), asc(uploads.id));

export const filesOf = (db: Queryable, submissionId: string): Promise<FileRow[]> =>
  db.select().from(files).where(eq(files.submissionId, submissionId)).orderBy(asc(files.path));

export const deliveriesOf = (db: Queryable, submissionIds: string[]) =>
  submissionIds.length === 0
    ? Promise.resolve([])
    : db
        .select({ delivery: deliveries, destination: destinations.name })
        .from(deliveries)
        .innerJoin(destinations, eq(destinations.id, deliveries.destinationId))
        .where(inArray(deliveries.submissionId, submissionIds));

/** By the ids of submissions. */
export const receiptNumbersOf = async (db: Queryable, ids: string[]): Promise<Map<string, string>> => {
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ id: submissions.id, receiptNumber: submissions.receiptNumber })
    .from(submissions)
    .where(inArray(submissions.id, ids));
  return new Map(rows.map(({ id, receiptNumber }) => [id, receiptNumber]));
};

/** What adds to a submission and has a receipt of its own, in the order in which it came. */
export const supplementsOf = (db: Queryable, submissionId: string): Promise<SubmissionRow[]> =>
  db
    .select()
    .from(submissions)
    .where(and(eq(submissions.supplementOf, submissionId), eq(submissions.state, 'sealed')))
    .orderBy(asc(submissions.sealedAt));

export const openSubmissionsOf = (db: Queryable, requestId: string) =>
  db
    .select({ id: submissions.id })
    .from(submissions)
    .where(and(eq(submissions.requestId, requestId), eq(submissions.state, 'open')));

/** Open submissions by a link to which nothing has been sent: all, and those begun from one network. */
export const emptySubmissions = async (
  db: Queryable,
  linkId: string,
  network: string,
): Promise<{ link: number; network: number }> => {
  const [row] = await db
    .select({
      link: sql<string>`count(*)`,
      network: sql<string>`count(*) filter (where ${submissions.network} = ${network})`,
    })
    .from(submissions)
    .where(
      and(eq(submissions.linkId, linkId), eq(submissions.state, 'open'), isNotNull(submissions.network)),
    );
  return { link: Number(row?.link ?? 0), network: Number(row?.network ?? 0) };
};

/** Submissions in which nothing has happened for so long and that nobody has finished. */
export const idleSubmissions = (db: Queryable, idleMinutes: number, limit = 100) =>
  db
    .select({ id: submissions.id })
    .from(submissions)
    .where(
      and(
        eq(submissions.state, 'open'),
        lte(submissions.lastActivityAt, sql`now() - ${idleMinutes} * interval '1 minute'`),
        notExists(
          db
            .select({ one: sql`1` })
            .from(uploads)
            .where(
              and(
                eq(uploads.submissionId, submissions.id),
                eq(uploads.state, 'uploading'),
                sql`${uploads.updatedAt} > now() - ${idleMinutes} * interval '1 minute'`,
              ),
            ),
        ),
      ),
    )
    .limit(limit);

/** Finished submissions that wait only to be sealed: what a lost wake-up leaves behind. */
export const submissionsToSeal = (db: Queryable, limit = 100) =>
  db
    .select({ id: submissions.id })
    .from(submissions)
    .where(
      and(
        eq(submissions.state, 'finishing'),
        notExists(
          db
            .select({ one: sql`1` })
            .from(uploads)
            .where(
              and(
                eq(uploads.submissionId, submissions.id),
                inArray(uploads.state, ['uploading', 'received']),
              ),
            ),
        ),
      ),
    )
    .limit(limit);
