import { type ChecklistItemRow, checklistOf } from '../../../db/queries/checklist.ts';
import {
  arrivedItems,
  firstFoundFiles,
  firstUploads,
  receivedBy,
  totalsOf,
} from '../../../db/queries/files-of-submissions.ts';
import { notesOf } from '../../../db/queries/notes.ts';
import type { RequestRow } from '../../../db/queries/requests.ts';
import { listSubmissions } from '../../../db/queries/submission-lists.ts';
import { deliveriesOf, type FileRow, receiptNumbersOf } from '../../../db/queries/submissions.ts';
import type { ShownFile, ShownSubmission } from '../../../web/pages/staff/submission.tsx';
import type { SubmissionsProps } from '../../../web/pages/staff/submissions.tsx';
import { missingItems } from '../../intake/rules/checklist.ts';
import { pageOf } from '../../lib/pages.ts';
import { nextcloudLink } from '../file-link.ts';
import type { Portal } from '../portal.ts';
import { knownCode } from './shown.ts';

const submissionsOnPage = 20;
/** Of one submission. The table that is exported has them all. */
const mostFiles = 200;

/** What of a request's submissions is asked for. */
export interface SubmissionsAsked {
  search: string;
  cursor?: string | undefined;
}

/** One page of what has come in to a request, with what there is in all. */
export const shownSubmissions = async (
  { db, scansFiles }: Portal,
  request: RequestRow,
  { search, cursor }: SubmissionsAsked,
): Promise<Omit<SubmissionsProps, 'context' | 'request' | 'mayNote'>> => {
  const filter = { teams: 'all', requestId: request.id, search: search === '' ? undefined : search } as const;
  const [{ rows, next }, received] = await Promise.all([
    pageOf({ limit: submissionsOnPage, cursor }, /^sub_[0-9a-f]+$/, (stretch) =>
      listSubmissions(db, filter, stretch),
    ),
    receivedBy(db, request.id),
  ]);
  const ids = rows.map(({ submission }) => submission.id);
  const [checklist, uploads, found, totals, arrived, deliveries, notes, numbers] = await Promise.all([
    checklistOf(db, request.id),
    firstUploads(db, ids, mostFiles),
    firstFoundFiles(db, ids, mostFiles),
    totalsOf(db, ids),
    arrivedItems(db, ids),
    deliveriesOf(db, ids),
    notesOf(db, ids),
    receiptNumbersOf(
      db,
      rows.flatMap(({ submission }) => submission.supplementOf ?? []),
    ),
  ]);
  const shown = rows.map(({ submission, nextcloudUrl }): ShownSubmission => {
    const isOfIt = (row: { submissionId: string | null }) => row.submissionId === submission.id;
    return {
      id: submission.id,
      receiptNumber: submission.receiptNumber,
      supplementOf: numbers.get(submission.supplementOf ?? ''),
      submitterName: submission.submitterName,
      submitterEmail: submission.submitterEmail ?? undefined,
      message: submission.message,
      answers: request.fields.map(({ key, label }) => ({ label, value: submission.answers[key] ?? '' })),
      state: submission.state,
      at: submission.sealedAt ?? submission.createdAt,
      late: submission.late,
      finishedBySubmitter: submission.finishedBySubmitter,
      purgedAt: submission.purgedAt ?? undefined,
      total: totals.get(submission.id) ?? { files: 0, bytes: 0 },
      missing:
        submission.origin === 'nextcloud'
          ? []
          : missingItems(checklist, arrived.filter(isOfIt)).map(({ label }) => label),
      files: [
        ...uploads
          .filter(({ upload }) => isOfIt(upload))
          .map((row) => shownUpload(checklist, row, nextcloudUrl)),
        ...found.filter(isOfIt).map((file) => shownFound(file, nextcloudUrl)),
      ],
      deliveries: deliveries
        .filter(({ delivery }) => isOfIt(delivery))
        .map(({ delivery, destination }) => ({
          id: delivery.id,
          destination,
          state: delivery.state,
          attempts: delivery.attempts,
          notBefore: delivery.notBefore,
          deliveredAt: delivery.deliveredAt ?? undefined,
          failureCode: knownCode(delivery.failureCode),
        })),
      notes: notes
        .filter(({ note }) => isOfIt(note))
        .map(({ note: { id, text, createdAt }, authorName }) => ({
          id,
          text,
          at: createdAt,
          authorName: authorName ?? undefined,
        })),
    };
  });
  return {
    shown,
    count: received.submissions,
    files: received.files,
    bytes: received.bytes,
    search,
    cursor,
    next,
    scansFiles,
  };
};

const shownUpload = (
  checklist: readonly ChecklistItemRow[],
  { upload, file }: Awaited<ReturnType<typeof firstUploads>>[number],
  nextcloudUrl: string,
): ShownFile => ({
  id: upload.id,
  name: upload.targetPath,
  item: checklist.find(({ id }) => id === upload.checklistItemId)?.label,
  sizeBytes: upload.sizeBytes ?? 0,
  ...(file === null
    ? { state: { of: 'upload' as const, is: upload.state, offsetBytes: upload.offsetBytes } }
    : shownStored(file, nextcloudUrl)),
  failureCode: knownCode(upload.failureCode),
});

const shownFound = (file: FileRow, nextcloudUrl: string): ShownFile => ({
  id: file.id,
  name: file.path,
  sizeBytes: file.sizeBytes,
  ...shownStored(file, nextcloudUrl),
});

const shownStored = (file: FileRow, nextcloudUrl: string) => ({
  sha256: file.sha256,
  storedAt: file.storedAt,
  withdrawnAt: file.withdrawnAt ?? undefined,
  nextcloudUrl: nextcloudLink(nextcloudUrl, file),
  state: { of: 'file' as const, is: file.state },
  ...(file.scanResult !== null && {
    scan: { result: file.scanResult, ...(file.scanFound !== null && { found: file.scanFound }) },
  }),
  isReleased: file.releasedAt !== null,
});
