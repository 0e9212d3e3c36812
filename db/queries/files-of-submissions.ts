import { and, asc, eq, inArray, isNotNull, isNull, max, ne, or, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { files, requests, submissions, uploads } from '../schema/index.ts';
import type { FileRow } from './submissions.ts';

type Ids = readonly string[];

/** What was not given up, or has become a file before. */
const counts = or(ne(uploads.state, 'abandoned'), isNotNull(files.id));

const listOf = (ids: Ids): SQL =>
  sql.join(
    ids.map((id) => sql`${id}`),
    sql`, `,
  );

/** The first so many uploads of each submission, in the order they were admitted, each with the file it has become. */
export const firstUploads = async (db: Queryable, submissionIds: Ids, most: number) =>
  submissionIds.length === 0
    ? []
    : db
        .select({ upload: uploads, file: files })
        .from(uploads)
        .leftJoin(files, eq(files.uploadId, uploads.id))
        .where(
          and(
            counts,
            sql`${uploads.id} in (select n.id from (
              select u.id, row_number() over (partition by u.submission_id order by u.created_at, u.id) as place
              from uploads u where u.submission_id in (${listOf(submissionIds)})) n where n.place <= ${most})`,
          ),
        )
        .orderBy(asc(uploads.admittedAt), asc(uploads.id));

/** The same of files that came another way than through the portal, by their paths. */
export const firstFoundFiles = async (db: Queryable, submissionIds: Ids, most: number): Promise<FileRow[]> =>
  submissionIds.length === 0
    ? []
    : db
        .select()
        .from(files)
        .where(
          sql`${files.id} in (select n.id from (
            select f.id, row_number() over (partition by f.submission_id order by f.path) as place
            from files f where f.upload_id is null and f.submission_id in (${listOf(submissionIds)})) n
            where n.place <= ${most})`,
        )
        .orderBy(asc(files.path));

/** How many files each submission has, and how large they are, whatever has become of them. */
export const totalsOf = async (db: Queryable, submissionIds: Ids): Promise<Map<string, FileTotals>> => {
  if (submissionIds.length === 0) return new Map();
  const sent = await db
    .select({
      id: uploads.submissionId,
      files: sql<number>`count(*)::int`,
      bytes: sql<string>`coalesce(sum(coalesce(${uploads.sizeBytes}, ${uploads.offsetBytes})), 0)`,
    })
    .from(uploads)
    .leftJoin(files, eq(files.uploadId, uploads.id))
    .where(and(inArray(uploads.submissionId, [...submissionIds]), counts))
    .groupBy(uploads.submissionId);
  const found = await db
    .select({
      id: files.submissionId,
      files: sql<number>`count(*)::int`,
      bytes: sql<string>`sum(${files.sizeBytes})`,
    })
    .from(files)
    .where(and(inArray(files.submissionId, [...submissionIds]), isNull(files.uploadId)))
    .groupBy(files.submissionId);
  const totals = new Map<string, FileTotals>();
  for (const row of [...sent, ...found]) {
    const before = totals.get(row.id ?? '') ?? { files: 0, bytes: 0 };
    totals.set(row.id ?? '', { files: before.files + row.files, bytes: before.bytes + Number(row.bytes) });
  }
  return totals;
};

export interface FileTotals {
  files: number;
  bytes: number;
}

/** Checklist items for which something has arrived, by submission. */
export const arrivedItems = async (db: Queryable, submissionIds: Ids) =>
  submissionIds.length === 0
    ? []
    : db
        .select({
          submissionId: uploads.submissionId,
          checklistItemId: uploads.checklistItemId,
          sizeBytes: max(uploads.sizeBytes),
        })
        .from(uploads)
        .where(
          and(
            inArray(uploads.submissionId, [...submissionIds]),
            inArray(uploads.state, ['received', 'stored']),
            isNotNull(uploads.checklistItemId),
          ),
        )
        .groupBy(uploads.submissionId, uploads.checklistItemId);

/** What a request has received in all: stored files that were not taken back. */
export const receivedBy = async (
  db: Queryable,
  requestId: string,
): Promise<FileTotals & { submissions: number }> => {
  const [row] = await db
    .select({
      submissions: sql<number>`(select count(*) from submissions s where s.request_id = ${requestId} and s.state <> 'discarded')::int`,
      files: sql<number>`count(*)::int`,
      bytes: sql<string>`coalesce(sum(${files.sizeBytes}), 0)`,
    })
    .from(files)
    .where(and(eq(files.requestId, requestId), isNull(files.withdrawnAt)));
  return {
    submissions: row?.submissions ?? 0,
    files: row?.files ?? 0,
    bytes: Number(row?.bytes ?? 0),
  };
};

/** Every stored file of a request with who sent it, for a table: the newest submission first. */
export const filesForTable = (db: Queryable, requestId: string, limit: number) =>
  db
    .select({
      file: files,
      submission: submissions,
      fields: requests.fields,
      itemId: uploads.checklistItemId,
    })
    .from(files)
    .innerJoin(submissions, eq(submissions.id, files.submissionId))
    .innerJoin(requests, eq(requests.id, files.requestId))
    .leftJoin(uploads, eq(uploads.id, files.uploadId))
    .where(eq(files.requestId, requestId))
    .orderBy(sql`${submissions.createdAt} desc`, asc(files.path))
    .limit(limit);
