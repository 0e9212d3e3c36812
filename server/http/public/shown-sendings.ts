import { type SubmissionRow, uploadsOf } from '../../../db/queries/submissions.ts';
import type { SentItem, Supplement } from '../../../web/pages/public/request.tsx';
import { receiptPath } from '../../intake/describe-submission.ts';
import type { OpenLink } from '../../intake/submit.ts';
import type { Portal } from '../portal.ts';
import type { OwnSending } from './sent.ts';

const isDone = ({ state }: SubmissionRow): boolean => state === 'finishing' || state === 'sealed';

/** What this browser has finished sending. What it has not is gone on with in the form itself. */
export const shownSendings = (
  portal: Portal,
  { closed }: OpenLink,
  sendings: OwnSending[],
  token: string,
): Promise<SentItem[]> =>
  Promise.all(
    sendings
      .map(({ submission }) => submission)
      .filter(isDone)
      .map(async (submission) => ({
        number: submission.receiptNumber,
        at: submission.sealedAt ?? submission.createdAt,
        ...(await shownFiles(portal, submission)),
        receiptPath: receiptPath(portal.intake, submission.id),
        addPath: closed ? undefined : `/r/${encodeURIComponent(token)}?add=${submission.id}`,
      })),
  );

const shownFiles = async (
  { db }: Portal,
  submission: SubmissionRow,
): Promise<Pick<SentItem, 'files' | 'state'>> => {
  const rows = await uploadsOf(db, submission.id);
  const files = rows.filter(({ upload: { state } }) => state === 'received' || state === 'stored').length;
  return {
    files,
    state: files === 0 && submission.state === 'sealed' ? 'withdrawn' : shownState(submission),
  };
};

/** Nothing is sealed without a file: where none is there, all were taken back. */
const shownState = ({ state, finishedBySubmitter }: SubmissionRow): SentItem['state'] =>
  state !== 'sealed' ? 'finishing' : finishedBySubmitter ? 'sealed' : 'unfinished';

/** The sending of this browser's that is to be added to. @returns undefined for any other: then it is a new one */
export const supplementTo = (
  { request, closed }: OpenLink,
  sendings: OwnSending[],
  submissionId: string | undefined,
): Supplement | undefined => {
  const found = sendings.find(({ submission }) => submission.id === submissionId)?.submission;
  if (closed || found === undefined || !isDone(found)) return undefined;
  return {
    submissionId: found.id,
    number: found.receiptNumber,
    name: found.submitterName,
    email: found.submitterEmail ?? undefined,
    answers: request.fields.flatMap(({ key, label }) => {
      const value = found.answers[key] ?? '';
      return value === '' ? [] : [{ label, value }];
    }),
  };
};
