import type { Database, Queryable } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { queueMail } from '../../db/queries/mails.ts';
import {
  deletePasswordTicketsOf,
  findPasswordTicket,
  insertPasswordTicket,
  type PasswordTicketRow,
  takePasswordTicket,
} from '../../db/queries/password-tickets.ts';
import {
  findMailablePeople,
  findStaff,
  revokeApiTokensOf,
  type StaffRow,
  setStaff,
} from '../../db/queries/people.ts';
import { deleteSessionsOf } from '../../db/queries/sessions.ts';
import type { PasswordTicketPurpose } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { passwordLink, ticketIdOf } from '../lib/password-link.ts';
import { hashPassword } from '../lib/passwords.ts';
import type { Sealing } from '../lib/sealing.ts';
import { requireGoodPassword } from './account.ts';
import { auditOf } from './owner.ts';
import type { Throttle } from './throttle.ts';

/** Links that let somebody set a password without knowing one. */

export interface TicketDeps {
  db: Database;
  sealing: Sealing;
  publicUrl: URL;
  /** Whether mail is set up. */
  sendsMail: boolean;
}

const lifeMinutes: Record<PasswordTicketPurpose, number> = { invitation: 3 * 24 * 60, reset: 60 };

/** Also by mail, where both sides can. @returns the link */
export const issueTicket = async (
  { sealing, publicUrl, sendsMail }: Omit<TicketDeps, 'db'>,
  tx: Queryable,
  { id: staffId, email, language }: Pick<StaffRow, 'id' | 'email' | 'language'>,
  purpose: PasswordTicketPurpose,
): Promise<string> => {
  const ticketId = await insertPasswordTicket(tx, { staffId, purpose, lifeMinutes: lifeMinutes[purpose] });
  if (sendsMail && email !== null && email !== '')
    await queueMail(tx, { kind: purpose, subject: ticketId, recipient: email, language });
  return passwordLink({ sealing, publicUrl }, ticketId);
};

/**
 * Sends a link to whoever is meant, if there is somebody. Tells nobody whether there is: it resolves before that is known.
 * @param name login or mail address
 * @throws Failure `auth.throttled`
 */
export const sendReset = async (
  deps: TicketDeps & { throttle: Throttle; log: Log },
  name: string,
  address: string,
): Promise<void> => {
  // Not a guess: whoever shares the network may still sign in. From wherever they come, nobody's mailbox is flooded.
  await deps.throttle.serve('reset', address);
  await deps.throttle.spend(`reset:${name.toLowerCase()}`);
  resetFor(deps, name, address).catch((error: unknown) =>
    deps.log.error({ err: error }, 'a link for a new password was not sent'),
  );
};

const resetFor = (deps: TicketDeps, name: string, address: string): Promise<void> =>
  deps.db.transaction(async (tx) => {
    for (const person of await findMailablePeople(tx, name)) {
      await issueTicket(deps, tx, person, 'reset');
      await recordAudit(tx, { actor: 'anonymous', action: 'staff.reset-asked', subject: person.id, address });
    }
  });

/** @throws Failure `password.link-over` */
export const holderOfTicket = async (deps: Pick<TicketDeps, 'db' | 'sealing'>, token: string) => {
  const ticketId = ticketIdOf(deps.sealing, token);
  const ticket = ticketId === undefined ? undefined : await findPasswordTicket(deps.db, ticketId);
  return holderOf(deps.db, ticket);
};

/**
 * Uses the ticket up, and every other one of the person; ends every session and every API token of theirs: who has lost a
 * password does not know who else has it. A second factor stays.
 * @throws Failure `password.link-over`, `password.not-repeated`, `password.too-short`
 */
export const setPasswordByTicket = async (
  { db, sealing }: Pick<TicketDeps, 'db' | 'sealing'>,
  token: string,
  given: { password: string; again: string },
  address: string,
): Promise<void> => {
  await holderOfTicket({ db, sealing }, token);
  requireGoodPassword(given);
  const passwordHash = await hashPassword(given.password);
  await db.transaction(async (tx) => {
    const person = await holderOf(tx, await takePasswordTicket(tx, ticketIdOf(sealing, token) ?? ''));
    await setStaff(tx, person.id, { passwordHash });
    await deletePasswordTicketsOf(tx, person.id);
    await deleteSessionsOf(tx, person.id);
    const tokensRevoked = await revokeApiTokensOf(tx, person.id);
    await recordAudit(tx, {
      ...auditOf({ staffId: person.id, address }, 'staff.password-set'),
      ...(tokensRevoked > 0 && { details: { tokensRevoked } }),
    });
  });
};

const holderOf = async (db: Queryable, ticket: PasswordTicketRow | undefined): Promise<StaffRow> => {
  const person = ticket && (await findStaff(db, ticket.staffId));
  if (person === undefined || person.disabledAt !== null) throw new Failure('password.link-over');
  return person;
};
