import type { Database } from '../../db/client.ts';
import { type TeamScope, teamsOf } from '../../db/queries/teams.ts';
import type { StaffRole } from '../../db/schema/index.ts';

/** Administrators see every request; everybody else those of their teams. */
export const teamScopeOf = async (db: Database, staffId: string, role: StaffRole): Promise<TeamScope> =>
  role === 'administrator' ? 'all' : (await teamsOf(db, staffId)).map(({ id }) => id);
