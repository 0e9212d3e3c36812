import { and, eq, inArray, isNull, ne, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../client.ts';
import { files, requests, type ScanResult, submissions } from '../schema/index.ts';
import { recordAudit } from './audit.ts';
import { raiseNotice, resolveNotices } from './notices.ts';

/** Staff are told under these codes: the subject is the file, the submission, or `scanner`. */
export const foundNotice = 'file.quarantined';
export const heldNotice = 'file.unscanned';
export const scannerNotice = 'scan.unavailable';

const about = async (tx: Queryable, fileId: string) => {
  const [row] = await tx
    .select({
      path: files.path,
      requestId: files.requestId,
      title: requests.title,
      receipt: submissions.receiptNumber,
    })
    .from(files)
    .innerJoin(requests, eq(requests.id, files.requestId))
    .leftJoin(submissions, eq(submissions.id, files.submissionId))
    .where(eq(files.id, fileId));
  return row;
};

/**
 * Notes what the scanner said. A file in which something was found is quarantined in the same step: no delivery takes it
 * until staff release it. A file that staff have released, or that was taken back, stays what it is.
 */
export const recordScan = (
  db: Database,
  fileId: string,
  scan: { result: ScanResult; found?: string | undefined },
): Promise<void> =>
  db.transaction(async (tx) => {
    const quarantined = scan.result === 'found';
    const [row] = await tx
      .update(files)
      .set({
        scanResult: scan.result,
        scanFound: scan.found ?? null,
        scannedAt: sql`now()`,
        ...(quarantined && { state: 'quarantined' as const }),
      })
      .where(and(eq(files.id, fileId), isNull(files.releasedAt), ne(files.state, 'withdrawn')))
      .returning({ id: files.id });
    if (row === undefined || !quarantined) return;
    const file = await about(tx, fileId);
    await raiseNotice(tx, {
      level: 'problem',
      code: foundNotice,
      subject: fileId,
      requestId: file?.requestId,
      params: {
        file: file?.path ?? '',
        title: file?.title ?? '',
        receipt: file?.receipt ?? '',
        found: scan.found ?? '',
      },
    });
    await recordAudit(tx, {
      actor: 'system',
      action: 'file.quarantined',
      subject: fileId,
      details: { found: scan.found },
    });
  });

/** Tells staff, once for a submission, that files of it wait for them because no scanner has looked at them whole. */
export const tellHeld = async (
  db: Queryable,
  held: { submissionId: string; requestId: string; title: string; receipt: string; files: number },
): Promise<void> => {
  const { submissionId: subject, requestId, ...params } = held;
  await raiseNotice(db, { level: 'warning', code: heldNotice, subject, requestId, params });
};

/**
 * Staff say that a file may be delivered, whatever a scanner says.
 * @returns the submission to deliver again; undefined when there is nothing to release
 */
export const releaseFile = async (tx: Queryable, fileId: string): Promise<string | null | undefined> => {
  const [row] = await tx
    .update(files)
    .set({
      releasedAt: sql`now()`,
      state: sql`case when ${files.state} = 'quarantined' then 'stored' else ${files.state} end`,
    })
    .where(
      and(
        eq(files.id, fileId),
        isNull(files.releasedAt),
        inArray(files.state, ['quarantined', 'stored', 'scanned', 'importing', 'failed']),
      ),
    )
    .returning({ submissionId: files.submissionId });
  if (row === undefined) return undefined;
  await resolveNotices(tx, foundNotice, fileId);
  if (row.submissionId !== null) await resolveNotices(tx, heldNotice, row.submissionId);
  return row.submissionId;
};

/** A scanner that answers again, or that is needed no more. */
export const scannerWell = (db: Queryable): Promise<void> => resolveNotices(db, scannerNotice, 'scanner');

export const tellScannerAway = (db: Queryable): Promise<void> =>
  raiseNotice(db, { level: 'problem', code: scannerNotice, subject: 'scanner' });
