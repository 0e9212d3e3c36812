import { type Context, Hono } from 'hono';
import { arrivedTogether, checklistOf } from '../../../db/queries/checklist.ts';
import {
  type SubmissionRow,
  type SubmissionWithRequest,
  supplementsOf,
  uploadsOf,
} from '../../../db/queries/submissions.ts';
import { type OwnReceipt, ReceiptPage, UnfinishedPage } from '../../../web/pages/public/receipt.tsx';
import { ErrorPage } from '../../../web/pages/public/short.tsx';
import { TakeBackPage } from '../../../web/pages/public/take-back.tsx';
import { receiptAsText } from '../../intake/check-receipt.ts';
import {
  describeProgress,
  findByReceiptAddress,
  type ReceiptProgress,
} from '../../intake/describe-receipt.ts';
import { receiptPath } from '../../intake/describe-submission.ts';
import { missingItems } from '../../intake/rules/checklist.ts';
import { parseReceipt } from '../../intake/rules/receipt.ts';
import { mayTakeBack, takeBackUntil } from '../../intake/rules/take-back.ts';
import { pathForMore } from '../../intake/submit.ts';
import { takeBack } from '../../intake/take-back.ts';
import { Failure, isFailure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { formOf } from '../fields.ts';
import { languageOf } from '../language.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { ownCredential } from './sent.ts';
import { slipOf } from './slip.ts';

/**
 * A receipt's private address. It may be passed on, so by itself it only shows: what changes something asks for the
 * submission's credential, which the browser that has sent it keeps.
 */
export const createReceiptRoutes = (portal: Portal): Hono => {
  const app = new Hono();
  const { intake } = portal;

  app.get('/key', (c) => c.text(intake.receipts.publicKeyPem));

  app.get('/:address', async (c) => {
    const found = await findByReceiptAddress(intake, c.req.param('address'));
    return receiptPage(c, portal, found, await ownReceipt(c, portal, found));
  });

  app.get('/:address/state.json', async (c) =>
    c.json(await describeProgress(intake, await findByReceiptAddress(intake, c.req.param('address')))),
  );

  app.get('/:address/take-back', async (c) => {
    const { found, own, path } = await requireOwn(c, portal);
    const chosen = new Set(c.req.queries('file'));
    const files = own.takeBack.files.filter(({ uploadId }) => chosen.has(uploadId));
    if (files.length === 0) return nothingToTakeBack(c, portal, found, own, [...chosen]);
    const query = files.map(({ uploadId }) => `file=${encodeURIComponent(uploadId)}`).join('&');
    const context = { ...pageContext(c, portal, found.request), path: `${c.req.path}?${query}` };
    const isSealed = found.submission.state === 'sealed';
    const mayAdd = own.addPath !== undefined;
    return page(
      c,
      <TakeBackPage context={context} files={files} isSealed={isSealed} mayAdd={mayAdd} receiptPath={path} />,
    );
  });

  app.post('/:address/take-back', async (c) => {
    const { found, own, path } = await requireOwn(c, portal);
    const sent = (await formOf(c)).getAll('file');
    const uploadIds = sent.filter((id) => typeof id === 'string');
    if (uploadIds.every((id) => own.takenBack.includes(id)))
      return nothingToTakeBack(c, portal, found, own, uploadIds);
    try {
      await takeBack(intake, found.submission.id, uploadIds, portal.addressOf(c));
    } catch (error) {
      if (!isFailure(error, 'file.unknown', 'take-back.over', 'take-back.handed-on')) throw error;
      const context = { ...pageContext(c, portal, found.request), path };
      return page(c, <ErrorPage context={context} failure={error} back={path} />, statusOf[error.code]);
    }
    return c.redirect(path, 303);
  });

  app.get('/:address/receipt.txt', async (c) => {
    const signed = await findReceipt(portal, c.req.param('address'));
    return c.body(receiptAsText(intake, signed, languageOf(c)), 200, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Disposition': `attachment; filename="${parseReceipt(signed.text).number}.txt"`,
      Vary: 'Accept-Language, Cookie',
    });
  });

  // The receipt byte for byte as it was signed, and its signature (64 bytes), for whoever wants to check it.
  app.get('/:address/receipt.json', async (c) => {
    const { text } = await findReceipt(portal, c.req.param('address'));
    return c.body(text, 200, { 'Content-Type': 'application/json; charset=utf-8' });
  });
  app.get('/:address/receipt.sig', async (c) => {
    const { signature } = await findReceipt(portal, c.req.param('address'));
    return c.body(new Uint8Array(Buffer.from(signature, 'base64url')), 200, {
      'Content-Type': 'application/octet-stream',
    });
  });

  return app;
};

interface SignedReceipt {
  text: string;
  signature: string;
}

/** @throws Failure `not-found` where there is none yet */
const signedOf = ({ submission }: SubmissionWithRequest): SignedReceipt => {
  const { receiptText: text, receiptSignature: signature } = submission;
  if (text === null || signature === null) throw new Failure('not-found');
  return { text, signature };
};

const findReceipt = async (portal: Portal, address: string): Promise<SignedReceipt> =>
  signedOf(await findByReceiptAddress(portal.intake, address));

