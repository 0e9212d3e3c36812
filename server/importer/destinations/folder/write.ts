import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../../../lib/failure.ts';

/** What comes is gathered so far and written at once: smaller pieces cost time, larger ones memory. */
const pieceBytes = 1024 * 1024;
/** The disk is asked to keep what it has each time that so much was written, so that little is left for the end. */
const syncEveryBytes = 128 * 1024 * 1024;

/**
 * Writes a new file and puts it on disk for good. Holds two pieces in memory.
 * @throws whatever the stream fails with; Failure `upload.integrity` when its length is another. The file is gone then.
 */
export const writeNew = async (
  path: string,
  source: Readable,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<void> => {
  // `wx` neither follows a link nor opens what is there.
  const handle = await open(path, 'wx').catch((error: unknown) => {
    source.destroy();
    throw error;
  });
  try {
    try {
      const writtenBytes = await pipeline(
        source,
        (chunks: AsyncIterable<Buffer>) => writeAll(handle, chunks, sizeBytes),
        { signal },
      );
      if (writtenBytes !== sizeBytes)
        throw new Failure('upload.integrity', {
          retry: 'later',
          details: { expectedBytes: sizeBytes, writtenBytes },
        });
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
};

/**
 * One piece is gathered while the one before is written. The chunks are copied, so that they are garbage at once: those
 * that wait for the disk grow old, and then cost more to free than to copy.
 * @returns how many bytes were written
 */
const writeAll = async (
  handle: FileHandle,
  chunks: AsyncIterable<Buffer>,
  sizeBytes: number,
): Promise<number> => {
  const newPiece = (): Buffer => Buffer.allocUnsafeSlow(Math.max(1, Math.min(pieceBytes, sizeBytes)));
  const disk = createDisk(handle);
  let piece = newPiece();
  let spare: Buffer | undefined;
  let gatheredBytes = 0;
  let writtenBytes = 0;
  const turnOver = async (): Promise<void> => {
    await disk.write(piece.subarray(0, gatheredBytes));
    [piece, spare] = [spare ?? newPiece(), piece];
    writtenBytes += gatheredBytes;
    gatheredBytes = 0;
  };
  try {
    for await (const chunk of chunks)
      for (let takenBytes = 0; takenBytes < chunk.length; ) {
        if (gatheredBytes === piece.length) await turnOver();
        const copiedBytes = chunk.copy(piece, gatheredBytes, takenBytes);
        gatheredBytes += copiedBytes;
        takenBytes += copiedBytes;
      }
    await disk.write(piece.subarray(0, gatheredBytes));
    return writtenBytes + gatheredBytes;
  } finally {
    await disk.rest();
  }
};

/** Writes one piece at a time, one after the other, and beside that syncs now and then. */
const createDisk = (handle: FileHandle) => {
  let writing: Promise<unknown> = Promise.resolve();
  let syncing: Promise<unknown> = Promise.resolve();
  let unsyncedBytes = 0;
  return {
    /** Begins to write a piece when the one before is written. @throws what became of that one */
    async write(piece: Buffer): Promise<void> {
      await writing;
      writing = watched(handle.writeFile(piece));
      unsyncedBytes += piece.length;
      if (unsyncedBytes < syncEveryBytes) return;
      unsyncedBytes = 0;
      // The system tells a failure only once: the last sync would not hear of this one's.
      syncing = watched(Promise.all([syncing, handle.datasync()]));
    },
    /** Waits until nothing uses the file any more. @throws what became of what was begun */
    async rest(): Promise<void> {
      await Promise.allSettled([writing, syncing]);
      await Promise.all([writing, syncing]);
    },
  };
};

/** What it fails with is thrown where it is waited for. */
const watched = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined);
  return promise;
};
