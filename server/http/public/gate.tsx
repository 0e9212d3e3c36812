import type { Context } from 'hono';
import { ClosedPage, PasswordPage } from '../../../web/pages/public/short.tsx';
import type { OpenLink } from '../../intake/submit.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { hasShownPassword } from './password.ts';

export const closedPage = (c: Context, portal: Portal, open: OpenLink) => {
  const title = hasShownPassword(c, portal, open) ? open.request.title : undefined;
  const context = pageContext(c, portal, open.request.accountId);
  return page(c, <ClosedPage context={context} title={title} />, 410);
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
