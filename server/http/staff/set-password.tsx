import type { Hono } from 'hono';
import { z } from 'zod';
import { ForgottenPage, SetPasswordPage } from '../../../web/pages/staff/set-password.tsx';
import { leastPasswordCharacters } from '../../auth/account.ts';
import { holderOfTicket, sendReset, setPasswordByTicket } from '../../auth/password-tickets.ts';
import { Failure, isFailure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { ticketDeps } from '../ticket-deps.ts';
import type { StaffEnv } from './env.ts';
import { readForm } from './read-form.ts';

const passwordSchema = z.object({ password: z.string().max(1000), again: z.string().max(1000) });
const nameSchema = z.object({ name: z.string().trim().min(1).max(254) });

/** Open to all: setting a password by a link, and having one sent. */
export const addPasswordLinks = (app: Hono<StaffEnv>, portal: Portal): void => {
  // What fetches a link to look at it does not use it up.
  app.get('/set-password/:token', async (c) => {
    const { login, passwordHash, lastSignInAt } = await holderOfTicket(portal, c.req.param('token'));
    return page(
      c,
      <SetPasswordPage
        context={pageContext(c, portal)}
        path={c.req.path}
        login={login}
        isFirst={passwordHash === null && lastSignInAt === null}
        leastPasswordCharacters={leastPasswordCharacters}
      />,
    );
  });

  app.post('/set-password/:token', async (c) => {
    const token = c.req.param('token');
    const { login, passwordHash, lastSignInAt } = await holderOfTicket(portal, token);
    try {
      await setPasswordByTicket(portal, token, await readForm(c, passwordSchema), portal.addressOf(c));
      return c.redirect('/staff/sign-in?done=password', 303);
    } catch (error) {
      if (!isFailure(error, 'password.not-repeated', 'password.too-short')) throw error;
      return page(
        c,
        <SetPasswordPage
          context={pageContext(c, portal)}
          path={c.req.path}
          login={login}
          isFirst={passwordHash === null && lastSignInAt === null}
          leastPasswordCharacters={leastPasswordCharacters}
          failure={{ code: error.code, params: error.params }}
        />,
        statusOf[error.code],
      );
    }
  });

  const requireMail = () => {
    if (!portal.intake.sendsMail) throw new Failure('not-found');
  };

  app.get('/forgotten', (c) => {
    requireMail();
    return page(c, <ForgottenPage context={pageContext(c, portal)} done={false} />);
  });

  app.post('/forgotten', async (c) => {
    requireMail();
    const { name } = await readForm(c, nameSchema);
    const context = pageContext(c, portal);
    try {
      await sendReset({ ...portal, ...ticketDeps(portal) }, name, portal.addressOf(c));
      return page(c, <ForgottenPage context={context} done />);
    } catch (error) {
      if (!isFailure(error, 'auth.throttled')) throw error;
      const failure = { code: error.code, params: error.params };
      return page(c, <ForgottenPage context={context} done={false} failure={failure} />, 429);
    }
  });
};
