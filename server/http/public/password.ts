import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { OpenLink } from '../../intake/submit.ts';
import { Failure } from '../../lib/failure.ts';
import { passwordMatches } from '../../lib/passwords.ts';
import type { Portal } from '../portal.ts';

const lifeHours = 12;
const purpose = 'link-password';

const cookieName = (open: OpenLink): string => `opened-${open.link.id}`;

/** Whether this browser has shown the request's password, or the request asks for none. */
export const hasShownPassword = (c: Context, portal: Portal, open: OpenLink): boolean => {
  if (open.request.passwordHash === null) return true;
  const [until = '', signature = ''] = (getCookie(c, cookieName(open)) ?? '').split('.');
  return (
    Number(until) > open.now.getTime() &&
    portal.sealing.verify(`${open.link.id}.${until}.${open.request.passwordHash}`, signature, purpose)
  );
};

/**
 * Checks a guess here, and never forwards it: Nextcloud would shut the portal's address out for everyone.
 * @throws Failure `submission.password-wrong`, `auth.throttled`
 */
export const checkPassword = async (
  c: Context,
  portal: Portal,
  open: OpenLink,
  guess: string,
): Promise<void> => {
  const address = portal.addressOf(c);
  const door = `link:${open.link.id}`;
  await portal.throttle.spend(door, address);
  if (!(await passwordMatches(open.request.passwordHash, guess)))
    throw new Failure('submission.password-wrong');
  await portal.throttle.forgive(door, address);
};

/** Lets this browser in for some hours; a changed password shuts it out. */
export const rememberPassword = (c: Context, portal: Portal, open: OpenLink): void => {
  const until = String(open.now.getTime() + lifeHours * 3_600_000);
  const signature = portal.sealing.sign(
    `${open.link.id}.${until}.${open.request.passwordHash ?? ''}`,
    purpose,
  );
  setCookie(c, cookieName(open), `${until}.${signature}`, {
    ...attributes(portal),
    maxAge: lifeHours * 3600,
  });
};

/** For a computer that others use, too. */
export const forgetPassword = (c: Context, portal: Portal, open: OpenLink): void =>
  setCookie(c, cookieName(open), '', { ...attributes(portal), maxAge: 0 });

const attributes = (portal: Portal) =>
  ({
    path: '/r/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: portal.publicUrl.protocol === 'https:',
  }) as const;
