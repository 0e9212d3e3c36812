import type { Context } from 'hono';
import { ClosedPage, PasswordPage } from '../../../web/pages/public/short.tsx';
import type { OpenLink } from '../../intake/submit.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { hasShownPassword } from './password.ts';
import { sendingsOf } from './sent.ts';
import { shownSendings } from './shown-sendings.ts';

interface Gate {
  /** Of the link. */
  token: string;
  /** This browser has just been told to. */
  forgotten?: boolean;
}

/**
 * Whoever has sent something from this browser finds their receipts there, too.
 * @param tooLate names of the files in a form that was on its way meanwhile
 */
export const closedPage = async (
  c: Context,
  portal: Portal,
  open: OpenLink,
  { token, forgotten = false, tooLate }: Gate & { tooLate?: readonly string[] | undefined },
) => {
  const context = { ...pageContext(c, portal, open.request), path: `/r/${token}` };
  const late = tooLate && { names: tooLate, languagePath: `/r/${token}/language` };
  if (!hasShownPassword(c, portal, open))
    return page(c, <ClosedPage context={context} forgotten={forgotten} tooLate={late} />, 410);
  const sendings = await sendingsOf(c, portal, open.link.id);
  const sent = await shownSendings(portal, open, sendings, token);
  const known = {
    title: open.request.title,
    sent,
    forgetPath: `/r/${token}/forget`,
    forgotten,
    tooLate: late,
  };
  return page(c, <ClosedPage context={context} {...known} />, 410);
};

interface PasswordGate {
  /** A form without a script came before the password. */
  wasSent?: boolean;
  status?: 200 | 401 | 403;
}

export const passwordPage = (
  c: Context,
  portal: Portal,
  open: OpenLink,
  { token, forgotten = false, wasSent = false, status = 200 }: Gate & PasswordGate,
) => {
  const context = { ...pageContext(c, portal, open.request), path: `/r/${token}` };
  return page(
    c,
    <PasswordPage context={context} token={token} forgotten={forgotten} wasSent={wasSent} />,
    status,
  );
};
