import { z } from 'zod';
import { Failure } from '../../../lib/failure.ts';
import type { OutgoingReply } from '../../../lib/outgoing/client.ts';
import type { DeliveryFile } from '../destination.ts';
import type { BoxApi } from './api.ts';
import { failureOfBox, read } from './failures.ts';
import { type Taken, takenOf } from './items.ts';
import type { State } from './state.ts';

/** One file under one name. */
export interface Upload {
  api: BoxApi;
  file: DeliveryFile;
  folderId: string;
  name: string;
  state: State;
  signal: AbortSignal;
}

export type Outcome = { placed: { id: string } } | { taken: Taken };

const placedSchema = z.object({
  entries: z.tuple([z.object({ id: z.string(), size: z.number(), sha1: z.string() })]),
});

/** @throws Failure `destination.unavailable` (later) when Box has stored other bytes: the next attempt steps aside */
export const outcomeOf = (reply: OutgoingReply, ours: { sizeBytes: number; sha1: string }): Outcome => {
  const taken = takenOf(reply);
  if (taken !== undefined) return { taken };
  if (reply.status !== 201 && reply.status !== 200) throw failureOfBox(reply, 'upload');
  const [{ id, size, sha1 }] = read(placedSchema, reply, 'upload').entries;
  if (size === ours.sizeBytes && sha1.toLowerCase() === ours.sha1) return { placed: { id } };
  throw new Failure('destination.unavailable', {
    retry: 'later',
    details: { what: 'upload', reason: 'Box has stored other bytes', ours, stored: { size, sha1 } },
  });
};
