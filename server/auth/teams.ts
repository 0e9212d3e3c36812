import type { Database, Queryable } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { findStaff, lockAdministrators } from '../../db/queries/people.ts';
import {
  deleteTeam,
  insertTeam,
  isTeamInUse,
  lockTeam,
  membersOf,
  putInTeam,
  renameTeam,
  type TeamRow,
  takeOutOfTeam,
  teamsOf,
} from '../../db/queries/teams.ts';
import type { AuditAction } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import type { By } from './people.ts';

/** @throws Failure `team.name-taken` */
export const addTeam = (db: Database, by: By, name: string): Promise<TeamRow> =>
  db.transaction(async (tx) => {
    const team = await insertTeam(tx, name);
    if (team === undefined) throw new Failure('team.name-taken');
    await recordAudit(tx, { ...deed(by, 'team.added', team.id), details: { name } });
    return team;
  });

/** What is undefined stays as it is. */
export interface TeamChange {
  name?: string | undefined;
  /** Ids of people. */
  members?: readonly string[] | undefined;
  /** Of these alone those who are not among `members` are taken out; left out: of all. */
  membersAmong?: readonly string[] | undefined;
}

/**
 * Who is put into a team, or taken out, sees its requests, or sees them no more, from the next call on.
 * @throws Failure `not-found`, `team.name-taken`, `input.invalid` for a member who is not there
 */
export const changeTeam = (
  db: Database,
  by: By,
  teamId: string,
  { name, members, membersAmong }: TeamChange,
): Promise<void> =>
  db.transaction(async (tx) => {
    // As whoever changes a person does, or the two wait for each other.
    if (members !== undefined) await lockAdministrators(tx);
    if ((await lockTeam(tx, teamId)) === undefined) throw new Failure('not-found');
    if (name !== undefined) {
      if (!(await renameTeam(tx, teamId, name))) throw new Failure('team.name-taken');
      await recordAudit(tx, { ...deed(by, 'team.renamed', teamId), details: { name } });
    }
    if (members !== undefined) await setMembers(tx, by, teamId, members, membersAmong);
  });

const setMembers = async (
  tx: Queryable,
  by: By,
  teamId: string,
  members: readonly string[],
  among: readonly string[] | undefined,
): Promise<void> => {
  const before = (await membersOf(tx, [teamId])).map(({ id }) => id);
  const coming = [...new Set(members)].filter((id) => !before.includes(id));
  const leaving = before.filter((id) => !members.includes(id) && (among?.includes(id) ?? true));
  for (const id of coming)
    if ((await findStaff(tx, id)) === undefined)
      throw new Failure('input.invalid', { params: { field: 'members' } });
  await putInTeam(tx, teamId, coming);
  await takeOutOfTeam(tx, teamId, leaving);
  // As a change of each person: who may see what is looked for there.
  for (const id of [...coming, ...leaving]) {
    const teams = (await teamsOf(tx, id)).map((team) => team.id);
    await recordAudit(tx, { ...deed(by, 'staff.changed', id), details: { teams } });
  }
};

/** @throws Failure `not-found`, `team.in-use` while it has members or requests, and for the only one */
export const removeTeam = (db: Database, by: By, teamId: string): Promise<void> =>
  db.transaction(async (tx) => {
    const team = await lockTeam(tx, teamId);
    if (team === undefined) throw new Failure('not-found');
    if (await isTeamInUse(tx, teamId)) throw new Failure('team.in-use');
    await deleteTeam(tx, teamId);
    await recordAudit(tx, { ...deed(by, 'team.removed', teamId), details: { name: team.name } });
  });

const deed = ({ name, address }: By, action: AuditAction, subject: string) => ({
  actor: name,
  action,
  subject,
  address,
});
