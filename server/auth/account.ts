import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { setNotified } from '../../db/queries/notifications.ts';
import { deletePasswordTicketsOf } from '../../db/queries/password-tickets.ts';
import { findStaff, setStaff } from '../../db/queries/people.ts';
import { deleteSession, deleteSessionsOf } from '../../db/queries/sessions.ts';
import type { AuditAction, Mailing } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import { hashPassword, passwordMatches } from '../lib/passwords.ts';
import type { Throttle } from './throttle.ts';

/** What people do to their own account. */

/** Who does it, from where. The session is the one that goes on. */
export interface Owner {
  staffId: string;
  sessionId: string;
  address: string;
}

export interface AccountDetails {
  name: string;
  email: string | null;
  language: 'en' | 'ja';
  mailing: Mailing;
  /** Whether they are told notices at Nextcloud. */
  notified: boolean;
}

export const leastPasswordCharacters = 12;

/** Links to set a password went to the address from before: with a new one they are worthless. */
export const changeDetails = (
  db: Database,
  owner: Owner,
  { notified, ...details }: AccountDetails,
): Promise<void> =>
  db.transaction(async (tx) => {
    const before = await findStaff(tx, owner.staffId);
    if (before?.email !== details.email) await deletePasswordTicketsOf(tx, owner.staffId);
    await setStaff(tx, owner.staffId, details);
    await setNotified(tx, owner.staffId, notified);
    await recordAudit(tx, auditOf(owner, 'staff.details-changed'));
  });

/**
 * Ends every other session of its owner, and makes links to set a password worthless.
 * @throws Failure `password.not-repeated`, `password.too-short`, `password.wrong`, `auth.throttled`
 */
export const changePassword = async (
  { db, throttle }: { db: Database; throttle: Throttle },
  owner: Owner,
  given: { current: string; password: string; again: string },
): Promise<void> => {
  requireGoodPassword(given);
  const door = `password:${owner.staffId}`;
  await throttle.spend(door, owner.address);
  const person = await findStaff(db, owner.staffId);
  if (!(await passwordMatches(person?.passwordHash, given.current))) throw new Failure('password.wrong');
  await throttle.forgive(door, owner.address);
  const passwordHash = await hashPassword(given.password);
  await db.transaction(async (tx) => {
    await setStaff(tx, owner.staffId, { passwordHash });
    await deletePasswordTicketsOf(tx, owner.staffId);
    await deleteSessionsOf(tx, owner.staffId, owner.sessionId);
    await recordAudit(tx, auditOf(owner, 'staff.password-changed'));
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

export const auditOf = ({ staffId, address }: Pick<Owner, 'staffId' | 'address'>, action: AuditAction) => ({
  actor: `staff:${staffId}`,
  action,
  subject: staffId,
  address,
});
