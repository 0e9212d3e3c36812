import type { Queryable } from '../../db/client.ts';
import { organisationOf } from '../../db/queries/brands.ts';
import { checklistOf } from '../../db/queries/checklist.ts';
import { findSubmission, receiptNumbersOf, setSubmission, uploadsOf } from '../../db/queries/submissions.ts';
import type { Intake } from './context.ts';
import { type Receipt, receiptText } from './rules/receipt.ts';

/**
 * Writes and signs the receipt of a sealed submission as things stand, in place of an earlier one. Who has that still has
 * a genuine one: a signature says what was so when it was given.
 */
export const issueReceipt = async (intake: Intake, tx: Queryable, submissionId: string): Promise<void> => {
  const found = await findSubmission(tx, submissionId);
  const sealedAt = found?.submission.sealedAt ?? null;
  if (found === undefined || sealedAt === null) throw new Error('a receipt for what is not sealed');
  const { submission, request, now } = found;
  const { supplementOf } = submission;
  const numbers = await receiptNumbersOf(tx, supplementOf === null ? [] : [supplementOf]);
  const labels = new Map((await checklistOf(tx, request.id)).map(({ id, label }) => [id, label]));
  const files = (await uploadsOf(tx, submissionId)).flatMap(({ upload, file }) =>
    file === null ? [] : [{ ...file, item: labels.get(upload.checklistItemId ?? '') }],
  );
  const receipt: Receipt = {
    format: 'uketori-receipt/2',
    number: submission.receiptNumber,
    supplementOf: numbers.get(supplementOf ?? ''),
    request: {
      id: request.id,
      title: request.title,
      organisation: await organisationOf(tx, request.accountId),
    },
    submitter: { name: submission.submitterName },
    sealedAt: sealedAt.toISOString(),
    issuedAt: now.toISOString(),
    late: submission.late,
    finishedBySubmitter: submission.finishedBySubmitter,
    files: files
      .filter(({ state }) => state !== 'withdrawn')
      .map((file) => ({
        sentName: file.sentName,
        path: file.path,
        item: file.item,
        sizeBytes: file.sizeBytes,
        sha256: file.sha256,
        storedAt: file.storedAt.toISOString(),
      })),
    // What was taken back before the seal has been on no receipt.
    withdrawn: files.flatMap(({ path, withdrawnAt }) =>
      withdrawnAt === null || withdrawnAt < sealedAt ? [] : [{ path, at: withdrawnAt.toISOString() }],
    ),
  };
  const text = receiptText(receipt);
  await setSubmission(tx, submissionId, { receiptText: text, receiptSignature: intake.receipts.sign(text) });
};