/** @param own left out: it was sent from another browser */
const receiptPage = async (
  c: Context,
  portal: Portal,
  found: SubmissionWithRequest,
  own?: OwnReceipt,
  status?: 409 | 422,
) => {
  const { submission, request, now } = found;
  const progress = await describeProgress(portal.intake, found);
  const addPath = await pathForMore(portal.intake, found);
  const path = pathOf(c);
  const common = {
    context: { ...pageContext(c, portal, request), path },
    progress,
    path,
    own,
    mayAdd: addPath !== undefined,
    elsewhere:
      own === undefined && submission.linkId !== null
        ? elsewhereOf(mayTakeBack(submission, request, now), addPath !== undefined)
        : undefined,
  };
  if (progress.state !== 'sealed')
    return page(c, <UnfinishedPage {...common} about={aboutOf(found)} />, status);
  return page(
    c,
    <ReceiptPage
      {...common}
      receipt={shownReceipt(signedOf(found), progress)}
      supplements={await shownSupplements(c, portal, submission)}
      verifyUrl={new URL('/verify', portal.publicUrl).href}
    />,
    status,
  );
};

const elsewhereOf = (takeBack: boolean, add: boolean): 'takeBack' | 'add' | 'both' | undefined => {
  if (takeBack) return add ? 'both' : 'takeBack';
  return add ? 'add' : undefined;
};

/** The address of a receipt is told to nobody but the browser that has sent it. */
const shownSupplements = async (c: Context, portal: Portal, { id }: SubmissionRow) =>
  (await supplementsOf(portal.db, id)).map((each) => ({
    number: each.receiptNumber,
    path: ownCredential(c, each) === undefined ? undefined : receiptPath(portal.intake, each.id),
  }));

/** Says why beside the list of files; where there is none any more, the page itself says that it is too late. */
const nothingToTakeBack = (
  c: Context,
  portal: Portal,
  found: SubmissionWithRequest,
  own: OwnReceipt,
  chosen: string[],
) => {
  if (chosen.length === 0) return receiptPage(c, portal, found, { ...own, problem: 'none-chosen' }, 422);
  if (chosen.every((id) => own.takenBack.includes(id)))
    return receiptPage(c, portal, found, { ...own, problem: 'taken-back-before' }, 409);
  return c.redirect(`${pathOf(c)}#take-back`);
};

/** Of the receipt itself. */
const pathOf = (c: Context): string => `/receipts/${c.req.param('address') ?? ''}`;

/** What this browser may do with what it has sent; undefined where that was sent from another. */
const ownReceipt = async (
  c: Context,
  portal: Portal,
  found: SubmissionWithRequest,
): Promise<OwnReceipt | undefined> => {
  const { submission, request, now } = found;
  if (ownCredential(c, submission) === undefined) return undefined;
  const files = (await uploadsOf(portal.db, submission.id)).flatMap(({ file }) => file ?? []);
  const isOpenToIt = mayTakeBack(submission, request, now);
  const until = submission.sealedAt === null ? undefined : takeBackUntil(submission.sealedAt, request);
  const addPath = await pathForMore(portal.intake, found);
  return {
    takeBack: {
      path: `${pathOf(c)}/take-back`,
      until: request.takeBackMinutes === 0 ? undefined : until,
      files: isOpenToIt
        ? files
            .filter(({ state }) => state !== 'withdrawn' && state !== 'imported')
            .map(({ uploadId, path, sizeBytes }) => ({ uploadId: uploadId ?? '', name: path, sizeBytes }))
        : [],
    },
    takenBack: files.flatMap(({ state, uploadId }) => (state === 'withdrawn' ? (uploadId ?? []) : [])),
    missing: addPath === undefined ? [] : await missingTogether(portal, submission),
    addPath,
  };
};

/** Labels of the required items for which neither a sending nor what adds to it has a file. */
const missingTogether = async ({ db }: Portal, { id, supplementOf, requestId }: SubmissionRow) =>
  missingItems(await checklistOf(db, requestId), await arrivedTogether(db, supplementOf ?? id)).map(
    ({ label }) => label,
  );

/** @throws Failure `not-found` for a receipt of another browser's, as for one that is not there */
const requireOwn = async (c: Context, portal: Portal) => {
  const address = c.req.param('address') ?? '';
  const found = await findByReceiptAddress(portal.intake, address);
  const own = await ownReceipt(c, portal, found);
  if (own === undefined) throw new Failure('not-found');
  return { found, own, path: pathOf(c) };
};

const aboutOf = ({ submission, request }: SubmissionWithRequest) => ({
  number: submission.receiptNumber,
  requestTitle: request.title,
  submitterName: submission.submitterName,
});

const shownReceipt = ({ text, signature }: SignedReceipt, progress: ReceiptProgress) => {
  const receipt = parseReceipt(text);
  const known = new Map(progress.files.map((file) => [file.name, file]));
  return {
    ...slipOf(receipt),
    files: slipOf(receipt).files.map((file) => {
      const { state, importedAt } = known.get(file.name) ?? {};
      return {
        ...file,
        state: state === 'imported' ? ('imported' as const) : ('stored' as const),
        ...(importedAt === undefined ? {} : { importedAt: new Date(importedAt) }),
      };
    }),
    signature,
  };
};
