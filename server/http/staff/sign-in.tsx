import type { Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { SignInPage } from '../../../web/pages/staff/sign-in.tsx';
import { Failure, isFailure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { fieldsOf } from '../fields.ts';
import { rememberLanguage } from '../language.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import type { Console, StaffEnv } from './env.ts';

/** The door of the console: who comes in, and who is sent to sign in. What is added to `app` before is open to all. */
export const addSignIn = (app: Hono<StaffEnv>, portal: Portal): void => {
  const cookie = sessionCookie(portal);

  app.get('/sign-in', (c) => page(c, <SignInPage context={pageContext(c, portal)} />));

  app.post('/sign-in', async (c) => {
    const form = await fieldsOf(c);
    const login = typeof form.login === 'string' ? form.login.trim() : '';
    const password = typeof form.password === 'string' ? form.password : '';
    try {
      const { token, language } = await portal.sessions.signIn(login, password, {
        address: portal.addressOf(c),
        userAgent: c.req.header('user-agent'),
      });
      cookie.set(c, token);
      if (language !== null) rememberLanguage(c, language);
      return c.redirect('/staff', 303);
    } catch (error) {
      if (!isFailure(error, 'auth.refused', 'auth.throttled')) throw error;
      const failure = { code: error.code, params: error.params };
      return page(
        c,
        <SignInPage context={pageContext(c, portal)} login={login} failure={failure} />,
        statusOf[error.code],
      );
    }
  });

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
  const cookie = sessionCookie(portal);
  desk.post('/sign-out', { needs: 'anyone' }, async (c) => {
    await portal.sessions.signOut(cookie.get(c));
    cookie.drop(c);
    return c.redirect('/staff/sign-in', 303);
  });
};

const sessionCookie = ({ publicUrl }: Portal) => {
  const secure = publicUrl.protocol === 'https:';
  const name = secure ? '__Host-staff' : 'staff';
  return {
    get: (c: Context) => getCookie(c, name) ?? '',
    set: (c: Context, token: string) =>
      setCookie(c, name, token, { path: '/', httpOnly: true, sameSite: 'Lax', secure }),
    drop: (c: Context) => void deleteCookie(c, name, { path: '/', secure }),
  };
};
