import { sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { createDeliveries } from '../../db/queries/deliveries.ts';
import { queueMail } from '../../db/queries/mails.ts';
import { raiseNotice } from '../../db/queries/notices.ts';
import {
  idleSubmissions,
  lockSubmission,
  markFinishing,
  setSubmission,
  submissionsToSeal,
  uploadsOf,
} from '../../db/queries/submissions.ts';
import { endUpload, notFinished } from '../../db/queries/upload-ends.ts';
import type { Intake } from './context.ts';
import { issueReceipt } from './issue-receipt.ts';

/** A submission that nobody finished is closed after this long without a byte. */
export const idleMinutes = 24 * 60;

/**
 * Seals a finished submission once all its files are stored: the receipt is written and signed, its deliveries are
 * put into the ledger and woken, its mail is queued, all in the caller's transaction. Does nothing while a file is on its way.
 */
export const sealSubmission = async (
  intake: Intake,
  tx: Queryable,
  submissionId: string,
): Promise<boolean> => {
  const found = await lockSubmission(tx, submissionId);
  if (found?.submission.state !== 'finishing') return false;
  const { submission, request } = found;
  const rows = await uploadsOf(tx, submissionId);
  if (rows.some((row) => row.upload.state === 'uploading' || row.upload.state === 'received')) return false;
  if (submission.finishedBySubmitter && rows.some((row) => failedSince(submission.finishedAt, row.upload))) {
    // The submitter believed that all had arrived: they are asked again, and may send it once more or finish without.
    await setSubmission(tx, submissionId, { state: 'open', finishedAt: null });
    return false;
  }
  const files = rows.flatMap(({ upload, file }) =>
    file === null || file.state === 'withdrawn' ? [] : [{ ...file, itemId: upload.checklistItemId }],
  );
  if (files.length === 0) {
    await setSubmission(tx, submissionId, { state: submission.finishedBySubmitter ? 'open' : 'discarded' });
    return false;
  }
  const { deadlineAt } = request;
  const late = submission.late || (deadlineAt !== null && files.some((file) => file.storedAt > deadlineAt));
  await setSubmission(tx, submissionId, {
    state: 'sealed',
    late,
    sealedAt: sql`now()`,
  });
  await issueReceipt(intake, tx, submissionId);
  await createDeliveries(tx, submissionId);
  const { submitterEmail: recipient, language } = submission;
  if (intake.sendsMail && recipient !== null)
    await queueMail(tx, {
      kind: 'receipt',
      subject: submissionId,
      requestId: request.id,
      recipient,
      language,
    });
  await raiseNotice(tx, {
    level: 'information',
    code: submission.finishedBySubmitter ? 'submission.sealed' : 'submission.unfinished',
    subject: submissionId,
    requestId: request.id,
    params: { title: request.title, receipt: submission.receiptNumber, files: files.length },
  });
  await recordAudit(tx, {
    actor: submission.finishedBySubmitter ? `submission:${submissionId}` : 'system',
    action: 'submission.sealed',
    subject: submissionId,
    details: { receipt: submission.receiptNumber, files: files.length },
  });
  return true;
};

const failedSince = (finishedAt: Date | null, upload: { state: string; updatedAt: Date }): boolean =>
  upload.state === 'failed' && finishedAt !== null && upload.updatedAt >= finishedAt;

/** Ends a submission that its submitter did not finish: what is on its way is dropped, what was stored is sealed. */
export const endSubmission = async (intake: Intake, tx: Queryable, submissionId: string): Promise<void> => {
  await lockSubmission(tx, submissionId);
  for (const { upload } of await uploadsOf(tx, submissionId))
    if (upload.state === 'uploading')
      await endUpload(tx, { uploadId: upload.id, state: 'abandoned', failureCode: notFinished });
  if (await markFinishing(tx, submissionId, false)) await sealSubmission(intake, tx, submissionId);
};

/** Ends what nobody finished, and seals what only a lost wake-up kept from it. */
export const sweepSubmissions = async (intake: Intake): Promise<void> => {
  for (const { id } of await idleSubmissions(intake.db, idleMinutes)) {
    await intake.db.transaction((tx) => endSubmission(intake, tx, id));
  }
  for (const { id } of await submissionsToSeal(intake.db))
    await intake.db.transaction((tx) => sealSubmission(intake, tx, id));
};
