import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { findNotice, settleNotice as settleRow } from '../../db/queries/notices.ts';
import { Failure } from '../lib/failure.ts';
import type { Actor } from './context.ts';

/**
 * Staff have seen to it. The same happening again is a new notice. Settling twice changes nothing.
 * @throws Failure `not-found`
 */
export const settleNotice = async (db: Database, id: string, actor: Actor): Promise<void> => {
  await db.transaction(async (tx) => {
    if (await settleRow(tx, id))
      await recordAudit(tx, {
        actor: actor.name,
        address: actor.address,
        action: 'notice.settled',
        subject: id,
      });
    else if ((await findNotice(tx, id)) === undefined) throw new Failure('not-found');
  });
};
