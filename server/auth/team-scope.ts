import type { Database } from '../../db/client.ts';
import { scopeOf } from '../../db/queries/sessions.ts';
import { type TeamScope, teamsOf } from '../../db/queries/teams.ts';
import type { StaffRole } from '../../db/schema/index.ts';

/** What somebody of this role sees. */
export const teamScopeOf = async (db: Database, staffId: string, role: StaffRole): Promise<TeamScope> =>
  scopeOf(role, role === 'administrator' ? [] : (await teamsOf(db, staffId)).map(({ id }) => id));
