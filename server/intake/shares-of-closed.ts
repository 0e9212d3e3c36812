import { findRequest, findShare, setShareGone, sharesOfClosed } from '../../db/queries/requests.ts';
import type { Intake } from './context.ts';

/** Staff who close a request wait for Nextcloud no longer than this: the sweep does what is left. */
const patienceMs = 10_000;

/** Removes the share of a request that takes nothing any more, so that nothing stays open in Nextcloud. */
export const removeShareOfClosed = async (intake: Intake, requestId: string): Promise<void> => {
  const request = await findRequest(intake.db, requestId);
  const share = await findShare(intake.db, requestId);
  if (request === undefined || request.state === 'open' || share === undefined || share.state === 'gone')
    return;
  const nextcloud = await intake.accounts.nextcloudFor(request.accountId);
  await nextcloud.shares.remove(share.nextcloudShareId, { signal: AbortSignal.timeout(patienceMs) });
  // Not of one that was made meanwhile, by a reopening.
  await setShareGone(intake.db, requestId, share.nextcloudShareId);
};

/** The same, for now: what fails is tried again by the sweep. */
export const tryToRemoveShare = (intake: Intake, requestId: string): Promise<void> =>
  removeShareOfClosed(intake, requestId).catch((error: unknown) =>
    intake.log.warn({ err: error, requestId }, 'the share of a closed request could not be removed yet'),
  );

export const sweepSharesOfClosed = async (intake: Intake): Promise<void> => {
  for (const { id } of await sharesOfClosed(intake.db)) await tryToRemoveShare(intake, id);
};
