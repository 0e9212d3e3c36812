import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { findByCredential, type SubmissionRow } from '../../../db/queries/submissions.ts';
import { hashToken } from '../../lib/ids.ts';
import type { Portal } from '../portal.ts';

/** A sending of this browser's own. */
export interface OwnSending {
  submission: SubmissionRow;
  credential: string;
}

const lifeDays = 30;
/** The oldest are forgotten first: every request carries them all, and servers refuse headers of some kB. */
const mostRemembered = { sendings: 6, otherLinks: 8 };

const prefix = 'sent-';
const cookieName = (linkId: string): string => `${prefix}${linkId}`;

const credentialsIn = (c: Context, linkId: string): string[] =>
  (getCookie(c, cookieName(linkId)) ?? '').split('.').filter((credential) => credential !== '');

/**
 * Keeps the credential of a sending in this browser, so that it is shown again, gone on with, added to and taken back
 * there. It opens nothing but what was sent from here. No script can read the cookie; the page hands the credential to its
 * own script only while there is something to go on with.
 */
export const rememberSending = (
  c: Context,
  portal: Portal,
  { linkId }: Pick<SubmissionRow, 'linkId'>,
  credential: string,
): void => {
  if (linkId === null) return;
  const others = credentialsIn(c, linkId).filter((other) => other !== credential);
  const kept = [credential, ...others].slice(0, mostRemembered.sendings);
  setCookie(c, cookieName(linkId), kept.join('.'), { ...attributes(portal), maxAge: lifeDays * 86_400 });
  for (const name of otherLinksIn(c, linkId).slice(0, -mostRemembered.otherLinks)) expire(c, portal, name);
};

/** Cookies of other links: browsers name the oldest first. */
const otherLinksIn = (c: Context, linkId: string): string[] =>
  Object.keys(getCookie(c)).filter((name) => name.startsWith(prefix) && name !== cookieName(linkId));

/** For a computer that others use, too. */
export const forgetSendings = (c: Context, portal: Portal, linkId: string): void =>
  expire(c, portal, cookieName(linkId));

const expire = (c: Context, portal: Portal, name: string): void =>
  setCookie(c, name, '', { ...attributes(portal), maxAge: 0 });

const attributes = (portal: Portal) =>
  ({
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: portal.publicUrl.protocol === 'https:',
  }) as const;

/** What this browser has sent by a link, the last first; without what came to nothing. */
export const sendingsOf = async (c: Context, portal: Portal, linkId: string): Promise<OwnSending[]> => {
  const found = await Promise.all(
    credentialsIn(c, linkId).map(async (credential) => ({
      credential,
      submission: (await findByCredential(portal.db, hashToken(credential)))?.submission,
    })),
  );
  return found.flatMap(({ credential, submission }) =>
    submission?.linkId === linkId && submission.state !== 'discarded' ? [{ credential, submission }] : [],
  );
};

/** The credential of a submission, where it was sent from this browser. */
export const ownCredential = (c: Context, submission: SubmissionRow): string | undefined =>
  submission.linkId === null
    ? undefined
    : credentialsIn(c, submission.linkId).find(
        (credential) => hashToken(credential) === submission.credentialHash,
      );
