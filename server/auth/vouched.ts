import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { insertStaff, type StaffRow } from '../../db/queries/people.ts';
import type { StaffRole } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import { changePerson, loginPattern, shutOut } from './people.ts';

/** People for whom another system vouches, with the role that their groups there have here. */

/** Of several roles that fit, the first. */
export type RoleGroups = Record<StaffRole, readonly string[]>;

export interface Vouched {
  /** Who they are here; undefined: nobody yet. */
  known: StaffRow | undefined;
  groups: readonly unknown[];
  /** What finds them next time. */
  link: { providerSubject: string } | { nextcloudUser: string };
  login: string | undefined;
  name: string | undefined;
  email: string | null;
  /** As the audit log names the system. */
  by: string;
}

const by = { name: 'system' };
const order: readonly StaffRole[] = ['administrator', 'staff', 'viewer'];

/**
 * Their role is what their groups say now; who is new is added. Who is in none of them any more is out at once, with what
 * they had from before.
 * @returns whose sign-in it is
 * @throws Failure `auth.not-admitted`: in none of the groups, or with a login that somebody else has
 */
export const admitVouched = async (db: Database, groups: RoleGroups, vouched: Vouched): Promise<string> => {
  const role = order.find((each) => groups[each].some((group) => vouched.groups.includes(group)));
  const { known, link, email } = vouched;
  if (role === undefined) {
    if (known !== undefined) await endAccessOf(db, known.id, vouched.by);
    throw new Failure('auth.not-admitted');
  }
  if (known !== undefined) {
    if (known.role !== role) await changePerson(db, by, known.id, { role });
    return known.id;
  }
  // Danger: never by name or address to somebody who is there already. Who may choose theirs would be anybody.
  const login = vouched.login?.toLowerCase();
  if (login === undefined || !loginPattern.test(login)) throw new Failure('auth.not-admitted');
  const name = vouched.name?.slice(0, 200) ?? login;
  return db.transaction(async (tx) => {
    const person = await insertStaff(tx, { login, name, email, role, ...link });
    if (person === undefined) throw new Failure('auth.not-admitted');
    await recordAudit(tx, {
      actor: by.name,
      action: 'staff.added',
      subject: person.id,
      details: { role, by: vouched.by },
    });
    return person.id;
  });
};

const endAccessOf = (db: Database, staffId: string, system: string): Promise<void> =>
  db.transaction(async (tx) => {
    const { sessions, tokens } = await shutOut(tx, staffId);
    await recordAudit(tx, {
      actor: by.name,
      action: 'staff.groups-left',
      subject: staffId,
      details: { by: system, sessionsEnded: sessions, tokensRevoked: tokens },
    });
  });
