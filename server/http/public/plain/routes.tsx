import { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
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
import type { Portal } from '../../portal.ts';
import { failureBody } from '../../replies.ts';
import { closedPage, passwordPage } from '../gate.tsx';
import { checkPassword, hasShownPassword } from '../password.ts';
import { showRequest } from '../request-page.tsx';
import { rememberSending, sendingsOf } from '../sent.ts';
import { detailsIn } from './fields.ts';
import { partsOf } from './parts.ts';
import { type Received, receiveForm } from './receive.ts';
import { findSending, newsOf, required, sendingPath, showSending } from './show-sending.tsx';

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
      : reply(c, portal, received.credential, received);
  });

  // What a browser restores, or a bookmark keeps, of a form that was sent.
  app.get('/r/:token/send', keepLanguage, (c) => c.redirect(`/r/${c.req.param('token')}`, 303));

  app.get('/r/:token/send/:id', keepLanguage, async (c) => {
    const { open, sending } = await findSending(c, portal);
    if (!hasShownPassword(c, portal, open) || (sending === undefined && open.closed))
      return c.redirect(`/r/${c.req.param('token')}`, 303);
    return showSending(c, portal, open, required(sending));
  });

  app.post('/r/:token/send/:id', keepLanguage, async (c) => {
    const { open, sending } = await findSending(c, portal);
    if (!hasShownPassword(c, portal, open)) throw new Failure('submission.password-wrong');
    // Closing a request drops what nothing had arrived in: its submitter is told that, and not of a wrong address.
    if (sending === undefined && open.closed)
      return replyNotBegun(c, portal, open, await receiveForm(portal, formOf(c), refuseAsClosed));
    const { credential } = required(sending);
    const begun = () => Promise.resolve(credential);
    return reply(c, portal, credential, await receiveForm(portal, formOf(c), begun, credential));
  });

  app.post('/r/:token/send/:id/finish', keepLanguage, async (c) => {
    const { open, sending: found } = await findSending(c, portal);
    const sending = required(found);
    const { submission } = sending;
    // What did not arrive whole is left out: without a script nobody goes on with it.
    const { files } = await describeSubmission(intake, submission);
    for (const { uploadId, state } of files)
      if (state === 'uploading') await portal.uploads.store.forget(uploadId);
    const problem = await finished(portal, submission.id);
    if (problem === undefined) return c.redirect(sendingPath(c, submission.id), 303);
    return showSending(c, portal, open, sending, newsOf(undefined, problem));
  });

  return app;
};

const refuseAsClosed = () => Promise.reject(new Failure('request.closed'));

const formOf = (c: Context) => {
  const { incoming } = c.env as Partial<HttpBindings>;
  if (c.req.header('content-encoding') !== undefined) throw new Failure('input.invalid');
  return partsOf(incoming ?? Readable.from(c.req.raw.body ?? []), c.req.header('content-type') ?? '');
};

const wantsPage = (c: Context): boolean => (c.req.header('accept') ?? '').includes('text/html');

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
    language: languageOf(c, open.request.languages),
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

/** Nothing has been stored. The page comes again, with what was typed and what is wrong with it. */
const replyNotBegun = async (c: Context, portal: Portal, open: OpenLink, received: Received) => {
  const { broken, notBegun, refused, fields, passedOver } = received;
  // That a field was missing is only how it came to be noticed that it came too late.
  const failure = broken ?? refused[0]?.failure ?? notBegun ?? new Failure('submission.empty');
  if (!wantsPage(c) || failure.code === 'not-found') throw failure;
  if (received.broken !== undefined) c.header('Connection', 'close');
  const token = c.req.param('token') ?? '';
  if (failure.code === 'request.closed') return closedPage(c, portal, open, { token, tooLate: passedOver });
  if (!hasShownPassword(c, portal, open))
    return passwordPage(c, portal, open, { token, wasSent: true, status: 401 });
  const returned = {
    values: Object.fromEntries(fields),
    failure: { code: failure.code, params: failure.params },
    hadFiles: passedOver.length > 0,
  };
  return showRequest(c, portal, open, { token, returned });
};

/** What arrived whole is finished with, unless something did not arrive: then the submitter decides. */
const reply = async (c: Context, portal: Portal, credential: string, received: Received) => {
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
  if (failure === undefined) return c.redirect(sendingPath(c, now.id), 303);
  // As the link stands now: it may have been closed while the form was on its way.
  const token = c.req.param('token') ?? '';
  const open = await followLink(intake, token);
  if (now.state === 'discarded') {
    const tooLate = received.refused.map(({ name }) => name);
    return closedPage(c, portal, open, { token, tooLate });
  }
  return showSending(c, portal, open, { submission: now, credential }, newsOf(received, problem));
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
