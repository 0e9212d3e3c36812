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

/** Whoever has sent something from this browser finds their receipts there, too. */
export const closedPage = async (
  c: Context,
  portal: Portal,
  open: OpenLink,
  { token, forgotten = false }: Gate,
) => {
  const context = { ...pageContext(c, portal, open.request.accountId), path: `/r/${token}` };
  if (!hasShownPassword(c, portal, open))
    return page(c, <ClosedPage context={context} forgotten={forgotten} />, 410);
  const sendings = await sendingsOf(c, portal, open.link.id);
  const sent = await shownSendings(portal, open, sendings, token);
  const known = { title: open.request.title, sent, forgetPath: `/r/${token}/forget`, forgotten };
  return page(c, <ClosedPage context={context} {...known} />, 410);
};

export const passwordPage = (
  c: Context,
  portal: Portal,
  open: OpenLink,
  { token, forgotten = false, status = 200 }: Gate & { status?: 200 | 403 },
) => {
  const context = { ...pageContext(c, portal, open.request.accountId), path: `/r/${token}` };
  return page(c, <PasswordPage context={context} token={token} forgotten={forgotten} />, status);
};
