import { setTimeout as delay } from 'node:timers/promises';
import type { Lock, Locker } from '@tus/server';
import { askForLock, lockChannel, locksOf, releaseLock, takeLock } from '../../db/queries/upload-locks.ts';
import { findUpload } from '../../db/queries/uploads.ts';
import { Failure } from '../lib/failure.ts';
import type { UploadEngine } from './engine.ts';

/** The right to write to an upload, as long as no later epoch has been drawn. */
export interface Lease {
  epoch: number;
  /** Aborted when somebody else wants the lock: flush what arrived and let go. */
  wanted: AbortSignal;
  /**
   * The write under this lease. tus gives the lock back as soon as a sender has gone, while what arrived is still
   * being flushed: the lock is kept until that has ended, or whoever comes next would fence it off.
   */
  work?: Promise<unknown>;
  /** The upload is complete, and the lock went with that. */
  isOver?: boolean;
}

/** A lock that one request after the other holds, across all nodes. Who comes later wins: the client that comes back. */
export interface UploadLocker extends Locker {
  /** The lease under which this process holds an upload now. */
  leaseOf(uploadId: string): Lease | undefined;
  /** Asks every writer of this process to flush and let go: it is about to end. */
  releaseAll(): void;
  /** Lets go of locks that the database says this process holds and it does not: their release failed. */
  sweep(): Promise<void>;
  /** Begins to hear other nodes' wishes. @returns how to stop */
  listen(): Promise<() => Promise<void>>;
}

/** How long a holder is given to flush and let go before the lock is taken from it. Its epoch then fences it off. */
const patienceMs = 4_000;
const pollMs = 100;

export const createLocker = (
  engine: Pick<UploadEngine, 'db' | 'nodeId' | 'log' | 'working'>,
): UploadLocker => {
  let suspects = new Map<string, number>();
  /** While the database was away. By the time it is back, others may have taken them by epoch. */
  const unreleased = new Map<string, number>();
  const held = new Map<string, Lease & { release: () => void }>();

  const acquire = async (uploadId: string, signal: AbortSignal): Promise<number | undefined> => {
    const started = Date.now();
    for (let asked = false; ; ) {
      signal.throwIfAborted();
      const force = Date.now() - started >= patienceMs;
      const epoch = await takeLock(engine.db, uploadId, engine.nodeId, force);
      if (epoch !== undefined) return epoch;
      const placed = await findUpload(engine.db, uploadId);
      if (placed === undefined) throw new Failure('not-found');
      // Nobody writes to it any more, so there is nothing to lock: reading its state is enough.
      if (placed.upload.state !== 'uploading') return undefined;
      if (!asked) {
        held.get(uploadId)?.release();
        await askForLock(engine.db, uploadId);
        asked = true;
      }
      await delay(pollMs, undefined, { signal });
    }
  };

  const newLock = (uploadId: string): Lock => {
    let mine: (Lease & { release: () => void }) | undefined;
    return {
      async lock(signal, requestRelease) {
        const epoch = await acquire(uploadId, signal);
        if (epoch === undefined) return;
        const wanted = new AbortController();
        mine = {
          epoch,
          wanted: wanted.signal,
          release: () => {
            wanted.abort();
            void requestRelease();
          },
        };
        held.set(uploadId, mine);
      },
      async unlock() {
        if (mine === undefined) return;
        await mine.work?.catch(() => undefined);
        if (held.get(uploadId) === mine) held.delete(uploadId);
        if (mine.isOver === true) return;
        const { epoch } = mine;
        await releaseLock(engine.db, uploadId, epoch).catch((error: unknown) => {
          unreleased.set(uploadId, epoch);
          engine.log.warn({ err: error, uploadId }, 'a lock could not be released');
        });
      },
    };
  };

  return {
    newLock,
    leaseOf: (uploadId) => held.get(uploadId),
    releaseAll: () => {
      for (const lease of held.values()) lease.release();
    },
    async sweep() {
      for (const [uploadId, epoch] of unreleased) {
        await releaseLock(engine.db, uploadId, epoch);
        unreleased.delete(uploadId);
      }
      const rows = (await locksOf(engine.db, engine.nodeId)).filter(
        ({ id }) => !held.has(id) && !engine.working.has(id),
      );
      // One that has just been taken may not be known here yet: only who is found twice is let go.
      for (const { id, epoch } of rows)
        if (suspects.get(id) === epoch) await releaseLock(engine.db, id, epoch);
      suspects = new Map(rows.map(({ id, epoch }) => [id, epoch]));
    },
    listen: () =>
      engine.db.listen(lockChannel, (uploadId) => {
        if (uploadId !== undefined) held.get(uploadId)?.release();
      }),
  };
};
