import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { setNotified } from '../../db/queries/notifications.ts';
import { deletePasswordTicketsOf } from '../../db/queries/password-tickets.ts';
import { findStaff, revokeApiTokensOf, setStaff } from '../../db/queries/people.ts';
import { deleteSession, deleteSessionsOf } from '../../db/queries/sessions.ts';
import type { Mailing } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import { hashPassword } from '../lib/passwords.ts';
import { confirmByPassword } from './confirmation.ts';
import { auditOf, type Owner } from './owner.ts';
import type { RefusalDeps } from './refusals.ts';

/** What people do to their own account. */

export interface AccountDetails {
  name: string;
  language: 'en' | 'ja';
  mailing: Mailing;
  /** Whether they are told notices at Nextcloud. */
  notified: boolean;
}

export const leastPasswordCharacters = 12;

export const changeDetails = (
  db: Database,
  owner: Owner,
  { notified, ...details }: AccountDetails,
): Promise<void> =>
  db.transaction(async (tx) => {
    await setStaff(tx, owner.staffId, details);
    await setNotified(tx, owner.staffId, notified);
    await recordAudit(tx, auditOf(owner, 'staff.details-changed'));
  });

/** Links to set a password went to the address from before: with a new one they are worthless. */
export const changeAddress = (db: Database, owner: Owner, email: string | null): Promise<void> =>
  db.transaction(async (tx) => {
    const before = await findStaff(tx, owner.staffId);
    if (before?.email === email) return;
    await deletePasswordTicketsOf(tx, owner.staffId);
    await setStaff(tx, owner.staffId, { email });
    await recordAudit(tx, auditOf(owner, 'staff.address-changed'));
  });

/**
 * Ends every other session of its owner, makes links to set a password worthless, and revokes their API tokens where they
 * say so.
 * @throws Failure `password.not-repeated`, `password.too-short`, `password.wrong`, `auth.throttled`
 */
export const changePassword = async (
  deps: RefusalDeps,
  owner: Owner,
  given: { current: string; password: string; again: string; revokeTokens?: boolean },
): Promise<void> => {
  const { db } = deps;
  requireGoodPassword(given);
  await confirmByPassword(deps, owner, given.current);
  const passwordHash = await hashPassword(given.password);
  await db.transaction(async (tx) => {
    await setStaff(tx, owner.staffId, { passwordHash });
    await deletePasswordTicketsOf(tx, owner.staffId);
    await deleteSessionsOf(tx, owner.staffId, owner.sessionId);
    const tokensRevoked = given.revokeTokens === true ? await revokeApiTokensOf(tx, owner.staffId) : 0;
    await recordAudit(tx, {
      ...auditOf(owner, 'staff.password-changed'),
      ...(tokensRevoked > 0 && { details: { tokensRevoked } }),
    });
  });
};

/** @throws Failure `password.not-repeated`, `password.too-short` */
export const requireGoodPassword = ({ password, again }: { password: string; again: string }): void => {
  if (password.normalize('NFC').length < leastPasswordCharacters)
    throw new Failure('password.too-short', { params: { limit: leastPasswordCharacters } });
  if (password !== again) throw new Failure('password.not-repeated');
};

/** @throws Failure `not-found`: of somebody else it is not there either */
export const endSession = (db: Database, owner: Owner, sessionId: string): Promise<void> =>
  db.transaction(async (tx) => {
    if (!(await deleteSession(tx, owner.staffId, sessionId))) throw new Failure('not-found');
    await recordAudit(tx, auditOf(owner, 'session.ended'));
  });

export const endOtherSessions = (db: Database, owner: Owner): Promise<void> =>
  db.transaction(async (tx) => {
    const count = await deleteSessionsOf(tx, owner.staffId, owner.sessionId);
    if (count > 0) await recordAudit(tx, { ...auditOf(owner, 'session.others-ended'), details: { count } });
  });
