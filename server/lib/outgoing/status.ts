import { Failure, type FailureCode, type Retry } from '../failure.ts';
import type { OutgoingReply } from './client.ts';

/**
 * What an HTTP status of a destination means, where its own words don't say it better. Refused credentials may pass:
 * staff put them right. @param details for the ledger: no secrets, nothing that the destination echoes of ours
 */
export const failureOfStatus = (
  reply: Pick<OutgoingReply, 'status' | 'headers'>,
  details: Record<string, unknown> = {},
): Failure => {
  const [code, retry] = meaningOf(reply);
  return new Failure(code, { retry, details: { status: reply.status, ...details } });
};

const meaningOf = ({ status, headers }: Pick<OutgoingReply, 'status' | 'headers'>): [FailureCode, Retry] => {
  const later = retryAfter(headers['retry-after']);
  if (status === 401 || status === 403 || status === 407) return ['destination.auth', 'later'];
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return ['destination.unavailable', later];
  if (status === 409 || status === 412) return ['destination.conflict', 'never'];
  // Nothing of ours is redirected: whoever answers so is not set up, or not what was meant.
  return ['destination.rejected', 'never'];
};

const longestMs = 24 * 3600_000;

/** @param value seconds, or an HTTP date (RFC 9110 10.2.3); nonsense counts as not said */
export const retryAfter = (value: string | undefined, now = Date.now()): Retry => {
  if (value === undefined) return 'later';
  const afterMs = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return afterMs > 0 ? { afterMs: Math.min(afterMs, longestMs) } : 'later';
};
