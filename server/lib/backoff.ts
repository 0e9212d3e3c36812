import type { Retry } from './failure.ts';

export interface BackoffLimits {
  leastMs: number;
  mostMs: number;
}

/**
 * How long to wait after the n-th failed attempt: twice as long each time, with the upper half of it drawn, so
 * that what failed together does not come back together. Never sooner than the failure itself asks for.
 * @param attempts from 1
 * @param draw from 0 to below 1
 */
export const backoffMs = (
  attempts: number,
  retry: Retry,
  limits: BackoffLimits,
  draw: number = Math.random(),
): number => {
  const fullMs = Math.min(limits.mostMs, limits.leastMs * 2 ** Math.min(attempts - 1, 52));
  const drawnMs = fullMs * (0.5 + draw / 2);
  const askedMs = typeof retry === 'object' ? retry.afterMs : 0;
  return Math.ceil(Math.max(drawnMs, askedMs));
};
