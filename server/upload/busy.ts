import { Failure } from '../lib/failure.ts';

/**
 * The sender is to come again, and goes on from what was acknowledged.
 * @param why for operators: words, or what it failed with
 */
export const busy = (why: unknown, details: Record<string, unknown> = {}): Failure =>
  typeof why === 'string'
    ? new Failure('upload.busy', { retry: 'later', details: { reason: why, ...details } })
    : new Failure('upload.busy', { retry: 'later', details, cause: why });

/** @param epoch under which this writer worked */
export const fencedOff = (uploadId: string, epoch: number, details: Record<string, unknown> = {}): Failure =>
  busy('another writer has taken over', { uploadId, epoch, ...details });
