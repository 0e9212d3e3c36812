import type { z } from 'zod';
import { Failure, type FailureCode, type Retry } from '../../../lib/failure.ts';
import type { OutgoingReply } from '../../../lib/outgoing/client.ts';
import { failureOfStatus, retryAfter } from '../../../lib/outgoing/status.ts';

/**
 * Where Box's own code says more than the status. What staff put right, or what passes by itself, is worth another try.
 * From Box's list of common errors.
 */
const meaningOf = new Map<string, [FailureCode, Retry]>([
  ['storage_limit_exceeded', ['destination.unavailable', 'later']],
  ['file_size_limit_exceeded', ['destination.rejected', 'never']],
  // Two twins are at it: the one that is told so comes again.
  ['name_temporarily_reserved', ['destination.unavailable', 'later']],
  ['operation_blocked_temporary', ['destination.unavailable', 'later']],
  ['bad_digest', ['destination.unavailable', 'later']],
  ['parts_mismatch', ['destination.unavailable', 'later']],
]);

/** Box's code and its id of the request, which its support asks for. Its message is left out: it may echo anything. */
export const codeOf = (
  reply: Pick<OutgoingReply, 'text'>,
): { code?: string | undefined; requestId?: string | undefined } => {
  try {
    const body = JSON.parse(reply.text) as Record<string, unknown> | null;
    const plain = (value: unknown) =>
      typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined;
    return {
      code: plain(body?.['code']) ?? plain(body?.['error']),
      requestId: plain(body?.['request_id']),
    };
  } catch {
    return {};
  }
};

/** @param what was asked, for the ledger */
export const failureOfBox = (reply: OutgoingReply, what: string): Failure => {
  const said = codeOf(reply);
  const details = { what, status: reply.status, ...said };
  const known = meaningOf.get(said.code ?? '');
  if (known !== undefined) {
    const [code, retry] = known;
    return new Failure(code, {
      retry: retry === 'never' ? retry : retryAfter(reply.headers['retry-after']),
      details,
    });
  }
  // A folder that was moved away or is no longer shared with us, an ended session, a file changed meanwhile.
  if (reply.status === 404 || reply.status === 410 || reply.status === 412)
    return new Failure('destination.unavailable', { retry: 'later', details });
  return failureOfStatus(reply, { what, ...said });
};

/** @throws Failure `destination.unavailable` when it is not what Box answers: something between may have answered */
export const read = <Value>(schema: z.ZodType<Value>, reply: OutgoingReply, what: string): Value => {
  const parsed = schema.safeParse(reply.json());
  if (parsed.success) return parsed.data;
  throw new Failure('destination.unavailable', {
    retry: 'later',
    details: { what, status: reply.status, reason: 'an answer of another form' },
  });
};
