import type { Context } from 'hono';
import { findStaff } from '../../../db/queries/people.ts';
import type { ConfirmedDeed } from '../../../web/i18n/index.ts';
import { ConfirmPage, passwordField } from '../../../web/pages/staff/confirm.tsx';
import {
  confirmByPassword,
  forgetHeldForm,
  type HeldForm,
  hasConfirmed,
  heldFormOf,
  holdForm,
} from '../../auth/confirmation.ts';
import type { Owner } from '../../auth/owner.ts';
import { type Failure, isFailure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { formOf } from '../fields.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { cookieOf } from './cookies.ts';
import type { Console, StaffEnv } from './env.ts';

/** Where somebody is asked who they are, and finds what they had typed. */
export const confirmPath = '/staff/confirm';

export const ownerOf = (c: Context<StaffEnv>, portal: Portal): Owner => ({
  staffId: c.var.staff.staffId,
  sessionId: c.var.staff.sessionId,
  address: portal.addressOf(c),
});

/**
 * Looks before a form is read whether its sender has to show first who they are. It is kept meanwhile, and sent again by
 * them: nothing is done by a GET, and no address that a browser brings along is led to.
 * @returns what is answered in the form's place; undefined: it is to be carried out
 */
export const askToConfirm = async (
  c: Context<StaffEnv>,
  portal: Portal,
  deed: ConfirmedDeed,
): Promise<Response | undefined> => {
  const owner = ownerOf(c, portal);
  const cookie = cookieOf(portal, 'staff-form');
  if (!(await hasConfirmed(portal.db, owner))) {
    const { password, ...sent } = await sentForm(c);
    const held = { ...sent, deed };
    cookie.set(c, await holdForm(portal, owner, held));
    if (password === undefined) return c.redirect(confirmPath, 303);
    try {
      await confirmByPassword(portal, owner, password);
    } catch (error) {
      if (!isFailure(error, 'password.wrong', 'auth.throttled')) throw error;
      return showConfirm(c, portal, held, error);
    }
  }
  await forgetHeldForm(portal.db, owner);
  if (cookie.get(c) !== '') cookie.drop(c);
  return undefined;
};

/** @throws Failure `input.invalid` */
const sentForm = async (c: Context) => {
  const form = c.req.header('content-type') === undefined ? new FormData() : await formOf(c);
  const texts = [...form].filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return {
    path: c.req.path,
    fields: texts.filter(([name]) => name !== passwordField),
    password: texts.find(([name]) => name === passwordField)?.[1].slice(0, 1000),
  };
};

export const addConfirmPage = (desk: Console, portal: Portal): void =>
  desk.get('/confirm', { needs: 'anyone' }, async (c) => {
    const held = await heldFormOf(portal, ownerOf(c, portal), cookieOf(portal, 'staff-form').get(c));
    return held === undefined ? c.redirect('/staff', 303) : showConfirm(c, portal, held);
  });

const showConfirm = async (c: Context<StaffEnv>, portal: Portal, held: HeldForm, failure?: Failure) => {
  const { staff } = c.var;
  const person = await findStaff(portal.db, staff.staffId);
  return page(
    c,
    <ConfirmPage
      context={{ ...pageContext(c, portal), path: confirmPath }}
      staff={staff}
      deed={held.deed as ConfirmedDeed}
      path={held.path}
      fields={held.fields}
      isConfirmed={await hasConfirmed(portal.db, staff)}
      ways={{
        password: typeof person?.passwordHash === 'string',
        provider: portal.singleSignOn !== undefined && typeof person?.providerSubject === 'string',
        nextcloud: portal.nextcloudDoor.signIn !== undefined && typeof person?.nextcloudUser === 'string',
      }}
      failure={failure && { code: failure.code, params: failure.params }}
    />,
    failure === undefined ? 200 : statusOf[failure.code],
  );
};
