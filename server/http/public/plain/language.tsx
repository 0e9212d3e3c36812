import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import type { ShownFailure } from '../../../../web/pages/context.ts';
import { failureInput } from '../../../../web/pages/public/request.tsx';
import { newsInput } from '../../../../web/pages/public/sending.tsx';
import { tooLateInput } from '../../../../web/pages/public/short.tsx';
import { followLink } from '../../../intake/submit.ts';
import { Failure } from '../../../lib/failure.ts';
import { statusOf } from '../../failures.ts';
import { fieldsOf } from '../../fields.ts';
import { keepLanguage } from '../../language.ts';
import type { Portal } from '../../portal.ts';
import { closedPage } from '../gate.tsx';
import { hasShownPassword } from '../password.ts';
import { showRequest } from '../request-page.tsx';
import { isKnown } from './receive.ts';
import { findSending, required, sendingPath, showSending } from './show-sending.tsx';

/** What a page can tell of the thousands of files that one form may hold. */
const maxBodyBytes = 8 * 1024 * 1024;

const shownFailure = z.object({
  code: z.custom<ShownFailure['code']>((code) => typeof code === 'string' && Object.hasOwn(statusOf, code)),
  params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});

const news = z.object({
  refused: z.array(shownFailure.extend({ name: z.string() })),
  skipped: z.number(),
  isBroken: z.boolean(),
  problem: shownFailure.optional(),
});

/**
 * The language switch where no script keeps what a page holds: it sends the page's form, which comes back in the other
 * language. What is shown is what this browser sent, and nothing is done with it.
 */
export const createLanguageRoutes = (portal: Portal): Hono => {
  const app = new Hono();
  const limit = bodyLimit({
    maxSize: maxBodyBytes,
    onError: () => {
      throw new Failure('input.too-large');
    },
  });

  app.post('/r/:token/language', limit, keepLanguage, async (c) => {
    const token = c.req.param('token');
    const open = await followLink(portal.intake, token);
    const fields = await textsOf(c);
    const tooLate = told(fields[tooLateInput], z.array(z.string()));
    if (open.closed && tooLate !== undefined) return closedPage(c, portal, open, { token, tooLate });
    const returned = {
      values: Object.fromEntries(Object.entries(fields).filter(([name]) => isKnown(name))),
      failure: told(fields[failureInput], shownFailure),
      hadFiles: Object.entries(fields).some(([name, value]) => /^files(\.|$)/.test(name) && value !== ''),
    };
    return showRequest(c, portal, open, { token, returned });
  });

  app.get('/r/:token/language', keepLanguage, (c) => c.redirect(`/r/${c.req.param('token')}`, 303));

  app.post('/r/:token/send/:id/language', limit, keepLanguage, async (c) => {
    const { open, sending } = await findSending(c, portal);
    if (!hasShownPassword(c, portal, open)) return c.redirect(`/r/${c.req.param('token')}`, 303);
    return showSending(c, portal, open, required(sending), told((await textsOf(c))[newsInput], news));
  });

  app.get('/r/:token/send/:id/language', keepLanguage, (c) =>
    c.redirect(sendingPath(c, c.req.param('id')), 303),
  );

  return app;
};

const textsOf = async (c: Context): Promise<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(await fieldsOf(c)).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );

/** @returns undefined for what is not as a page of ours wrote it */
const told = <Type,>(text: string | undefined, form: z.ZodType<Type>): Type | undefined => {
  try {
    return form.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
};
