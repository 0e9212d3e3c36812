import { and, asc, eq, exists, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../client.ts';
import { accounts, arrivals, files, mailShares, requests, submissions, uploads } from '../schema/index.ts';
import { recordAudit } from './audit.ts';
import { createDeliveries } from './deliveries.ts';
import { wake } from './jobs.ts';
import { raiseNotice } from './notices.ts';
import { insertSubmission } from './submissions.ts';

/** A closed request's folder is looked at for so long: what was on its way when it closed may still be found. */
export const daysLookedAtAfterClosing = 7;

const isLookedAt = and(
  sql`${requests.folderPath} is not null`,
  or(
    eq(requests.state, 'open'),
    and(
      eq(requests.state, 'closed'),
      sql`${requests.closedAt} > now() - ${daysLookedAtAfterClosing} * interval '1 day'`,
    ),
  ),
);

/** SQL: open, and its submitters were told of a page in Nextcloud. */
const takesInNextcloud = (db: Queryable) =>
  and(
    eq(requests.state, 'open'),
    or(
      requests.nextcloudPageAllowed,
      exists(
        db
          .select({ one: sql`1` })
          .from(mailShares)
          .where(and(eq(mailShares.requestId, requests.id), eq(mailShares.state, 'sent'))),
      ),
    ),
  );

/** Between two looks at a request that nobody asks for. */
export interface LookIntervals {
  /** Where submitters were told of a page in Nextcloud. */
  expectingSeconds: number;
  otherwiseSeconds: number;
}

/** Wakes a look at every request whose last one is so long ago. @returns how many */
export const wakeLooks = async (tx: Queryable, every: LookIntervals): Promise<number> => {
  const everySeconds = sql`case when ${takesInNextcloud(tx)} then ${every.expectingSeconds}::int
    else ${every.otherwiseSeconds}::int end`;
  const rows = await tx
    .select({ id: requests.id })
    .from(requests)
    .where(
      and(
        isLookedAt,
        or(
          isNull(requests.lookedAt),
          lte(requests.lookedAt, sql`now() - ${everySeconds} * interval '1 second'`),
        ),
      ),
    )
    .orderBy(asc(requests.id));
  for (const { id } of rows) await wake(tx, 'look', id);
  return rows.length;
};

/** Wakes a look at a request now. @returns false where it is not looked at (any more) */
export const wakeLookOf = async (tx: Queryable, requestId: string): Promise<boolean> => {
  const [row] = await tx
    .select({ id: requests.id })
    .from(requests)
    .where(and(eq(requests.id, requestId), isLookedAt));
  if (row !== undefined) await wake(tx, 'look', row.id);
  return row !== undefined;
};

/** Wakes a look at the request in whose folder a path lies, as Nextcloud names it: `/<account>/files/Uketori/…`. */
export const wakeLookAt = async (tx: Queryable, nodePath: string): Promise<boolean> => {
  const folder = sql`'/' || ${accounts.userId} || '/files' || ${requests.folderPath} || '/'`;
  const [row] = await tx
    .select({ id: requests.id })
    .from(requests)
    .innerJoin(accounts, eq(accounts.id, requests.accountId))
    .where(and(isLookedAt, sql`starts_with(${nodePath}, ${folder})`))
    .orderBy(sql`length(${requests.folderPath}) desc`)
    .limit(1);
  if (row !== undefined) await wake(tx, 'look', row.id);
  return row !== undefined;
};

/** @returns undefined for a request that is not looked at (any more); `just-looked` where it was, or is, just now */
export const claimLook = async (db: Queryable, requestId: string, leastSeconds: number) => {
  const [row] = await db
    .update(requests)
    .set({ lookedAt: sql`now()` })
    .where(
      and(
        eq(requests.id, requestId),
        isLookedAt,
        or(
          isNull(requests.lookedAt),
          lte(requests.lookedAt, sql`now() - ${leastSeconds} * interval '1 second'`),
        ),
      ),
    )
    .returning();
  if (row !== undefined) return row;
  const [known] = await db
    .select({ id: requests.id })
    .from(requests)
    .where(and(eq(requests.id, requestId), isLookedAt));
  return known === undefined ? undefined : ('just-looked' as const);
};

/** What the portal itself has put, or is putting, into a request's folder. */
export const ownFilesOf = async (db: Queryable, requestId: string) => {
  const older = await db
    .select({ fileId: arrivals.fileId })
    .from(arrivals)
    .where(and(eq(arrivals.requestId, requestId), eq(arrivals.isOlder, true)));
  const ofRequest = db
    .select({ id: submissions.id })
    .from(submissions)
    .where(eq(submissions.requestId, requestId));
  const underWay = await db
    .select({ path: uploads.targetPath, folderName: submissions.folderName, fileId: uploads.placedFileId })
    .from(uploads)
    .innerJoin(submissions, eq(submissions.id, uploads.submissionId))
    .where(and(inArray(uploads.submissionId, ofRequest), isNull(uploads.removedAt)));
  // Last: what is stored meanwhile is in neither answer when they are asked for the other way round.
  const stored = await db.select({ fileId: files.fileId }).from(files).where(eq(files.requestId, requestId));
  return {
    fileIds: new Set(
      [...stored, ...older, ...underWay].flatMap(({ fileId }) => (fileId === null ? [] : [fileId])),
    ),
    paths: new Set(underWay.map(({ path, folderName }) => `${folderName}/${path}`)),
  };
};

export interface SeenFile {
  fileId: number;
  path: string;
  etag: string;
  sizeBytes: number;
}

/** What lay in a request's folder before it was opened is not the request's, and is never taken for something sent. */
export const noteOlder = async (
  tx: Queryable,
  requestId: string,
  older: readonly SeenFile[],
): Promise<void> => {
  const rows = older.map((file) => ({ ...file, requestId, isOlder: true }));
  for (let start = 0; start < rows.length; start += 1000)
    await tx
      .insert(arrivals)
      .values(rows.slice(start, start + 1000))
      .onConflictDoNothing();
};

export interface Arrival extends SeenFile {
  /** It was seen as it is by then, by the database's clock. */
  sameSince: Date;
  /** For so long. */
  sameSeconds: number;
}

/** Notes what was seen, and forgets what is gone. @returns all of it, with how long each has stood still */
export const noteArrivals = (
  db: Database,
  requestId: string,
  seen: readonly SeenFile[],
): Promise<Arrival[]> =>
  db.transaction(async (tx) => {
    for (const file of seen)
      await tx
        .insert(arrivals)
        .values({ requestId, ...file })
        .onConflictDoUpdate({
          target: [arrivals.requestId, arrivals.fileId],
          set: {
            path: file.path,
            etag: file.etag,
            sizeBytes: file.sizeBytes,
            seenAt: sql`now()`,
            sameSince: sql`case when ${arrivals.etag} = ${file.etag} and ${arrivals.sizeBytes} = ${file.sizeBytes}
              then ${arrivals.sameSince} else now() end`,
          },
        });
    const isKnown = and(eq(arrivals.requestId, requestId), eq(arrivals.isOlder, false));
    await tx.delete(arrivals).where(and(isKnown, sql`${arrivals.seenAt} < now()`));
    return tx
      .select({
        fileId: arrivals.fileId,
        path: arrivals.path,
        etag: arrivals.etag,
        sizeBytes: arrivals.sizeBytes,
        sameSince: arrivals.sameSince,
        sameSeconds: sql<number>`extract(epoch from now() - ${arrivals.sameSince})::float8`,
      })
      .from(arrivals)
      .where(isKnown)
      .orderBy(asc(arrivals.path));
  });

export interface FoundSubmission {
  requestId: string;
  title: string;
  /** Of the folder that the files are in, '' for the request's own. */
  folderName: string;
  receiptNumber: string;
  submitterName: string;
  credentialHash: string;
  /** `arrivedAt`: in Nextcloud. After the deadline makes the submission a late one. */
  files: (SeenFile & { sha256: string; arrivedAt: Date })[];
}

/**
 * Takes files that were found for a submission of their own, sealed at once: into the ledger like every other.
 * @returns undefined when the receipt number was drawn before; ids of its deliveries
 */
export const takeFound = (db: Database, found: FoundSubmission): Promise<string[] | undefined> =>
  db.transaction(async (tx) => {
    const { requestId, folderName } = found;
    const [request] = await tx
      .select({ deadlineAt: requests.deadlineAt })
      .from(requests)
      .where(eq(requests.id, requestId));
    const deadlineAt = request?.deadlineAt ?? undefined;
    const submission = await insertSubmission(tx, {
      requestId,
      origin: 'nextcloud',
      state: 'sealed',
      receiptNumber: found.receiptNumber,
      credentialHash: found.credentialHash,
      submitterName: found.submitterName,
      folderName,
      finishedBySubmitter: false,
      late: deadlineAt !== undefined && found.files.some(({ arrivedAt }) => arrivedAt > deadlineAt),
      sealedAt: sql`now()`,
    });
    if (submission === undefined) return undefined;
    const pathIn = (path: string) => (folderName === '' ? path : path.slice(folderName.length + 1));
    const added = await tx
      .insert(files)
      .values(
        found.files.map(({ path, arrivedAt, ...file }) => ({
          ...file,
          storedAt: arrivedAt,
          requestId,
          submissionId: submission.id,
          path: pathIn(path),
          sentName: path.split('/').at(-1) ?? path,
          verifiedBy: 'first-read' as const,
        })),
      )
      .onConflictDoNothing()
      .returning({ id: files.id });
    // Another importer was faster: this one has nothing to add.
    if (added.length < found.files.length) throw new AlreadyTaken();
    await tx.delete(arrivals).where(
      and(
        eq(arrivals.requestId, requestId),
        inArray(
          arrivals.fileId,
          found.files.map(({ fileId }) => fileId),
        ),
      ),
    );
    await raiseNotice(tx, {
      level: 'information',
      code: 'submission.found',
      subject: submission.id,
      requestId,
      params: { title: found.title, receipt: found.receiptNumber, files: added.length, folder: folderName },
    });
    await recordAudit(tx, {
      actor: 'system',
      action: 'submission.found',
      subject: submission.id,
      details: { receipt: found.receiptNumber, files: added.length },
    });
    return createDeliveries(tx, submission.id);
  });

/** Rolls the taking back. */
export class AlreadyTaken extends Error {}

/** Whether its folder had files in it before the request was opened: they are not the request's. */
export const holdsOlderFiles = async (db: Queryable, requestId: string): Promise<boolean> => {
  const rows = await db
    .select({ id: arrivals.fileId })
    .from(arrivals)
    .where(and(eq(arrivals.requestId, requestId), eq(arrivals.isOlder, true)))
    .limit(1);
  return rows.length > 0;
};
