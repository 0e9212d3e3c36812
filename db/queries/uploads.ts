import { and, asc, eq, inArray, isNull, lte, ne, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { checklistItems, parts, requests, submissions, type UploadState, uploads } from '../schema/index.ts';

export type UploadRow = typeof uploads.$inferSelect;

export type PartRow = typeof parts.$inferSelect;

/** An upload with what the engine must know of its submission and request. */
export interface PlacedUpload {
  upload: UploadRow;
  requestId: string;
  accountId: string;
  /** Endings that its checklist item takes, or else its request; empty: any. */
  allowedTypes: readonly string[];
  resumeMinutes: number;
  /** User-relative path of the submission's folder; follows the request's folder when staff move it. */
  folderPath: string;
}

/** States in which an upload has its slot. */
const livingStates: UploadState[] = ['uploading', 'received', 'stored'];

export const findUpload = async (db: Queryable, uploadId: string): Promise<PlacedUpload | undefined> => {
  const [row] = await db
    .select({
      upload: uploads,
      requestId: requests.id,
      accountId: requests.accountId,
      requestTypes: requests.allowedTypes,
      itemTypes: checklistItems.allowedTypes,
      resumeMinutes: requests.resumeMinutes,
      requestFolder: requests.folderPath,
      folderName: submissions.folderName,
    })
    .from(uploads)
    .innerJoin(submissions, eq(submissions.id, uploads.submissionId))
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .leftJoin(checklistItems, eq(checklistItems.id, uploads.checklistItemId))
    .where(eq(uploads.id, uploadId));
  if (row === undefined) return undefined;
  const { requestFolder, folderName, requestTypes, itemTypes, ...rest } = row;
  const allowedTypes = itemTypes === null || itemTypes.length === 0 ? requestTypes : itemTypes;
  return { ...rest, allowedTypes, folderPath: `${requestFolder ?? ''}/${folderName}` };
};

/** What an admission reserves: a name within the submission, and a slot in its limits. */
export const insertUpload = async (tx: Queryable, values: typeof uploads.$inferInsert): Promise<string> => {
  const [row] = await tx.insert(uploads).values(values).returning({ id: uploads.id });
  if (row === undefined) throw new Error('an insert returned no row');
  return row.id;
};

/** SQL: whether the name of an upload meets another: it is the same, or one is a folder on the way to the other. */
const meets = (targetKey: string) => {
  const segments = targetKey.split('/');
  const path = segments.map((_, index) => segments.slice(0, index + 1).join('/'));
  return or(inArray(uploads.targetKey, path), sql`starts_with(${uploads.targetKey}, ${`${targetKey}/`})`);
};

/** SQL: its name is its own. Of one that has ended, something may still be under it. */
const reservesName = sql`(${uploads.removedAt} is null or ${uploads.state} = 'stored')`;

/** SQL: those that count against the limits. */
const isLiving = inArray(uploads.state, livingStates);

/**
 * What the uploads of a submission take of its limits. One whose length is still to be said counts with what has
 * arrived of it. `open`: those that are under way.
 * @param except the candidate's id, where it has a row already
 * @param targetKey where the candidate would be: `isTaken` tells whether it meets a name that is reserved, also by an
 * upload that has ended and whose file may still be there
 * @param itemId only those of one checklist item
 */
export const takenBy = async (
  db: Queryable,
  submissionId: string,
  { except, targetKey, itemId }: { except?: string | undefined; targetKey?: string; itemId?: string } = {},
): Promise<{ files: number; bytes: number; open: number; isTaken: boolean }> => {
  const size = sql`coalesce(${uploads.sizeBytes}, ${uploads.offsetBytes})`;
  const [row] = await db
    .select({
      files: sql<string>`count(*) filter (where ${isLiving})`,
      bytes: sql<string>`coalesce(sum(${size}) filter (where ${isLiving}), 0)`,
      open: sql<string>`count(*) filter (where ${uploads.state} = 'uploading')`,
      isTaken:
        targetKey === undefined
          ? sql<boolean>`false`
          : sql<boolean>`coalesce(bool_or(${meets(targetKey)}), false)`,
    })
    .from(uploads)
    .where(
      and(
        eq(uploads.submissionId, submissionId),
        reservesName,
        except === undefined ? undefined : ne(uploads.id, except),
        itemId === undefined ? undefined : eq(uploads.checklistItemId, itemId),
      ),
    );
  return {
    files: Number(row?.files ?? 0),
    bytes: Number(row?.bytes ?? 0),
    open: Number(row?.open ?? 0),
    isTaken: row?.isTaken === true,
  };
};

/** Bytes announced by all submissions of a request together (or, where a length is still to be said, arrived). */
export const requestBytes = async (
  db: Queryable,
  requestId: string,
  exceptUploadId?: string,
): Promise<number> => {
  const [row] = await db
    .select({ total: sql<string>`coalesce(sum(coalesce(${uploads.sizeBytes}, ${uploads.offsetBytes})), 0)` })
    .from(uploads)
    .innerJoin(submissions, eq(submissions.id, uploads.submissionId))
    .where(
      and(
        eq(submissions.requestId, requestId),
        inArray(uploads.state, livingStates),
        exceptUploadId === undefined ? undefined : ne(uploads.id, exceptUploadId),
      ),
    );
  return Number(row?.total ?? 0);
};

/** Names that are reserved within a submission, as keys. */
export const reservedKeys = async (db: Queryable, submissionId: string): Promise<string[]> => {
  const rows = await db
    .select({ targetKey: uploads.targetKey })
    .from(uploads)
    .where(and(eq(uploads.submissionId, submissionId), reservesName));
  return rows.map(({ targetKey }) => targetKey);
};

/** An upload that has stood still for so long keeps no space for itself. */
const spaceKeptMinutes = 15;

/**
 * Bytes that uploads under way will still need in an account's files. Those of the same submission count as announced;
 * those of others no more than twice what has come of them, or announcing alone would shut everybody out.
 */
export const pendingBytes = async (
  db: Queryable,
  accountId: string,
  submissionId: string,
): Promise<number> => {
  const isOwn = sql`${uploads.submissionId} = ${submissionId}`;
  const needed = sql`case when ${isOwn} then ${uploads.sizeBytes}
    else least(${uploads.sizeBytes}, 2 * ${uploads.offsetBytes}) end`;
  const [row] = await db
    .select({ total: sql<string>`coalesce(sum(${needed}), 0)` })
    .from(uploads)
    .innerJoin(submissions, eq(submissions.id, uploads.submissionId))
    .innerJoin(requests, eq(requests.id, submissions.requestId))
    .where(
      and(
        eq(requests.accountId, accountId),
        inArray(uploads.state, ['uploading', 'received']),
        isNull(uploads.placedFileId),
        sql`${uploads.updatedAt} > now() - ${spaceKeptMinutes} * interval '1 minute'`,
      ),
    );
  return Number(row?.total ?? 0);
};

export const declareLength = async (db: Queryable, uploadId: string, sizeBytes: number): Promise<boolean> => {
  const rows = await db
    .update(uploads)
    .set({ sizeBytes })
    .where(and(eq(uploads.id, uploadId), isNull(uploads.sizeBytes), lte(uploads.offsetBytes, sizeBytes)))
    .returning({ id: uploads.id });
  return rows.length === 1;
};

/**
 * Another name within the submission, when the first was taken in Nextcloud by somebody else.
 * @returns `taken` when another upload has reserved it, `fenced` when another writer has taken over
 */
export const moveTarget = async (
  tx: Queryable,
  upload: { uploadId: string; submissionId: string; epoch: number },
  target: { targetPath: string; targetKey: string },
): Promise<'moved' | 'taken' | 'fenced'> => {
  // Admissions hold this row too while they reserve a name.
  await tx
    .select({ id: submissions.id })
    .from(submissions)
    .where(eq(submissions.id, upload.submissionId))
    .for('update');
  const others = { except: upload.uploadId, targetKey: target.targetKey };
  if ((await takenBy(tx, upload.submissionId, others)).isTaken) return 'taken';
  const rows = await tx
    .update(uploads)
    .set(target)
    .where(and(eq(uploads.id, upload.uploadId), eq(uploads.epoch, upload.epoch)))
    .returning({ id: uploads.id });
  return rows.length === 1 ? 'moved' : 'fenced';
};

export const partsOf = (db: Queryable, uploadId: string): Promise<PartRow[]> =>
  db.select().from(parts).where(eq(parts.uploadId, uploadId)).orderBy(asc(parts.startBytes));
