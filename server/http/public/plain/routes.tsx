import { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { messagesFor } from '../../../../web/i18n/index.ts';
import { RequestPage } from '../../../../web/pages/public/request.tsx';
import { SendingPage } from '../../../../web/pages/public/sending.tsx';
import { PasswordPage } from '../../../../web/pages/public/short.tsx';
import { describeSubmission } from '../../../intake/describe-submission.ts';
import {
  findOwnSubmission,
  finishSubmission,
  followLink,
  type OpenLink,
  startSubmission,
} from '../../../intake/submit.ts';
import { Failure, isFailure } from '../../../lib/failure.ts';
import { statusOf } from '../../failures.ts';
import { keepLanguage, languageOf } from '../../language.ts';
import { page, pageContext } from '../../pages.tsx';
import type { Portal } from '../../portal.ts';
import { failureBody } from '../../replies.ts';
import { closedPage } from '../gate.tsx';
import { checkPassword, hasShownPassword } from '../password.ts';
import { publicRequest } from '../routes.tsx';
import { type OwnSending, rememberSending, sendingsOf } from '../sent.ts';
import { supplementTo } from '../shown-sendings.ts';
import { detailsIn, problemsOf } from './fields.ts';
import { partsOf } from './parts.ts';
import { type Received, receiveForm } from './receive.ts';

/** Seconds until a page that waits for the receipt asks again. */
const askAgainSeconds = 3;

/**
 * The way without a script: the form as a browser sends it by itself, of any size, to the same use cases. Browsers read
 * no answer before all is sent, so what is refused is read to its end.
 */
export const createPlainRoutes = (portal: Portal): Hono => {
  const app = new Hono();
  const { intake } = portal;

  app.post('/r/:token/send', keepLanguage, async (c) => {
    const open = await followLink(intake, c.req.param('token'));
    const received = await receiveForm(portal, formOf(c), (fields) => begin(c, portal, open, fields));
    return received.credential === undefined
      ? replyNotBegun(c, portal, open, received)
      : reply(c, portal, open, received.credential, received);
  });

  // What a browser restores, or a bookmark keeps, of a form that was sent.
  app.get('/r/:token/send', (c) => c.redirect(`/r/${c.req.param('token')}`, 303));

  app.get('/r/:token/send/:id', keepLanguage, async (c) => {
    const { open, sending } = await findSending(c, portal);
    if (!hasShownPassword(c, portal, open)) return c.redirect(`/r/${c.req.param('token')}`, 303);
    return showSending(c, portal, open, sending);
  });

  app.post('/r/:token/send/:id', keepLanguage, async (c) => {
    const { open, sending } = await findSending(c, portal);
    if (!hasShownPassword(c, portal, open)) throw new Failure('submission.password-wrong');
    const { credential } = sending;
    const begun = () => Promise.resolve(credential);
    return reply(c, portal, open, credential, await receiveForm(portal, formOf(c), begun, credential));
  });

  app.post('/r/:token/send/:id/finish', keepLanguage, async (c) => {
    const { open, sending } = await findSending(c, portal);
    const { submission } = sending;
    // What did not arrive whole is left out: without a script nobody goes on with it.
    const { files } = await describeSubmission(intake, submission);
    for (const { uploadId, state } of files)
      if (state === 'uploading') await portal.uploads.store.forget(uploadId);
    const problem = await finished(portal, submission.id);
    if (problem === undefined) return c.redirect(placeOf(c, submission.id), 303);
    return showSending(c, portal, open, sending, { problem });
  });

  return app;
};

const formOf = (c: Context) => {
  const { incoming } = c.env as Partial<HttpBindings>;
  if (c.req.header('content-encoding') !== undefined) throw new Failure('input.invalid');
  return partsOf(incoming ?? Readable.from(c.req.raw.body ?? []), c.req.header('content-type') ?? '');
};

const wantsPage = (c: Context): boolean => (c.req.header('accept') ?? '').includes('text/html');

const placeOf = (c: Context, submissionId: string): string =>
  `/r/${c.req.param('token') ?? ''}/send/${submissionId}`;

/** @returns the credential of a new submission @throws Failure */
const begin = async (
  c: Context,
  portal: Portal,
  open: OpenLink,
  fields: ReadonlyMap<string, string>,
): Promise<string> => {
  if (!hasShownPassword(c, portal, open)) {
    const password = fields.get('password');
    if (password === undefined) throw new Failure('submission.password-wrong');
    await checkPassword(c, portal, open, password);
  }
  const details = {
    ...detailsIn(fields),
    language: languageOf(c),
    supplementOf: await addedTo(c, portal, open),
  };
  const { submission, credential } = await startSubmission(portal.intake, open, details, portal.addressOf(c));
  rememberSending(c, portal, submission, credential);
  return credential;
};

/** What this browser has sent and adds to now. @throws Failure `not-found` */
const addedTo = async (c: Context, portal: Portal, open: OpenLink) => {
  const submissionId = c.req.query('add');
  if (submissionId === undefined) return undefined;
  const sendings = await sendingsOf(c, portal, open.link.id);
  const found = sendings.find(({ submission }) => submission.id === submissionId);
  if (found === undefined) throw new Failure('not-found');
  return found.submission;
};

/** A sending of this browser's own. @throws Failure `not-found` */
const findSending = async (c: Context, portal: Portal): Promise<{ open: OpenLink; sending: OwnSending }> => {
  const open = await followLink(portal.intake, c.req.param('token') ?? '');
  const sendings = await sendingsOf(c, portal, open.link.id);
  const sending = sendings.find(({ submission }) => submission.id === c.req.param('id'));
  if (sending === undefined) throw new Failure('not-found');
  return { open, sending };
};

/** Nothing has been stored. The page comes again, with what was typed and what is wrong with it. */
const replyNotBegun = async (c: Context, portal: Portal, open: OpenLink, received: Received) => {
  const { broken, notBegun, refused, fields } = received;
  // That a field was missing is only how it came to be noticed that it came too late.
  const failure = broken ?? refused[0]?.failure ?? notBegun ?? new Failure('submission.empty');
  const token = c.req.param('token') ?? '';
  const supplement = supplementTo(open, await sendingsOf(c, portal, open.link.id), c.req.query('add'));
  const context = {
    ...pageContext(c, portal, open.request.accountId),
    path: `/r/${token}${supplement === undefined ? '' : `?add=${supplement.submissionId}`}`,
  };
  const shown = { code: failure.code, params: failure.params };
  if (!wantsPage(c)) throw failure;
  if (failure.code === 'request.closed') return closedPage(c, portal, open, { token });
  if (!hasShownPassword(c, portal, open))
    return page(c, <PasswordPage context={context} token={token} failure={shown} />, 401);
  const problems = problemsOf(failure, open.request.fields, messagesFor(languageOf(c)).send);
  if (problems === undefined) throw failure;
  return page(
    c,
    <RequestPage
      context={context}
      token={token}
      request={await publicRequest(portal, open, { supplement })}
      supplement={supplement}
      returned={{ values: Object.fromEntries(fields), problems }}
    />,
    422,
  );
};

/** What arrived whole is finished with, unless something did not arrive: then the submitter decides. */
const reply = async (c: Context, portal: Portal, open: OpenLink, credential: string, received: Received) => {
  const { intake } = portal;
  const { submission } = await findOwnSubmission(intake, credential);
  const stopped = received.broken ?? received.refused[0]?.failure;
  const problem = stopped === undefined ? await finished(portal, submission.id) : undefined;
  const failure = stopped ?? problem;
  const { submission: now } = await findOwnSubmission(intake, credential);
  const status = failure === undefined ? (now.state === 'sealed' ? 200 : 202) : statusOf[failure.code];
  // Whatever still comes is not read.
  if (received.broken !== undefined) c.header('Connection', 'close');
  if (!wantsPage(c))
    return c.json(
      {
        submissionId: now.id,
        credential,
        ...(await describeSubmission(intake, now)),
        skipped: received.skipped,
        refused: received.refused.map(({ name, failure: why }) => ({ name, ...failureBody(c, why) })),
        ...(received.broken === undefined ? {} : { broken: failureBody(c, received.broken) }),
        ...(problem === undefined ? {} : failureBody(c, problem)),
      },
      status,
    );
  if (failure === undefined) return c.redirect(placeOf(c, now.id), 303);
  return showSending(c, portal, open, { submission: now, credential }, { received, problem });
};

/** @returns why it can't be finished */
const finished = async ({ intake }: Portal, submissionId: string): Promise<Failure | undefined> => {
  try {
    await finishSubmission(intake, submissionId);
    return undefined;
  } catch (error) {
    if (isFailure(error, 'submission.empty', 'submission.unfinished', 'submission.items-missing'))
      return error;
    throw error;
  }
};

/** @param news what only the answer to a form can tell; `problem`: why it is not finished */
const showSending = async (
  c: Context,
  portal: Portal,
  open: OpenLink,
  { submission }: OwnSending,
  { received, problem }: { received?: Received; problem?: Failure | undefined } = {},
) => {
  const { state, files, receiptUrl, receiptNumber } = await describeSubmission(portal.intake, submission);
  const failure = received?.broken ?? received?.refused[0]?.failure ?? problem;
  if (state === 'sealed' && failure === undefined) return c.redirect(receiptUrl, 303);
  if (state === 'finishing') c.header('Refresh', String(askAgainSeconds));
  const path = placeOf(c, submission.id);
  return page(
    c,
    <SendingPage
      context={{ ...pageContext(c, portal, open.request.accountId), path }}
      path={path}
      request={await publicRequest(portal, open, {})}
      state={state}
      receiptNumber={receiptNumber}
      receiptUrl={receiptUrl}
      files={files.filter((file) => file.state !== 'abandoned' && file.state !== 'withdrawn')}
      refused={(received?.refused ?? []).map(({ name, failure: { code, params } }) => ({
        name,
        code,
        params,
      }))}
      skipped={received?.skipped ?? 0}
      isBroken={received?.broken !== undefined}
      problem={problem && { code: problem.code, params: problem.params }}
      mayAdd={!open.closed}
    />,
    failure === undefined ? 200 : statusOf[failure.code],
  );
};
