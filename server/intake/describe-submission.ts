import { findRequest } from '../../db/queries/requests.ts';
import { type SubmissionRow, uploadsOf } from '../../db/queries/submissions.ts';
import type { SubmissionState, UploadState } from '../../db/schema/index.ts';
import type { Intake } from './context.ts';
import { takeBackUntil } from './rules/take-back.ts';

/** Purpose of the signature in a receipt's address. */
export const receiptPurpose = 'receipt-address';

/** What a submitter may know of their own sending: names, sizes, hashes and states; never contents. */
export interface SubmissionDescription {
  state: SubmissionState;
  receiptNumber: string;
  /** Answers from the first moment, also before there is a receipt. */
  receiptUrl: string;
  /** Told of a sealed one: files can be taken back before. */
  takeBackUntil?: string;
  files: {
    uploadId: string;
    name: string;
    sizeBytes: number | null;
    state: UploadState | 'withdrawn';
    offsetBytes: number;
    /** How much of what was received has been compared; told while it is. */
    checkedBytes?: number;
    sha256?: string;
    storedAt?: string;
    withdrawnAt?: string;
    failureCode?: string;
    /** As it was sent with the upload: from it a client tells which file to go on with. */
    metadata: Record<string, string | null>;
  }[];
}

/** The private address of a receipt: names and times, never contents. */
export const receiptPath = (intake: Intake, submissionId: string): string =>
  `/receipts/${submissionId}.${intake.sealing.sign(submissionId, receiptPurpose)}`;

export const describeSubmission = async (
  intake: Intake,
  submission: SubmissionRow,
): Promise<SubmissionDescription> => {
  const [rows, request] = await Promise.all([
    uploadsOf(intake.db, submission.id),
    submission.sealedAt === null ? undefined : findRequest(intake.db, submission.requestId),
  ]);
  return {
    state: submission.state,
    receiptNumber: submission.receiptNumber,
    receiptUrl: receiptPath(intake, submission.id),
    ...(request === undefined || submission.sealedAt === null
      ? {}
      : { takeBackUntil: takeBackUntil(submission.sealedAt, request).toISOString() }),
    files: rows.map(({ upload, file }) => ({
      uploadId: upload.id,
      name: upload.targetPath,
      sizeBytes: upload.sizeBytes,
      state: file?.state === 'withdrawn' ? 'withdrawn' : upload.state,
      offsetBytes: upload.offsetBytes,
      ...(upload.state === 'received' ? { checkedBytes: upload.checkedBytes } : {}),
      ...(file === null ? {} : { sha256: file.sha256, storedAt: file.storedAt.toISOString() }),
      ...(file?.withdrawnAt ? { withdrawnAt: file.withdrawnAt.toISOString() } : {}),
      ...(upload.state === 'failed' && upload.failureCode !== null
        ? { failureCode: upload.failureCode }
        : {}),
      metadata: upload.metadata,
    })),
  };
};
