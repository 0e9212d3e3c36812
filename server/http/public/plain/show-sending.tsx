import type { Context } from 'hono';
import { type SendingNews, SendingPage } from '../../../../web/pages/public/sending.tsx';
import { describeSubmission } from '../../../intake/describe-submission.ts';
import { followLink, type OpenLink } from '../../../intake/submit.ts';
import { Failure } from '../../../lib/failure.ts';
import { statusOf } from '../../failures.ts';
import { page, pageContext } from '../../pages.tsx';
import type { Portal } from '../../portal.ts';
import { publicRequest } from '../request-page.tsx';
import { type OwnSending, sendingsOf } from '../sent.ts';
import type { Received } from './receive.ts';

/** Seconds until a page that waits for the receipt asks again. */
const askAgainSeconds = 3;

/** Of the page that shows where a sending stands. */
export const sendingPath = (c: Context, submissionId: string): string =>
  `/r/${c.req.param('token') ?? ''}/send/${submissionId}`;

/** The sending that the address names, where it is this browser's own. @throws Failure `not-found` for the link */
export const findSending = async (
  c: Context,
  portal: Portal,
): Promise<{ open: OpenLink; sending: OwnSending | undefined }> => {
  const open = await followLink(portal.intake, c.req.param('token') ?? '');
  const sendings = await sendingsOf(c, portal, open.link.id);
  return { open, sending: sendings.find(({ submission }) => submission.id === c.req.param('id')) };
};

/** @throws Failure `not-found` */
export const required = (sending: OwnSending | undefined): OwnSending => {
  if (sending === undefined) throw new Failure('not-found');
  return sending;
};

/** @param problem why it is not finished, when that was wished */
export const newsOf = (received: Received | undefined, problem: Failure | undefined): SendingNews => ({
  refused: (received?.refused ?? []).map(({ name, failure: { code, params } }) => ({ name, code, params })),
  skipped: received?.skipped ?? 0,
  isBroken: received?.broken !== undefined,
  problem: problem && { code: problem.code, params: problem.params },
});

/** Where a sending stands; the receipt, once there is one and nothing else to tell. */
export const showSending = async (
  c: Context,
  portal: Portal,
  open: OpenLink,
  { submission }: OwnSending,
  news?: SendingNews,
) => {
  const { state, files, receiptUrl, receiptNumber } = await describeSubmission(portal.intake, submission);
  if (state === 'sealed' && news === undefined) return c.redirect(receiptUrl, 303);
  // Asked again it has no news.
  if (state === 'finishing' && news === undefined) c.header('Refresh', String(askAgainSeconds));
  const path = sendingPath(c, submission.id);
  return page(
    c,
    <SendingPage
      context={{ ...pageContext(c, portal, open.request), path }}
      path={path}
      request={await publicRequest(portal, open, {})}
      state={state}
      receiptNumber={receiptNumber}
      receiptUrl={receiptUrl}
      files={files.filter((file) => file.state !== 'abandoned' && file.state !== 'withdrawn')}
      news={news}
      mayAdd={!open.closed}
    />,
    statusOfNews(news),
  );
};

const statusOfNews = (news: SendingNews | undefined) => {
  if (news?.isBroken === true) return statusOf['upload.busy'];
  const code = news?.refused[0]?.code ?? news?.problem?.code;
  return code === undefined ? 200 : statusOf[code];
};
