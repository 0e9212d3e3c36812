import { setTimeout as delay } from 'node:timers/promises';
import { Failure, mayPass } from '../lib/failure.ts';

/**
 * Does a thing again, with growing pauses, while it fails in a way that may pass.
 * Gives up, with the last failure, when `signal` is aborted or when the next pause would end after `patienceMs`.
 */
export const retrying = async <T>(
  attempt: () => Promise<T>,
  options: { signal: AbortSignal; patienceMs: number },
): Promise<T> => {
  const giveUpAtMs = Date.now() + options.patienceMs;
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    try {
      return await attempt();
    } catch (error) {
      const waitMs = Math.max(askedPauseMs(error), pauseMs * (0.75 + Math.random() / 2));
      if (!mayPass(error) || options.signal.aborted || Date.now() + waitMs > giveUpAtMs) throw error;
      await delay(waitMs, undefined, { signal: options.signal }).catch(() => {
        throw error;
      });
    }
  }
};

/** How long Nextcloud, or who knows it, asks to wait. */
export const askedPauseMs = (error: unknown): number =>
  error instanceof Failure && typeof error.retry === 'object' ? error.retry.afterMs : 0;
