import { z } from 'zod';
import { Failure } from '../../../lib/failure.ts';
import type { OutgoingReply } from '../../../lib/outgoing/client.ts';
import { failureOfStatus } from '../../../lib/outgoing/status.ts';

const reasonSchema = z.object({
  reasonCode: z.enum(['duplicate_key', 'duplicate_filename', 'etag_mismatch', 'file_locked']),
});

export type Reason = z.output<typeof reasonSchema>['reasonCode'];

/** Why a 409 is one. */
export const reasonOf = (reply: OutgoingReply): Reason | undefined => {
  if (reply.status !== 409) return undefined;
  try {
    const parsed = reasonSchema.safeParse(JSON.parse(reply.text));
    return parsed.success ? parsed.data.reasonCode : undefined;
  } catch {
    return undefined;
  }
};

/**
 * What an answer means, in the words of the BaaS where they say more than its status.
 * @param doing what was asked for; no secrets
 */
export const failureOf = (
  reply: OutgoingReply,
  doing: string,
  details: Record<string, unknown> = {},
): Failure => {
  const { status } = reply;
  const reason = reasonOf(reply);
  const told = { doing, ...(reason === undefined ? {} : { reason }), ...details };
  // Somebody is writing it, or has changed it since it was looked at: another look tells.
  if (reason === 'file_locked' || reason === 'etag_mismatch')
    return new Failure('destination.conflict', { retry: 'later', details: { status, ...told } });
  if (status === 413)
    return failureOfStatus(reply, {
      ...told,
      problem:
        'the file is larger than the BaaS takes: its administrators set the limit, 100 MB unless they change it',
    });
  if (status === 507) return failureOfStatus(reply, { ...told, problem: 'the BaaS has no space left' });
  return failureOfStatus(reply, told);
};

/** @throws Failure `destination.unavailable` (later) when the answer is not of its form: a proxy may have answered */
export const read = <Value>(reply: OutgoingReply, schema: z.ZodType<Value>, doing: string): Value => {
  const parsed = schema.safeParse(reply.json());
  if (parsed.success) return parsed.data;
  throw new Failure('destination.unavailable', {
    retry: 'later',
    details: { doing, status: reply.status, reason: 'the answer is not what the BaaS would say' },
  });
};
