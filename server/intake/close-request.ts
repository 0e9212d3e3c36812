import { recordAudit } from '../../db/queries/audit.ts';
import { closeRequestRow, findRequest } from '../../db/queries/requests.ts';
import { openSubmissionsOf } from '../../db/queries/submissions.ts';
import { Failure } from '../lib/failure.ts';
import type { Actor, Intake } from './context.ts';
import { endSubmission } from './seal.ts';
import { tryToRemoveShares } from './shares-of-closed.ts';

/**
 * Closes a request: nothing new is taken, what is not complete is refused and removed, what was stored is sealed.
 * Its share in Nextcloud is removed. Closing again changes nothing.
 * @throws Failure `not-found`
 */
export const closeRequest = async (intake: Intake, requestId: string, actor: Actor): Promise<void> => {
  if ((await findRequest(intake.db, requestId)) === undefined) throw new Failure('not-found');
  await intake.db.transaction(async (tx) => {
    if (!(await closeRequestRow(tx, requestId))) return;
    for (const { id } of await openSubmissionsOf(tx, requestId)) await endSubmission(intake, tx, id);
    await recordAudit(tx, {
      actor: actor.name,
      address: actor.address,
      action: 'request.closed',
      subject: requestId,
    });
  });
  await tryToRemoveShares(intake, requestId);
};
