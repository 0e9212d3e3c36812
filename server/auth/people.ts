import type { Database, Queryable } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { resolveNotices } from '../../db/queries/notices.ts';
import { unknownUserNotice } from '../../db/queries/notifications.ts';
import { findStaffByNextcloudUser } from '../../db/queries/own-accounts.ts';
import { deletePasswordTicketsOf } from '../../db/queries/password-tickets.ts';
import {
  findStaff,
  insertStaff,
  lockAdministrators,
  revokeApiTokensOf,
  type StaffRow,
  setStaff,
} from '../../db/queries/people.ts';
import { deleteSessionsOf } from '../../db/queries/sessions.ts';
import { listTeams, setTeamsOf } from '../../db/queries/teams.ts';
import type { AuditAction, StaffRole } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import { issueTicket, type TicketDeps } from './password-tickets.ts';

/** What administrators do to other people. */

/** Who does it. */
export interface By {
  name: string;
  address?: string | undefined;
}

export interface NewPerson {
  login: string;
  name: string;
  email: string | null;
  role: StaffRole;
  /** Whoever signs in with it at Nextcloud signs in as this person here. */
  nextcloudUser?: string | null | undefined;
  /** Ids. Left out: the oldest team. */
  teams?: readonly string[] | undefined;
}

/** What is undefined stays as it is. */
export interface PersonChange {
  name?: string | undefined;
  email?: string | null | undefined;
  role?: StaffRole | undefined;
  nextcloudUser?: string | null | undefined;
  teams?: readonly string[] | undefined;
  disabled?: boolean | undefined;
}

/** What Nextcloud may call an account. Lower case. */
export const nextcloudUserPattern = /^[^\u0000-\u001f\u007f/\\]{1,64}$/;

/** What a login may be. Lower case. */
export const loginPattern = /^[a-z0-9][a-z0-9._@+-]{0,99}$/;

/**
 * Adds somebody who has no password yet.
 * @returns with the link to set one, told here once, and by mail where both sides can
 * @throws Failure `person.login-taken`, `person.nextcloud-user-taken`, `input.invalid` for a team that is not there
 */
export const addPerson = (
  deps: TicketDeps,
  by: By,
  { teams, ...values }: NewPerson,
): Promise<{ staffId: string; link: string }> =>
  deps.db.transaction(async (tx) => {
    await requireTeams(tx, teams);
    await requireFreeUser(tx, values.nextcloudUser);
    const person = await insertStaff(tx, values, teams);
    if (person === undefined) throw new Failure('person.login-taken');
    await audit(tx, by, 'staff.added', person.id, { role: values.role });
    return { staffId: person.id, link: await issueTicket(deps, tx, person, 'invitation') };
  });

/** Makes every link from before worthless. @throws Failure `not-found`, for who is disabled too */
export const inviteAgain = (deps: TicketDeps, by: By, staffId: string): Promise<string> =>
  deps.db.transaction(async (tx) => {
    const person = await requirePerson(tx, staffId);
    if (person.disabledAt !== null) throw new Failure('not-found');
    await deletePasswordTicketsOf(tx, staffId);
    await audit(tx, by, 'staff.invited', staffId);
    return issueTicket(deps, tx, person, 'invitation');
  });

/**
 * Holds from the next call on, whoever is signed in. Who is disabled loses sessions, API tokens and links for good; links
 * to set a password also go with the address that they were sent to.
 * @throws Failure `not-found`, `person.last-administrator`, `person.nextcloud-user-taken`, `input.invalid` for a team that is not there
 */
export const changePerson = (
  db: Database,
  by: By,
  staffId: string,
  { teams, disabled, ...values }: PersonChange,
): Promise<void> =>
  db.transaction(async (tx) => {
    const administrators = await lockAdministrators(tx);
    const person = await requirePerson(tx, staffId);
    const leaves = disabled === true || (values.role !== undefined && values.role !== 'administrator');
    if (leaves && administrators.length === 1 && administrators[0] === staffId)
      throw new Failure('person.last-administrator');
    await requireTeams(tx, teams);
    await requireFreeUser(tx, values.nextcloudUser, staffId);
    const disabledAt = disabled === true ? (person.disabledAt ?? new Date()) : null;
    const changed = defined({ ...values, ...(disabled !== undefined && { disabledAt }) });
    if (Object.keys(changed).length > 0) await setStaff(tx, staffId, changed);
    if (teams !== undefined) await setTeamsOf(tx, staffId, teams);
    if (disabled === true) await shutOut(tx, staffId);
    const isOtherUser = values.nextcloudUser !== undefined && values.nextcloudUser !== person.nextcloudUser;
    if (disabled === true || isOtherUser) await resolveNotices(tx, unknownUserNotice, staffId);
    if (values.email !== undefined && values.email !== person.email)
      await deletePasswordTicketsOf(tx, staffId);
    const { email: _address, ...told } = defined({ ...values, teams, disabled });
    await audit(tx, by, 'staff.changed', staffId, told);
  });

/** Sessions, API tokens and links to set a password end for good. @returns how many of the first two */
export const shutOut = async (
  tx: Queryable,
  staffId: string,
): Promise<{ sessions: number; tokens: number }> => {
  const sessions = await deleteSessionsOf(tx, staffId);
  const tokens = await revokeApiTokensOf(tx, staffId);
  await deletePasswordTicketsOf(tx, staffId);
  return { sessions, tokens };
};

/** @throws Failure `not-found` */
const requirePerson = async (tx: Queryable, staffId: string): Promise<StaffRow> => {
  const person = await findStaff(tx, staffId);
  if (person === undefined) throw new Failure('not-found');
  return person;
};

/** Of two who are given it at once, the second meets the database's own refusal. */
const requireFreeUser = async (
  tx: Queryable,
  nextcloudUser: string | null | undefined,
  staffId?: string,
): Promise<void> => {
  const holder =
    typeof nextcloudUser === 'string' ? await findStaffByNextcloudUser(tx, nextcloudUser) : undefined;
  if (holder !== undefined && holder.id !== staffId) throw new Failure('person.nextcloud-user-taken');
};

const requireTeams = async (tx: Queryable, teamIds: readonly string[] = []): Promise<void> => {
  const known = new Set((await listTeams(tx)).map(({ id }) => id));
  if (new Set(teamIds).size < teamIds.length || teamIds.some((id) => !known.has(id)))
    throw new Failure('input.invalid', { params: { field: 'teams' } });
};

const defined = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;

const audit = (
  tx: Queryable,
  by: By,
  action: AuditAction,
  subject: string,
  details: Record<string, unknown> = {},
) => recordAudit(tx, { actor: by.name, action, subject, address: by.address, details });
