import type { Queryable } from '../../db/client.ts';
import { checklistOf } from '../../db/queries/checklist.ts';
import { filesForTable } from '../../db/queries/files-of-submissions.ts';
import { findRequest } from '../../db/queries/requests.ts';
import { asCsv, mostCsvRows } from '../lib/csv.ts';
import { Failure } from '../lib/failure.ts';

const columns = [
  'receipt',
  'submitter',
  'email',
  'sealed',
  'late',
  'item',
  'file',
  'bytes',
  'sha256',
  'state',
  'stored',
  'scan',
  'imported',
  'message',
] as const;

/**
 * The files of a request as a table (CSV), one a row, each with who sent it and what they answered.
 * @throws Failure `not-found`
 */
export const fileTable = async (db: Queryable, requestId: string): Promise<string> => {
  const request = await findRequest(db, requestId);
  if (request === undefined) throw new Failure('not-found');
  const [rows, checklist] = await Promise.all([
    filesForTable(db, request.id, mostCsvRows),
    checklistOf(db, request.id),
  ]);
  const labels = new Map(checklist.map(({ id, label }) => [id, label]));
  const cells = rows.map(({ file, submission, itemId }) => ({
    receipt: submission.receiptNumber,
    submitter: submission.submitterName,
    email: submission.submitterEmail,
    sealed: submission.sealedAt?.toISOString(),
    late: submission.late ? 'late' : '',
    item: labels.get(itemId ?? ''),
    file: file.path,
    bytes: file.sizeBytes,
    sha256: file.sha256,
    state: file.state,
    stored: file.storedAt.toISOString(),
    scan: file.scanResult ?? 'not-scanned',
    imported: file.importedAt?.toISOString(),
    message: submission.message,
    ...Object.fromEntries(
      request.fields.map(({ key }) => [answerColumn(key), submission.answers[key] ?? '']),
    ),
  }));
  const headings = [...columns, ...request.fields.map(({ key }) => answerColumn(key))];
  const titles = Object.fromEntries(request.fields.map(({ key, label }) => [answerColumn(key), label]));
  return asCsv(headings, cells, titles);
};

/** Apart from ours, whatever a question is called. */
const answerColumn = (key: string): `answer:${string}` => `answer:${key}`;
