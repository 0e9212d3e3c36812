import { type SubmissionRow, uploadsOf } from '../../db/queries/submissions.ts';
import type { SubmissionState, UploadState } from '../../db/schema/index.ts';
import type { Intake } from './context.ts';

/** Purpose of the signature in a receipt's address. */
export const receiptPurpose = 'receipt-address';

/** What a submitter may know of their own sending: names, sizes, hashes and states; never contents. */
export interface SubmissionDescription {
  state: SubmissionState;
  receiptNumber: string;
  receiptUrl?: string;
  files: {
    uploadId: string;
    name: string;
    sizeBytes: number | null;
    state: UploadState;
    offsetBytes: number;
    /** How much of what was received has been compared; told while it is. */
    checkedBytes?: number;
    sha256?: string;
    storedAt?: string;
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
  const rows = await uploadsOf(intake.db, submission.id);
  return {
    state: submission.state,
    receiptNumber: submission.receiptNumber,
    ...(submission.state === 'sealed' ? { receiptUrl: receiptPath(intake, submission.id) } : {}),
    files: rows.map(({ upload, file }) => ({
      uploadId: upload.id,
      name: upload.targetPath,
      sizeBytes: upload.sizeBytes,
      state: upload.state,
      offsetBytes: upload.offsetBytes,
      ...(upload.state === 'received' ? { checkedBytes: upload.checkedBytes } : {}),
      ...(file === null ? {} : { sha256: file.sha256, storedAt: file.storedAt.toISOString() }),
      ...(upload.state === 'failed' && upload.failureCode !== null
        ? { failureCode: upload.failureCode }
        : {}),
      metadata: upload.metadata,
    })),
  };
};
