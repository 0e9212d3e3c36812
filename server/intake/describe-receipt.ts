import { destinationsOf } from '../../db/queries/requests.ts';
import { findSubmission, type SubmissionWithRequest, uploadsOf } from '../../db/queries/submissions.ts';
import { Failure } from '../lib/failure.ts';
import type { Intake } from './context.ts';
import { receiptPurpose } from './describe-submission.ts';

/**
 * What `state.json` below a receipt's address answers: how far each file has come, as whoever holds the receipt's address may know it. What is held back, in quarantine or could
 * not be delivered is staff's to know: here it stays `stored`.
 */
export interface ReceiptProgress {
  state: 'open' | 'finishing' | 'sealed';
  /** Whether this request hands anything on. */
  handsOn: boolean;
  /** Nothing changes any more by itself. */
  isFinal: boolean;
  files: FileProgress[];
  /** Begun, and never whole; without what its submitter called off or sent once more. */
  notArrived: { name: string; failureCode: string }[];
}

export interface FileProgress {
  name: string;
  /** Null while it is not known. */
  sizeBytes: number | null;
  /** `imported`: every one of its deliveries is confirmed. */
  state: 'uploading' | 'received' | 'stored' | 'imported' | 'withdrawn';
  /** ISO 8601, as the others. */
  storedAt?: string;
  importedAt?: string;
  withdrawnAt?: string;
}

/** @param address `<submission id>.<signature>` @throws Failure `not-found` */
export const findByReceiptAddress = async (
  intake: Intake,
  address: string,
): Promise<SubmissionWithRequest> => {
  const [submissionId = '', signature = ''] = address.split('.');
  const found = intake.sealing.verify(submissionId, signature, receiptPurpose)
    ? await findSubmission(intake.db, submissionId)
    : undefined;
  if (found === undefined || found.submission.state === 'discarded') throw new Failure('not-found');
  return found;
};

export const describeProgress = async (
  intake: Intake,
  { submission }: Pick<SubmissionWithRequest, 'submission'>,
): Promise<ReceiptProgress> => {
  const [rows, destinations] = await Promise.all([
    uploadsOf(intake.db, submission.id),
    destinationsOf(intake.db, submission.requestId),
  ]);
  const files = rows.flatMap((row) => progressOf(row) ?? []);
  const handsOn = destinations.length > 0;
  const last = handsOn ? 'imported' : 'stored';
  const state = submission.state === 'discarded' ? 'open' : submission.state;
  return {
    state,
    handsOn,
    isFinal: state === 'sealed' && files.every((file) => file.state === last || file.state === 'withdrawn'),
    files,
    notArrived: notArrivedOf(rows),
  };
};

type Row = Awaited<ReturnType<typeof uploadsOf>>[number];

const progressOf = ({ upload, file }: Row): FileProgress | undefined => {
  const { targetPath: name, sizeBytes, state } = upload;
  if (file === null)
    return state === 'uploading' || state === 'received' ? { name, sizeBytes, state } : undefined;
  const { storedAt, importedAt, withdrawnAt } = file;
  return {
    name: file.path,
    sizeBytes: file.sizeBytes,
    state: file.state === 'imported' || file.state === 'withdrawn' ? file.state : 'stored',
    storedAt: storedAt.toISOString(),
    ...(file.state !== 'imported' || importedAt === null ? {} : { importedAt: importedAt.toISOString() }),
    ...(withdrawnAt === null ? {} : { withdrawnAt: withdrawnAt.toISOString() }),
  };
};

/** What its submitter called off is `abandoned` without a failure. One file is told once. */
const notArrivedOf = (rows: readonly Row[]): ReceiptProgress['notArrived'] => {
  const told = new Set(rows.flatMap((row) => (isEnded(row) ? [] : [sameFile(row)])));
  return rows.flatMap((row) => {
    const { targetPath: name, failureCode } = row.upload;
    if (!isEnded(row) || failureCode === null || told.has(sameFile(row))) return [];
    told.add(sameFile(row));
    return [{ name, failureCode }];
  });
};

const isEnded = ({ upload, file }: Row): boolean =>
  file === null && (upload.state === 'failed' || upload.state === 'abandoned');

const sameFile = ({ upload: { sentName, checklistItemId, metadata } }: Row): string =>
  JSON.stringify([checklistItemId, metadata.relativePath ?? sentName, sentName]);
