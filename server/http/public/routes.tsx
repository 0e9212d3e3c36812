import { Hono } from 'hono';
import { z } from 'zod';
import { checklistOf } from '../../../db/queries/checklist.ts';
import { findForm, formsOf } from '../../../db/queries/request-forms.ts';
import { filesOf, findSubmission } from '../../../db/queries/submissions.ts';
import { languages } from '../../../web/i18n/index.ts';
import { ReceiptPage } from '../../../web/pages/public/receipt.tsx';
import {
  type PublicRequest,
  type PublicUnfinished,
  RequestPage,
} from '../../../web/pages/public/request.tsx';
import { PasswordPage } from '../../../web/pages/public/short.tsx';
import { bearer } from '../../auth/api-tokens.ts';
import { bytesLeft } from '../../intake/admit.ts';
import { receiptAsText } from '../../intake/check-receipt.ts';
import { describeItem } from '../../intake/describe-request.ts';
import { describeSubmission, receiptPurpose } from '../../intake/describe-submission.ts';
import { parseReceipt } from '../../intake/rules/receipt.ts';
import {
  findOwnSubmission,
  finishSubmission,
  followLink,
  type OpenLink,
  startSubmission,
} from '../../intake/submit.ts';
import { Failure, isFailure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { giveForm } from '../forms.ts';
import { languageOf } from '../language.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { closedPage, passwordPage } from './gate.tsx';
import { checkPassword, hasShownPassword, rememberPassword } from './password.ts';
import { rememberSending } from './sent.ts';
import { unfinishedOf } from './unfinished.ts';

const newSubmission = z.object({
  name: z.string(),
  email: z.string().optional(),
  message: z.string().optional(),
  answers: z.record(z.string(), z.string()).default({}),
  /** Of the page. Left out: what the browser prefers. */
  language: z.enum(languages).optional(),
  /** For programs, which keep no cookie. */
  password: z.string().optional(),
});

/** The submitter's side: the page behind a link, and what it talks to. */
export const createPublicRoutes = (portal: Portal): Hono => {
  const app = new Hono();
  const { intake } = portal;

  app.get('/', (c) => c.redirect('/staff'));

  app.get('/r/:token', async (c) => {
    const open = await followLink(intake, c.req.param('token'));
    const context = pageContext(c, portal, open.request.accountId);
    const mayKnow = hasShownPassword(c, portal, open);
    const unfinished = mayKnow ? await unfinishedOf(c, portal, open) : undefined;
    if (open.closed && unfinished === undefined) return closedPage(c, portal, open);
    if (!mayKnow) return passwordPage(c, portal, open, { token: c.req.param('token') });
    void portal.proofs.expectSending(open.request.id);
    return page(
      c,
      <RequestPage
        context={context}
        token={c.req.param('token')}
        request={await publicRequest(portal, open, unfinished)}
      />,
    );
  });

  app.get('/r/:token/forms/:id', async (c) => {
    const { token, id } = c.req.param();
    const open = await followLink(intake, token);
    if (open.closed) return closedPage(c, portal, open);
    if (!hasShownPassword(c, portal, open)) return passwordPage(c, portal, open, { token, status: 403 });
    const form = await findForm(portal.db, open.request.id, id);
    if (form === undefined) throw new Failure('not-found');
    return giveForm(c, portal, form);
  });

  app.post('/r/:token/password', async (c) => {
    const token = c.req.param('token');
    const open = await followLink(intake, token);
    const { password } = await c.req.parseBody();
    try {
      await checkPassword(c, portal, open, typeof password === 'string' ? password : '');
    } catch (error) {
      if (!isFailure(error, 'submission.password-wrong', 'auth.throttled')) throw error;
      const context = { ...pageContext(c, portal, open.request.accountId), path: `/r/${token}` };
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
    const details = { ...input.data, language: input.data.language ?? languageOf(c) };
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
    await finishSubmission(intake, submission.id);
    const { submission: after } = await findOwnSubmission(intake, credential);
    return c.json(await describeSubmission(intake, after), after.state === 'sealed' ? 200 : 202);
  });

  app.get('/receipts/key', (c) => c.text(intake.receipts.publicKeyPem));

  app.get('/receipts/:address', async (c) => {
    const signed = await findReceipt(portal, c.req.param('address'));
    return page(
      c,
      <ReceiptPage
        context={pageContext(c, portal, signed.accountId)}
        receipt={await shownReceipt(portal, signed)}
        textPath={`${c.req.path}/receipt.txt`}
        verifyUrl={new URL('/verify', portal.publicUrl).href}
      />,
    );
  });

  app.get('/receipts/:address/receipt.txt', async (c) => {
    const signed = await findReceipt(portal, c.req.param('address'));
    return c.body(receiptAsText(intake, signed, languageOf(c)), 200, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Disposition': `attachment; filename="${parseReceipt(signed.text).number}.txt"`,
      Vary: 'Accept-Language, Cookie',
    });
  });

  // The receipt byte for byte as it was signed, and its signature (64 bytes), for whoever wants to check it.
  app.get('/receipts/:address/receipt.json', async (c) => {
    const { text } = await findReceipt(portal, c.req.param('address'));
    return c.body(text, 200, { 'Content-Type': 'application/json; charset=utf-8' });
  });
  app.get('/receipts/:address/receipt.sig', async (c) => {
    const { signature } = await findReceipt(portal, c.req.param('address'));
    return c.body(new Uint8Array(Buffer.from(signature, 'base64url')), 200, {
      'Content-Type': 'application/octet-stream',
    });
  });

  return app;
};

/** @throws Failure `not-found`, as for a credential that is wrong */
const requireCredential = (header: string | undefined): string => {
  const credential = bearer(header);
  if (credential === undefined) throw new Failure('not-found');
  return credential;
};

const publicRequest = async (
  { db, intake }: Portal,
  { request, closed }: OpenLink,
  unfinished: PublicUnfinished | undefined,
): Promise<PublicRequest> => ({
  unfinished,
  mailsReceipt: intake.sendsMail,
  title: request.title,
  instructions: request.instructions,
  fields: request.fields,
  forms: closed ? [] : await formsOf(db, request.id),
  checklist: (await checklistOf(db, request.id)).map(
    ({ id, label, required, maxFileBytes, maxFiles, allowedTypes }) => ({
      id,
      label,
      required,
      rules: { maxFileBytes: maxFileBytes ?? undefined, maxFiles: maxFiles ?? undefined, allowedTypes },
    }),
  ),
  ...(request.deadlineAt === null
    ? {}
    : {
        deadline: {
          at: request.deadlineAt,
          zone: request.deadlineZone,
          ...(request.graceMinutes > 0
            ? { graceUntil: new Date(request.deadlineAt.getTime() + request.graceMinutes * 60_000) }
            : {}),
        },
      }),
  rules: {
    maxFileBytes: request.maxFileBytes ?? undefined,
    maxFiles: request.maxFilesPerSubmission ?? undefined,
    maxBytes: await bytesLeft(intake, request, bytesOf(unfinished)),
    allowedTypes: request.allowedTypes,
  },
});

const bytesOf = (unfinished: PublicUnfinished | undefined): number =>
  unfinished?.files
    .filter(({ state }) => state !== 'failed' && state !== 'abandoned')
    .reduce((sum, { sizeBytes, offsetBytes }) => sum + (sizeBytes ?? offsetBytes), 0) ?? 0;

interface SignedReceipt {
  submissionId: string;
  /** In which the request lies. */
  accountId: string;
  text: string;
  signature: string;
}

/** @param address `<submission id>.<signature>` @throws Failure `not-found` */
const findReceipt = async (portal: Portal, address: string): Promise<SignedReceipt> => {
  const [submissionId = '', addressSignature = ''] = address.split('.');
  const found = portal.sealing.verify(submissionId, addressSignature, receiptPurpose)
    ? await findSubmission(portal.db, submissionId)
    : undefined;
  const { receiptText: text = null, receiptSignature: signature = null } = found?.submission ?? {};
  if (found === undefined || text === null || signature === null) throw new Failure('not-found');
  return { submissionId, accountId: found.request.accountId, text, signature };
};

const shownReceipt = async (portal: Portal, { submissionId, text, signature }: SignedReceipt) => {
  const receipt = parseReceipt(text);
  const states = new Map((await filesOf(portal.db, submissionId)).map((file) => [file.path, file.state]));
  return {
    number: receipt.number,
    requestTitle: receipt.request.title,
    submitterName: receipt.submitter.name,
    files: receipt.files.map((file) => ({
      name: file.path,
      item: file.item,
      sizeBytes: file.sizeBytes,
      sha256: file.sha256,
      storedAt: new Date(file.storedAt),
      state: states.get(file.path) === 'imported' ? ('imported' as const) : ('stored' as const),
    })),
    sealedAt: new Date(receipt.sealedAt),
    finishedBySubmitter: receipt.finishedBySubmitter,
    late: receipt.late,
    signature,
  };
};
