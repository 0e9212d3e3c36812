import { endMailShare, mailSharesInNextcloud } from '../../db/queries/mail-shares.ts';
import {
  clearChangesToTell,
  findRequest,
  findShare,
  requestsToTell,
  setShare,
} from '../../db/queries/requests.ts';
import { isFailure } from '../lib/failure.ts';
import type { Intake } from './context.ts';
import { newSharePassword } from './open-request.ts';
import { sealedShareContext } from './proof.ts';
import { openShareExpiry, requestShareExpiry } from './rules/share-expiry.ts';

/** Staff who change a request wait for Nextcloud no longer than this: the sweep does what is left. */
const patienceMs = 10_000;

/**
 * Lets the shares in Nextcloud follow a request that was changed: their dates, and, where its own page is not a second way
 * in any more, a new password.
 */
const follow = async (intake: Intake, requestId: string): Promise<void> => {
  const request = await findRequest(intake.db, requestId);
  const share = await findShare(intake.db, requestId);
  if (request?.state !== 'open' || share === undefined || share.changesToTell === 0) return;
  const { sharing } = await intake.accounts.factsOf(request.accountId);
  const { shares } = await intake.accounts.nextcloudFor(request.accountId);
  const signal = AbortSignal.timeout(patienceMs);
  const now = new Date();
  if (share.state === 'proven') {
    const expireDate = requestShareExpiry(sharing.expireDate, now);
    const isToldOver = share.passwordTold && !request.nextcloudPageAllowed;
    const password = isToldOver ? newSharePassword() : undefined;
    await shares.update(
      share.nextcloudShareId,
      { expireDate, ...(password !== undefined && { password }) },
      { signal },
    );
    if (password !== undefined) {
      const passwordSealed = intake.sealing.seal(password, sealedShareContext(requestId));
      await setShare(intake.db, requestId, { passwordSealed, passwordTold: false });
    }
  }
  const expireDate = openShareExpiry(request, sharing.expireDate, now);
  for (const { id, nextcloudShareId } of await mailSharesInNextcloud(intake.db, requestId)) {
    try {
      await shares.update(nextcloudShareId, { expireDate }, { signal });
    } catch (error) {
      if (!isFailure(error, 'nextcloud.not-found')) throw error;
      await endMailShare(intake.db, id, nextcloudShareId);
    }
  }
  await clearChangesToTell(intake.db, requestId, share.changesToTell);
};

/** What fails is tried again by the sweep. */
export const followChanges = (intake: Intake, requestId: string): Promise<void> =>
  follow(intake, requestId).catch((error: unknown) =>
    intake.log.warn({ err: error, requestId }, 'Nextcloud could not be told of a change yet'),
  );

export const sweepChanges = async (intake: Intake): Promise<void> => {
  for (const { id } of await requestsToTell(intake.db)) await followChanges(intake, id);
};
