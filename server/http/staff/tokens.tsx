import { z } from 'zod';
import type { ApiTokenRow } from '../../../db/queries/people.ts';
import { NewTokenPage, type ShownToken } from '../../../web/pages/staff/tokens.tsx';
import { createOwnToken, revokeOwnToken } from '../../auth/api-tokens.ts';
import { rights } from '../../auth/rights.ts';
import type { SignedIn } from '../../auth/sessions.ts';
import type { Actor } from '../../intake/context.ts';
import { Failure } from '../../lib/failure.ts';
import { formOf } from '../fields.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import type { Console } from './env.ts';

const anyone = { needs: 'anyone' } as const;

const tokenSchema = z.object({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(z.enum(rights)),
  lifeDays: z
    .string()
    .regex(/^([1-9]\d{0,3})?$/)
    .transform((days) => (days === '' ? null : Number(days))),
});

/** One's own API tokens; they are listed on the account's page. */
export const addTokenPages = (app: Console, portal: Portal): void => {
  const { db } = portal;

  app.post('/account/tokens', { ...anyone, confirm: 'token' }, async (c) => {
    const form = await formOf(c);
    const given = tokenSchema.safeParse({ ...Object.fromEntries(form), scopes: form.getAll('scopes') });
    if (!given.success) throw new Failure('input.invalid', { cause: given.error });
    const { staff, actor } = c.var;
    const token = await createOwnToken(db, ownerOf(staff, actor), staff.role, given.data);
    return page(c, <NewTokenPage context={pageContext(c, portal)} staff={staff} token={token} />);
  });

  app.post('/account/tokens/:token/revoke', anyone, async (c) => {
    await revokeOwnToken(db, ownerOf(c.var.staff, c.var.actor), c.req.param('token'));
    return c.redirect('/staff/account?done=token#tokens-title', 303);
  });
};

const ownerOf = ({ staffId }: SignedIn, { name, address }: Actor) => ({ staffId, name, address });

export const shownToken = ({ id, name, scopes, expiresAt, lastUsedAt }: ApiTokenRow): ShownToken => ({
  id,
  name,
  scopes,
  expiresAt: expiresAt ?? undefined,
  lastUsedAt: lastUsedAt ?? undefined,
});
