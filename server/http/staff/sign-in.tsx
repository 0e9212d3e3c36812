import type { Context, Hono } from 'hono';
import { anyNextcloudUser } from '../../../db/queries/own-accounts.ts';
import { CodePage, SignInPage } from '../../../web/pages/staff/sign-in.tsx';
import { noting } from '../../auth/refusals.ts';
import type { HalfSignIn, NewSession } from '../../auth/sessions.ts';
import { Failure, isFailure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { fieldsOf } from '../fields.ts';
import { rememberLanguage } from '../language.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { confirmPath } from './confirm.tsx';
import { cookieOf } from './cookies.ts';
import type { Console, StaffEnv } from './env.ts';
import { addNextcloudSignIn } from './nextcloud-way.tsx';
import { addPasswordLinks } from './set-password.tsx';

/** The door of the console: who comes in, and who is sent to sign in. What is added to `app` before is open to all. */
export const addSignIn = (app: Hono<StaffEnv>, portal: Portal): void => {
  const cookie = cookieOf(portal, 'staff');
  const ticketCookie = cookieOf(portal, 'staff-ticket');

  const originOf = (c: Context) => ({
    address: portal.addressOf(c),
    userAgent: c.req.header('user-agent'),
    before: cookie.get(c),
  });
  const goOn = (c: Context, outcome: NewSession | HalfSignIn) => {
    if (outcome.step === 'done') return letIn(c, outcome);
    ticketCookie.set(c, outcome.ticket);
    return c.redirect('/staff/sign-in/code', 303);
  };
  const letIn = (c: Context, { token, language, holdsForm }: NewSession) => {
    cookie.set(c, token);
    if (ticketCookie.get(c) !== '') ticketCookie.drop(c);
    if (language !== null) rememberLanguage(c, language);
    return c.redirect(holdsForm ? confirmPath : '/staff', 303);
  };

  const ways = async () => ({
    sendsMail: portal.intake.sendsMail,
    hasProvider: portal.singleSignOn !== undefined,
    hasNextcloud: await admitsByNextcloud(portal),
  });
  app.get('/sign-in', async (c) =>
    page(
      c,
      <SignInPage
        context={pageContext(c, portal)}
        {...(await ways())}
        passwordIsSet={c.req.query('done') === 'password'}
      />,
    ),
  );

  app.post('/sign-in', async (c) => {
    const form = await fieldsOf(c);
    const login = typeof form.login === 'string' ? form.login.trim() : '';
    const password = typeof form.password === 'string' ? form.password : '';
    try {
      return goOn(c, await portal.sessions.signIn(login, password, originOf(c)));
    } catch (error) {
      if (!isFailure(error, 'auth.refused', 'auth.throttled')) throw error;
      const failure = { code: error.code, params: error.params };
      return page(
        c,
        <SignInPage context={pageContext(c, portal)} login={login} {...(await ways())} failure={failure} />,
        statusOf[error.code],
      );
    }
  });

  app.get('/sign-in/code', (c) =>
    ticketCookie.get(c) === ''
      ? c.redirect('/staff/sign-in', 303)
      : page(c, <CodePage context={pageContext(c, portal)} />),
  );

  app.post('/sign-in/code', async (c) => {
    const { code } = await fieldsOf(c);
    const context = pageContext(c, portal);
    try {
      const typed = typeof code === 'string' ? code.slice(0, 100) : '';
      return letIn(c, await portal.sessions.finishSignIn(ticketCookie.get(c), typed, originOf(c)));
    } catch (error) {
      if (!isFailure(error, 'auth.refused', 'auth.throttled', 'second-factor.wrong')) throw error;
      const failure = { code: error.code, params: error.params };
      // Without the first half, from the beginning.
      const Page = error.code === 'auth.refused' ? SignInPage : CodePage;
      return page(c, <Page context={context} failure={failure} />, statusOf[error.code]);
    }
  });

  addPasswordLinks(app, portal);

  const wayCookie = cookieOf(portal, 'staff-provider');
  app.get('/sign-in/provider', async (c) => {
    const { address, way } = await provider().begin(c.req.query('again') !== undefined);
    wayCookie.set(c, way);
    return c.redirect(address, 303);
  });
  app.get('/sign-in/provider/back', async (c) => {
    const way = wayCookie.get(c);
    wayCookie.drop(c);
    const { search } = new URL(c.req.url);
    const origin = originOf(c);
    const attempt = {
      ...origin,
      action: 'session.refused',
      staffId: undefined,
      by: 'single sign-on',
    } as const;
    const { staffId, at } = await noting(portal, attempt, () => provider().finish(way, search));
    return goOn(c, await portal.sessions.admit(staffId, origin, at));
  });
  const provider = () => {
    if (portal.singleSignOn === undefined) throw new Failure('not-found');
    return portal.singleSignOn;
  };

  addNextcloudSignIn(app, portal, async (c, staffId) =>
    goOn(c, await portal.sessions.admit(staffId, originOf(c))),
  );

  app.use(async (c, next) => {
    const staff = await portal.sessions.whoIs(cookie.get(c));
    if (staff === undefined) {
      if (c.req.method === 'GET') return c.redirect('/staff/sign-in', 303);
      throw new Failure('auth.required');
    }
    c.set('staff', staff);
    c.set('actor', {
      name: `staff:${staff.staffId}`,
      staffId: staff.staffId,
      address: portal.addressOf(c),
      teams: staff.teams,
    });
    return next();
  });
};

export const addSignOut = (desk: Console, portal: Portal): void => {
  const cookie = cookieOf(portal, 'staff');
  desk.post('/sign-out', { needs: 'anyone' }, async (c) => {
    await portal.sessions.signOut(cookie.get(c));
    cookie.drop(c);
    return c.redirect('/staff/sign-in', 303);
  });
};

/** Where nobody could, it is not offered. */
const admitsByNextcloud = async ({ db, nextcloudDoor: { signIn } }: Portal): Promise<boolean> =>
  signIn !== undefined && (signIn.groups !== undefined || (await anyNextcloudUser(db)));
