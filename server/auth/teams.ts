import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import {
  deleteTeam,
  insertTeam,
  isTeamInUse,
  lockTeam,
  renameTeam,
  type TeamRow,
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

/** @throws Failure `not-found`, `team.name-taken` */
export const changeTeam = (db: Database, by: By, teamId: string, name: string): Promise<void> =>
  db.transaction(async (tx) => {
    if ((await lockTeam(tx, teamId)) === undefined) throw new Failure('not-found');
    if (!(await renameTeam(tx, teamId, name))) throw new Failure('team.name-taken');
    await recordAudit(tx, { ...deed(by, 'team.renamed', teamId), details: { name } });
  });

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
