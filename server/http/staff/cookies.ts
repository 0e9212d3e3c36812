import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Portal } from '../portal.ts';

/** `staff` is the session, `staff-form` opens what is held with it. The others belong to a sign-in that is under way. */
type StaffCookie = 'staff' | 'staff-form' | 'staff-ticket' | 'staff-provider' | 'staff-nextcloud';

export const cookieOf = ({ publicUrl }: Pick<Portal, 'publicUrl'>, called: StaffCookie) => {
  const secure = publicUrl.protocol === 'https:';
  const name = secure ? `__Host-${called}` : called;
  return {
    get: (c: Context) => getCookie(c, name) ?? '',
    set: (c: Context, token: string) =>
      setCookie(c, name, token, { path: '/', httpOnly: true, sameSite: 'Lax', secure }),
    drop: (c: Context) => void deleteCookie(c, name, { path: '/', secure }),
  };
};
