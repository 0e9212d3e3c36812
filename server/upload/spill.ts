import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { BufferBudget } from './budget.ts';

/** Where parts go that find no room in memory: temporary files that have no name any more, gone with the process. */
export interface Spill {
  /** @returns undefined when the disk has no room, or no more is allowed */
  open(): Promise<SpillFile | undefined>;
}

/** Bytes of one part, in the order in which they were added. */
export interface SpillFile {
  readonly sizeBytes: number;
  /** @returns false when there is no room: then nothing was added */
  add(chunks: readonly Buffer[]): Promise<boolean>;
  read(): AsyncGenerator<Buffer>;
  close(): void;
}

const readBytes = 256 * 1024;

/** @param budget bytes on disk that all of them together may take */
export const createSpill = (folder: string, budget: BufferBudget): Spill => ({
  async open() {
    const path = join(folder, `uketori-${randomUUID()}`);
    const file = await open(path, 'wx+', 0o600).catch(() => undefined);
    if (file === undefined) return undefined;
    try {
      await unlink(path);
    } catch {
      await file.close().catch(() => undefined);
      return undefined;
    }
    return spillFile(file, budget);
  },
});

const spillFile = (file: FileHandle, budget: BufferBudget): SpillFile => {
  let sizeBytes = 0;
  let heldBytes = 0;
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    async add(chunks) {
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      if (!budget.tryTake(bytes)) return false;
      heldBytes += bytes;
      // A disk that is full writes less than it was given, or fails: what it wrote is then written over.
      const written = await file.writev(chunks, sizeBytes).catch(() => undefined);
      if (written?.bytesWritten === bytes) {
        sizeBytes += bytes;
        return true;
      }
      heldBytes -= bytes;
      budget.give(bytes);
      return false;
    },
    async *read() {
      for (let at = 0; at < sizeBytes; ) {
        const chunk = Buffer.allocUnsafe(Math.min(readBytes, sizeBytes - at));
        const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
        if (bytesRead === 0) throw new Error('a temporary file is shorter than what was written to it');
        yield chunk.subarray(0, bytesRead);
        at += bytesRead;
      }
    },
    close() {
      budget.give(heldBytes);
      heldBytes = 0;
      void file.close().catch(() => undefined);
    },
  };
};
