import type { Context } from 'hono';
import type { PublicUnfinished } from '../../../web/pages/public/request.tsx';
import { describeSubmission } from '../../intake/describe-submission.ts';
import { idleMinutes } from '../../intake/seal.ts';
import { mayStillFinish, type OpenLink } from '../../intake/submit.ts';
import type { Portal } from '../portal.ts';
import { sendingsOf } from './sent.ts';

/** What this browser began last by a link and did not finish, if anything of it is worth going on with. */
export const unfinishedOf = async (
  c: Context,
  portal: Portal,
  open: OpenLink,
): Promise<PublicUnfinished | undefined> => {
  if (!mayStillFinish(open)) return undefined;
  for (const { submission, credential } of await sendingsOf(c, portal, open.link.id)) {
    if (submission.state !== 'open') continue;
    const described = await describeSubmission(portal.intake, submission);
    const files = described.files.filter(({ state }) => state !== 'withdrawn');
    if (!files.some(({ state }) => state !== 'failed' && state !== 'abandoned')) continue;
    return {
      submissionId: submission.id,
      credential,
      receiptNumber: submission.receiptNumber,
      receiptPath: described.receiptUrl,
      idleHours: idleMinutes / 60,
      submitterName: submission.submitterName,
      begunAt: submission.createdAt,
      isLate: open.closed,
      files,
    };
  }
  return undefined;
};
