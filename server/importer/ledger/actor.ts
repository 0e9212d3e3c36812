import type { TeamScope } from '../../../db/queries/teams.ts';

/** Who does something, as the audit log names them. */
export interface LedgerActor {
  name: string;
  address?: string | undefined;
  /** Whose requests they see. */
  teams: TeamScope;
}
