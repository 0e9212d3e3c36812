import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { checklistOf } from '../../../db/queries/checklist.ts';
import { findForm } from '../../../db/queries/request-forms.ts';
import { languages } from '../../../web/i18n/index.ts';
import { PasswordPage } from '../../../web/pages/public/short.tsx';
import { bearer } from '../../auth/api-tokens.ts';
import { describeItem } from '../../intake/describe-request.ts';
import { describeSubmission } from '../../intake/describe-submission.ts';
import {
  findOwnSubmission,
  finishSubmission,
  followLink,
  requireSubmission,
  startSubmission,
} from '../../intake/submit.ts';
import { takeBack } from '../../intake/take-back.ts';
import { Failure, isFailure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { fieldsOf } from '../fields.ts';
import { giveForm } from '../forms.ts';
import { languageOf } from '../language.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { closedPage, passwordPage } from './gate.tsx';
import { checkPassword, forgetPassword, hasShownPassword, rememberPassword } from './password.ts';
import { createReceiptRoutes } from './receipts.tsx';
import { showRequest } from './request-page.tsx';
import { forgetSendings, ownCredential, rememberSending } from './sent.ts';

const newSubmission = z.object({
  /** Left out only of a supplement: then who sends is known. */
  name: z.string().default(''),
  email: z.string().optional(),
  message: z.string().optional(),
  answers: z.record(z.string(), z.string()).default({}),
  /** Of the page. Left out: what the browser prefers. */
  language: z.enum(languages).optional(),
  /** For programs, which keep no cookie. */
  password: z.string().optional(),
  /** The submission that this one adds to; its credential is this browser's, or is sent along. */
  supplementOf: z.string().optional(),
});

/** The page names what it finishes with; a program may leave that out. */
const finishing = z.object({ uploads: z.array(z.string()).optional() });

/** The submitter's side: the page behind a link, and what it talks to. */
export const createPublicRoutes = (portal: Portal): Hono => {
  const app = new Hono();
  const { intake } = portal;

  app.get('/', (c) => c.redirect('/staff'));

  app.get('/r/:token', async (c) => {
    const open = await followLink(intake, c.req.param('token'));
    const forgotten = c.req.query('forgotten') !== undefined;
    return showRequest(c, portal, open, { token: c.req.param('token'), forgotten });
  });

  app.post('/r/:token/forget', async (c) => {
    const open = await followLink(intake, c.req.param('token'));
    forgetSendings(c, portal, open.link.id);
    forgetPassword(c, portal, open);
    return c.redirect(`/r/${c.req.param('token')}?forgotten`, 303);
  });

  app.get('/r/:token/forms/:id', async (c) => {
    const { token, id } = c.req.param();
    const open = await followLink(intake, token);
    if (open.closed) return closedPage(c, portal, open, { token });
    if (!hasShownPassword(c, portal, open)) return passwordPage(c, portal, open, { token, status: 403 });
    const form = await findForm(portal.db, open.request.id, id);
    if (form === undefined) throw new Failure('not-found');
    return giveForm(c, portal, form);
  });

  app.post('/r/:token/password', async (c) => {
    const token = c.req.param('token');
    const open = await followLink(intake, token);
    const { password } = await fieldsOf(c);
    try {
      await checkPassword(c, portal, open, typeof password === 'string' ? password : '');
    } catch (error) {
      if (!isFailure(error, 'submission.password-wrong', 'auth.throttled')) throw error;
      const context = { ...pageContext(c, portal, open.request), path: `/r/${token}` };
      const failure = { code: error.code, params: error.params };
      return page(
        c,
        <PasswordPage context={context} token={token} failure={failure} />,
        statusOf[error.code],
      );
    }
    rememberPassword(c, portal, open);
    return c.redirect(`/r/${token}`, 303);
  });

  app.post('/r/:token/submissions', async (c) => {
    const open = await followLink(intake, c.req.param('token'));
    const input = newSubmission.safeParse(await c.req.json().catch(() => undefined));
    if (!input.success) throw new Failure('input.invalid');
    if (!hasShownPassword(c, portal, open)) {
      if (input.data.password === undefined) throw new Failure('submission.password-wrong');
      await checkPassword(c, portal, open, input.data.password);
    }
    const { supplementOf } = input.data;
    const details = {
      ...input.data,
      language: input.data.language ?? languageOf(c, open.request.languages),
      supplementOf: supplementOf === undefined ? undefined : await ownSubmission(c, portal, supplementOf),
    };
    const { submission, credential } = await startSubmission(intake, open, details, portal.addressOf(c));
    rememberSending(c, portal, submission, credential);
    void portal.proofs.expectSending(open.request.id);
    const items = (await checklistOf(portal.db, open.request.id)).map(describeItem);
    const { id: submissionId, receiptNumber } = submission;
    return c.json({ submissionId, credential, receiptNumber, items }, 201);
  });

  app.get('/submissions/:id', async (c) => {
    const own = await findOwnSubmission(
      intake,
      requireCredential(c.req.header('authorization')),
      c.req.param('id'),
    );
    return c.json(await describeSubmission(intake, own.submission));
  });

  app.post('/submissions/:id/finish', async (c) => {
    const credential = requireCredential(c.req.header('authorization'));
    const { submission } = await findOwnSubmission(intake, credential, c.req.param('id'));
    // Broken JSON is not the same as none: it may have named the uploads.
    const sent = await c.req.text();
    const input = finishing.safeParse(sent === '' ? {} : await c.req.json().catch(() => undefined));
    if (!input.success) throw new Failure('input.invalid');
    await finishSubmission(intake, submission.id, input.data.uploads);
    const { submission: after } = await findOwnSubmission(intake, credential);
    return c.json(await describeSubmission(intake, after), after.state === 'sealed' ? 200 : 202);
  });

  app.post('/submissions/:id/files/:uploadId/take-back', async (c) => {
    const credential = requireCredential(c.req.header('authorization'));
    const { submission } = await findOwnSubmission(intake, credential, c.req.param('id'));
    await takeBack(intake, submission.id, [c.req.param('uploadId')], portal.addressOf(c));
    return c.json(await describeSubmission(intake, submission));
  });

  app.route('/receipts', createReceiptRoutes(portal));

  return app;
};

/** @throws Failure `not-found`, as for a credential that is wrong */
const requireCredential = (header: string | undefined): string => {
  const credential = bearer(header);
  if (credential === undefined) throw new Failure('not-found');
  return credential;
};

/** @throws Failure `not-found` without the submission's credential, be it sent along or kept by this browser */
const ownSubmission = async (c: Context, { intake }: Portal, submissionId: string) => {
  const { submission } = await requireSubmission(intake, submissionId);
  const credential = bearer(c.req.header('authorization')) ?? ownCredential(c, submission);
  if (credential === undefined) throw new Failure('not-found');
  return (await findOwnSubmission(intake, credential, submissionId)).submission;
};
