import type { Queryable } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { raiseNotice } from '../../db/queries/notices.ts';
import {
  type FileRow,
  lockSubmission,
  type SubmissionWithRequest,
  uploadsOf,
} from '../../db/queries/submissions.ts';
import { callOffEmpty, lockDeliveriesOf, withdrawFiles } from '../../db/queries/take-back.ts';
import { endStored } from '../../db/queries/upload-ends.ts';
import { Failure } from '../lib/failure.ts';
import type { Intake } from './context.ts';
import { issueReceipt } from './issue-receipt.ts';
import { mayTakeBack } from './rules/take-back.ts';

/**
 * Takes stored files back, all or none: nothing hands them on any more, the receipt of a sealed submission is issued anew, and
 * their removal from Nextcloud is woken, all in one transaction. Said again, it changes nothing. Whoever calls has shown the
 * submission's credential.
 * @throws Failure `file.unknown`, `take-back.over`, `take-back.handed-on`
 */
export const takeBack = async (
  intake: Intake,
  submissionId: string,
  uploadIds: readonly string[],
  address: string,
): Promise<void> => {
  await intake.db.transaction(async (tx) => {
    const found = await lockSubmission(tx, submissionId);
    if (found === undefined || found.submission.state === 'discarded') throw new Failure('not-found');
    const files = await storedFiles(tx, submissionId, uploadIds);
    if (files.length === 0) return;
    await requireNotHandedOn(tx, found, files);
    await withdrawFiles(
      tx,
      files.map(({ id }) => id),
    );
    for (const { uploadId } of files) if (uploadId !== null) await endStored(tx, uploadId);
    const calledOff = await callOffEmpty(tx, submissionId);
    if (found.submission.state === 'sealed') await issueReceipt(intake, tx, submissionId);
    await tell(tx, found, files, calledOff, address);
  });
};

/** Without what was taken back before. @throws Failure `file.unknown` */
const storedFiles = async (
  tx: Queryable,
  submissionId: string,
  uploadIds: readonly string[],
): Promise<FileRow[]> => {
  const files = (await uploadsOf(tx, submissionId)).flatMap(({ file }) => (file === null ? [] : [file]));
  return [...new Set(uploadIds)].flatMap((uploadId) => {
    const file = files.find((each) => each.uploadId === uploadId);
    if (file === undefined) throw new Failure('file.unknown');
    return file.state === 'withdrawn' ? [] : [file];
  });
};

/** The window is one; that nobody has claimed a delivery meanwhile is another: the rows decide who was first. */
const requireNotHandedOn = async (
  tx: Queryable,
  { submission, request, now }: SubmissionWithRequest,
  files: FileRow[],
): Promise<void> => {
  if (files.some(({ state }) => state === 'imported')) throw new Failure('take-back.handed-on');
  if (!mayTakeBack(submission, request, now)) throw new Failure('take-back.over');
  const begun = (await lockDeliveriesOf(tx, submission.id)).some(
    ({ state, fileId }) =>
      (state === 'delivering' || state === 'delivered') &&
      (fileId === null || files.some(({ id }) => id === fileId)),
  );
  if (begun) throw new Failure('take-back.handed-on');
};

const tell = async (
  tx: Queryable,
  { submission, request }: SubmissionWithRequest,
  files: FileRow[],
  calledOff: string[],
  address: string,
): Promise<void> => {
  const actor = `submission:${submission.id}`;
  for (const { id, path, sha256 } of files)
    await recordAudit(tx, {
      actor,
      action: 'file.taken-back',
      subject: id,
      address,
      details: { receipt: submission.receiptNumber, path, sha256 },
    });
  for (const id of calledOff)
    await recordAudit(tx, { actor, action: 'delivery.called-off', subject: id, address });
  await raiseNotice(tx, {
    level: 'information',
    code: 'submission.taken-back',
    subject: submission.id,
    requestId: request.id,
    params: { title: request.title, receipt: submission.receiptNumber, files: files.length },
  });
};
