import type { Context } from 'hono';
import { ClosedPage, PasswordPage } from '../../../web/pages/public/short.tsx';
import type { OpenLink } from '../../intake/submit.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { hasShownPassword } from './password.ts';
import { sendingsOf } from './sent.ts';
import { shownSendings } from './shown-sendings.ts';

/** Whoever has sent something from this browser finds their receipts there, too. @param token of the link */
export const closedPage = async (c: Context, portal: Portal, open: OpenLink, token: string) => {
  const context = { ...pageContext(c, portal, open.request.accountId), path: `/r/${token}` };
  if (!hasShownPassword(c, portal, open)) return page(c, <ClosedPage context={context} />, 410);
  const sendings = await sendingsOf(c, portal, open.link.id);
  const sent = await shownSendings(portal, open, sendings, token);
  const known = { title: open.request.title, sent, forgetPath: `/r/${token}/forget` };
  return page(c, <ClosedPage context={context} {...known} />, 410);
};

/** @param token of the link */
export const passwordPage = (
  c: Context,
  portal: Portal,
  open: OpenLink,
  { token, status = 200 }: { token: string; status?: 200 | 403 },
) => {
  const context = { ...pageContext(c, portal, open.request.accountId), path: `/r/${token}` };
  return page(c, <PasswordPage context={context} token={token} />, status);
};
