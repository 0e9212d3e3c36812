import type { Postgres } from './site.ts';

export interface SubmissionRow {
  id: string;
  state: string;
  receiptNumber: string;
  folderName: string;
}

export interface UploadRow {
  id: string;
  submissionId: string;
  state: string;
  failureCode: string | null;
  offsetBytes: number;
}

export interface FileRow {
  uploadId: string;
  submissionId: string;
  fileId: number;
  path: string;
  sentName: string;
  sizeBytes: number;
  sha256: string;
}

/** What Postgres says. */
export interface Ledger {
  submissions: SubmissionRow[];
  uploads: UploadRow[];
  files: FileRow[];
}

export const readLedger = async (postgres: Postgres): Promise<Ledger> => ({
  submissions: await postgres.ask<SubmissionRow>(
    (sql) => sql`
      select id, state, receipt_number as "receiptNumber", folder_name as "folderName" from submissions`,
  ),
  uploads: await postgres.ask<UploadRow>(
    (sql) => sql`
      select id, submission_id as "submissionId", state, failure_code as "failureCode",
        offset_bytes::float8 as "offsetBytes" from uploads`,
  ),
  files: await postgres.ask<FileRow>(
    (sql) => sql`
      select upload_id as "uploadId", submission_id as "submissionId", file_id::float8 as "fileId", path,
        sent_name as "sentName", size_bytes::float8 as "sizeBytes", sha256 from files`,
  ),
});

/** Folders in which Nextcloud collects parts: those that are left of uploads of this database, with their state. */
export const leftFolders = async (
  postgres: Postgres,
  folders: readonly string[],
): Promise<{ id: string; state: string }[]> => {
  const { uploads } = await readLedger(postgres);
  const names = new Set(folders);
  return uploads.filter(({ id }) => names.has(`uketori-${id}`)).map(({ id, state }) => ({ id, state }));
};
