import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { findNotice, settleNotices as settleRows } from '../../db/queries/notices.ts';
import type { TeamScope } from '../../db/queries/teams.ts';
import { Failure } from '../lib/failure.ts';
import type { Actor } from './context.ts';

/**
 * Staff have seen to it. The same happening again is a new notice. Settling twice changes nothing.
 * @throws Failure `not-found`
 */
export const settleNotice = async (db: Database, id: string, actor: Actor): Promise<void> => {
  if ((await settleNotices(db, [id], { ...actor, teams: 'all' })) > 0) return;
  if ((await findNotice(db, id)) === undefined) throw new Failure('not-found');
};

/**
 * The same for several; what is settled already, or of another team, is left as it is.
 * @returns how many were settled
 */
export const settleNotices = (
  db: Database,
  ids: readonly string[],
  actor: Actor & { teams: TeamScope },
): Promise<number> =>
  db.transaction(async (tx) => {
    const settled = ids.length === 0 ? [] : await settleRows(tx, ids, actor.teams);
    for (const subject of settled)
      await recordAudit(tx, { actor: actor.name, address: actor.address, action: 'notice.settled', subject });
    return settled.length;
  });
