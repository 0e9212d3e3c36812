import type { Database } from '../../db/client.ts';
import { claimRetirement, recordNotRemoved, recordRemoved } from '../../db/queries/retention.ts';
import { Failure, isFailure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import type { Delivered } from './destinations/destination.ts';
import type { OpenDestinations } from './open-destinations.ts';

const againMs = 60 * 60_000;

/**
 * Has a destination take away what it is to keep no longer, if the time has come. May be broken off anywhere and said
 * again: a destination that is told twice changes nothing.
 */
export const retireDelivery = async (
  options: { db: Database; nodeId: string; destinations: Pick<OpenDestinations, 'of'>; log: Log },
  deliveryId: string,
  signal: AbortSignal,
): Promise<'removed' | 'failed' | 'not-due'> => {
  const { db, nodeId, destinations } = options;
  const claimed = await claimRetirement(db, deliveryId, nodeId);
  if (claimed === undefined) return 'not-due';
  const claim = { id: deliveryId, epoch: claimed.row.epoch };
  const log = options.log.child({ delivery: deliveryId });
  try {
    const destination = destinations.of(claimed.destination);
    if (destination.remove === undefined)
      throw new Failure('destination.rejected', { details: { problem: 'this kind takes nothing away' } });
    await destination.remove(whatWasMade(claimed.row.result), signal);
  } catch (error) {
    const reason = isFailure(error) ? error.code : 'internal';
    log.warn({ err: error }, 'what was delivered could not be taken away');
    await recordNotRemoved(db, claim, signal.aborted ? { delayMs: 0 } : { delayMs: againMs, reason });
    return 'failed';
  }
  await recordRemoved(db, claim);
  log.info('taken away: its retention has ended');
  return 'removed';
};

/** As `recordDelivered` was given it. */
const whatWasMade = (result: Record<string, unknown> | null): Delivered => ({
  alreadyThere: true,
  remote: [],
  ...result,
});
