import {
  endMailShare,
  endWaitingMailShares,
  mailSharesInNextcloud,
  mailSharesOfClosed,
} from '../../db/queries/mail-shares.ts';
import { findRequest, findShare, setShareGone, sharesOfClosed } from '../../db/queries/requests.ts';
import type { Intake } from './context.ts';

/** Staff who close a request wait for Nextcloud no longer than this: the sweep does what is left. */
const patienceMs = 10_000;

/** Removes the shares of a request that takes nothing any more, so that nothing stays open in Nextcloud. */
export const removeSharesOfClosed = async (intake: Intake, requestId: string): Promise<void> => {
  const request = await findRequest(intake.db, requestId);
  if (request === undefined || request.state === 'open') return;
  await endWaitingMailShares(intake.db, requestId);
  const share = await findShare(intake.db, requestId);
  const own = share === undefined || share.state === 'gone' ? undefined : share.nextcloudShareId;
  const mailed = await mailSharesInNextcloud(intake.db, requestId);
  if (own === undefined && mailed.length === 0) return;
  const { shares } = await intake.accounts.nextcloudFor(request.accountId);
  const signal = AbortSignal.timeout(patienceMs);
  if (own !== undefined) {
    await shares.remove(own, { signal });
    // Not of one that was made meanwhile, by a reopening.
    await setShareGone(intake.db, requestId, own);
  }
  for (const { id, nextcloudShareId } of mailed) {
    await shares.remove(nextcloudShareId, { signal });
    await endMailShare(intake.db, id, nextcloudShareId);
  }
};

/** The same, for now: what fails is tried again by the sweep. */
export const tryToRemoveShares = (intake: Intake, requestId: string): Promise<void> =>
  removeSharesOfClosed(intake, requestId).catch((error: unknown) =>
    intake.log.warn({ err: error, requestId }, 'the shares of a closed request could not be removed yet'),
  );

export const sweepSharesOfClosed = async (intake: Intake): Promise<void> => {
  const ids = [...(await sharesOfClosed(intake.db)), ...(await mailSharesOfClosed(intake.db))];
  for (const id of new Set(ids.map((each) => each.id))) await tryToRemoveShares(intake, id);
};
