import type { Context } from 'hono';
import { z } from 'zod';
import { isUnknownAtNextcloud } from '../../../db/queries/notification-claims.ts';
import { findStaff, listApiTokens, type StaffRow } from '../../../db/queries/people.ts';
import { sessionsOf } from '../../../db/queries/sessions.ts';
import { type AccountDone, AccountPage, accountDone } from '../../../web/pages/staff/account.tsx';
import type { ShownNotified } from '../../../web/pages/staff/notified.tsx';
import { RecoveryCodesPage } from '../../../web/pages/staff/second-factor.tsx';
import {
  changeAddress,
  changeDetails,
  changePassword,
  endOtherSessions,
  endSession,
  leastPasswordCharacters,
} from '../../auth/account.ts';
import { ownNextcloudOf } from '../../auth/own-nextcloud.ts';
import { rightsOf } from '../../auth/rights.ts';
import { confirm, enrol, secondFactorOf, turnOff } from '../../auth/second-factor.ts';
import { Failure } from '../../lib/failure.ts';
import type { Ability } from '../../mail/notifier.ts';
import { statusOf } from '../failures.ts';
import { rememberLanguage } from '../language.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { browserOf } from './browser.ts';
import { ownerOf } from './confirm.tsx';
import type { Console, StaffEnv } from './env.ts';
import { addOwnNextcloud } from './nextcloud-way.tsx';
import { readForm } from './read-form.ts';
import { shownToken } from './tokens.tsx';

const anyone = { needs: 'anyone' } as const;

const detailsSchema = z.object({
  name: z.string().trim().min(1).max(200),
  language: z.enum(['en', 'ja']),
  mailing: z.enum(['each', 'daily', 'none']),
  notified: z
    .literal('yes')
    .optional()
    .transform((value) => value === 'yes'),
});

const addressSchema = z.object({
  email: z.union([z.literal(''), z.email().max(254)]).transform((email) => (email === '' ? null : email)),
});

const passwordSchema = z.object({
  current: z.string().max(1000),
  password: z.string().max(1000),
  again: z.string().max(1000),
  revokeTokens: z
    .literal('yes')
    .optional()
    .transform((ticked) => ticked === 'yes'),
});

const codeSchema = z.object({ code: z.string().max(100) });
const turnOffSchema = codeSchema.extend({ current: z.string().max(1000) });

/** What people see and change of their own account. */
export const addAccountPages = (app: Console, portal: Portal): void => {
  const { db } = portal;
  const accountPage = (c: Context<StaffEnv>, failure?: Failure) => showAccount(c, portal, failure);

  app.get('/account', anyone, (c) => accountPage(c));

  app.post('/account', anyone, (c) =>
    orSayWhy(c, accountPage, async () => {
      const details = await readForm(c, detailsSchema);
      await changeDetails(db, ownerOf(c, portal), details);
      rememberLanguage(c, details.language);
      return 'saved';
    }),
  );

  app.post('/account/address', { ...anyone, confirm: 'address' }, (c) =>
    orSayWhy(c, accountPage, async () => {
      const { email } = await readForm(c, addressSchema);
      await changeAddress(db, ownerOf(c, portal), email);
      return 'address';
    }),
  );

  app.post('/account/password', anyone, (c) =>
    orSayWhy(c, accountPage, async () => {
      await changePassword(portal, ownerOf(c, portal), await readForm(c, passwordSchema));
      return 'password';
    }),
  );

  app.post('/account/second-factor', { ...anyone, confirm: 'second-factor' }, async (c) => {
    await enrol(portal, ownerOf(c, portal));
    return c.redirect('/staff/account#second-factor-title', 303);
  });

  app.post('/account/second-factor/confirm', { ...anyone, confirm: 'second-factor' }, async (c) => {
    const { code } = await readForm(c, codeSchema);
    try {
      const codes = await confirm(portal, ownerOf(c, portal), code);
      return page(
        c,
        <RecoveryCodesPage context={pageContext(c, portal)} staff={c.var.staff} codes={codes} />,
      );
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return accountPage(c, error);
    }
  });

  app.post('/account/second-factor/turn-off', anyone, (c) =>
    orSayWhy(c, accountPage, async () => {
      await turnOff(portal, ownerOf(c, portal), await readForm(c, turnOffSchema));
      return 'second-factor';
    }),
  );

  addOwnNextcloud(app, portal, accountPage);

  app.post('/account/sessions/:session/end', anyone, async (c) => {
    const { session } = c.req.param();
    await endSession(db, ownerOf(c, portal), session);
    return c.redirect(
      session === c.var.staff.sessionId ? '/staff/sign-in' : '/staff/account?done=session',
      303,
    );
  });

  app.post('/account/end-other-sessions', anyone, async (c) => {
    await endOtherSessions(db, ownerOf(c, portal));
    return c.redirect('/staff/account?done=session', 303);
  });
};

const showAccount = async (c: Context<StaffEnv>, portal: Portal, failure?: Failure) => {
  const { staffId, sessionId } = c.var.staff;
  const [person, secondFactor, sessions, tokens, nextcloud, ability, isUnknown] = await Promise.all([
    findStaff(portal.db, staffId),
    secondFactorOf(portal, c.var.staff),
    sessionsOf(portal.db, staffId),
    listApiTokens(portal.db, staffId),
    ownNextcloudOf(portal.db, staffId),
    portal.notifyingAbility(),
    isUnknownAtNextcloud(portal.db, staffId),
  ]);
  if (person === undefined) throw new Failure('not-found');
  const context = pageContext(c, portal);
  return page(
    c,
    <AccountPage
      context={{ ...context, path: '/staff/account' }}
      person={{
        login: person.login,
        name: person.name,
        role: person.role,
        email: person.email ?? '',
        language: person.language ?? context.language,
        mailing: person.mailing,
        notified: notifiedOf(person, ability, isUnknown),
        hasPassword: person.passwordHash !== null,
      }}
      leastPasswordCharacters={leastPasswordCharacters}
      secondFactor={secondFactor}
      nextcloud={nextcloud}
      sessions={sessions.map(({ id, createdAt, address, userAgent }) => ({
        id,
        signedInAt: createdAt,
        address: address ?? undefined,
        device: browserOf(userAgent),
        isThis: id === sessionId,
      }))}
      tokens={tokens.map(({ token }) => shownToken(token))}
      scopes={rightsOf(person.role)}
      done={accountDone.find((known) => known === c.req.query('done'))}
      failure={failure && { code: failure.code, params: failure.params }}
    />,
    failure === undefined ? 200 : statusOf[failure.code],
  );
};

/** @param isUnknown the last word about them was that Nextcloud does not know their account */
const notifiedOf = (person: StaffRow, ability: Ability, isUnknown: boolean): ShownNotified => {
  const isWanted = person.notifiedSince !== null;
  if (person.nextcloudUser === null) return { isWanted, obstacle: 'no-account' };
  const shown = { isWanted, user: person.nextcloudUser };
  if (ability !== 'yes') return { ...shown, obstacle: ability };
  return isUnknown ? { ...shown, obstacle: 'unknown-user' } : shown;
};

/** Back to the page, which says what was done or why it was not. */
const orSayWhy = async (
  c: Context<StaffEnv>,
  show: (c: Context<StaffEnv>, failure: Failure) => Promise<Response>,
  change: () => Promise<AccountDone>,
): Promise<Response> => {
  try {
    return c.redirect(`/staff/account?done=${await change()}`, 303);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return show(c, error);
  }
};
