import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { VerifyPage, type VerifyPageProps } from '../../../web/pages/public/verify.tsx';
import { checkReceipt, filesWith, maxReceiptTextBytes } from '../../intake/check-receipt.ts';
import type { Receipt } from '../../intake/rules/receipt.ts';
import { Failure, isFailure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { fieldsOf } from '../fields.ts';
import { keepLanguage } from '../language.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { setRetryAfter } from '../replies.ts';
import { slipOf } from './slip.ts';

/** The receipt pasted and as a file, and what a form has around them. */
const maxBodyBytes = maxReceiptTextBytes + 64 * 1024;

/** Says to anybody whether a receipt is genuine: 200 where it is, else 422. Reads nothing but what it is given. */
export const createVerifyRoutes = (portal: Portal): Hono => {
  const app = new Hono();
  app.use(keepLanguage);

  app.get('/', (c) => show(c, portal, {}));

  app.post(
    '/',
    async (c, next) => {
      try {
        // Before a byte of the body is read.
        await portal.throttle.serve('verify', portal.addressOf(c));
      } catch (error) {
        if (!isFailure(error, 'auth.throttled')) throw error;
        setRetryAfter(c, error);
        return show(c, portal, { failure: { code: error.code, params: error.params } }, statusOf[error.code]);
      }
      return next();
    },
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: () => {
        throw new Failure('input.too-large');
      },
    }),
    async (c) => {
      const given = await readForm(c);
      if (given.receipt.length === 0) return show(c, portal, { isMissing: true, sha256: given.sha256 }, 422);
      const verdict = checkReceipt(portal.intake.receipts, given.receipt);
      const typed = { text: textOf(given.receipt), sha256: given.sha256 };
      if (!verdict.genuine) return show(c, portal, { ...typed, reason: verdict.reason }, 422);
      return show(c, portal, {
        ...typed,
        receipt: slipOf(verdict.receipt),
        ...compared(verdict.receipt, given.sha256),
      });
    },
  );

  return app;
};

const show = (
  c: Context,
  portal: Portal,
  props: Omit<VerifyPageProps, 'context'>,
  status: Parameters<typeof page>[2] = 200,
) => page(c, <VerifyPage context={{ ...pageContext(c, portal), path: '/verify' }} {...props} />, status);

/** A file that was chosen wins over what an earlier check left in the box. */
const readForm = async (c: Context): Promise<{ receipt: string | Uint8Array; sha256: string }> => {
  const { receipt, file, sha256 } = await fieldsOf(c);
  return {
    receipt:
      file instanceof File && file.size > 0
        ? new Uint8Array(await file.arrayBuffer())
        : typeof receipt === 'string'
          ? receipt
          : '',
    sha256: typeof sha256 === 'string' ? sha256.replaceAll(/\s+/g, '').slice(0, 200) : '',
  };
};

const textOf = (given: string | Uint8Array): string =>
  typeof given === 'string' ? given : new TextDecoder().decode(given);

const compared = (receipt: Receipt, sha256: string): Pick<VerifyPageProps, 'isNoHash' | 'comparison'> => {
  if (sha256 === '') return {};
  if (!/^[0-9a-f]{64}$/i.test(sha256)) return { isNoHash: true };
  return { comparison: { sha256: sha256.toLowerCase(), matches: filesWith(receipt, sha256) } };
};
