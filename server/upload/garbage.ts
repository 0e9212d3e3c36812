import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { letHeapGrow } from '../lib/heap.ts';

/** Bytes of buffers beyond those known to be in use, above which V8 is asked to free what nobody holds any more. */
const tolerableBytes = 32 * 1024 * 1024;
/** How many bytes pass from one look to the next. */
const lookEveryBytes = 8 * 1024 * 1024;

/** What is asked of the process; handed in by tests. */
export interface BufferMemory {
  /** Bytes of all buffers that V8 has not freed. */
  bytes(): number;
  collect(): void;
}

export interface GarbageWatch {
  /** Told of all bytes that have gone through the process. */
  passed(bytes: number): void;
}

/**
 * Keeps the memory of passing bytes near what is held of them. V8 frees by itself, and at little cost, what is let go
 * before some 32 MiB more have passed; for buffers that were held longer it looks only when some 64 MiB have gathered,
 * and later when the machine is busy (measured on Node 20: 141 MB of buffers where 59 MB were held). With that no bound
 * for a process could be promised. A collection takes some ten milliseconds; asking for smaller ones earlier costs more,
 * for what they find in use is old from then on. Buffers that a collection leaves are in use elsewhere (sockets, say)
 * and are not asked for again.
 * @param heldBytes what uploads hold now
 */
export const createGarbageWatch = (
  heldBytes: () => number,
  memory: BufferMemory = processMemory(),
): GarbageWatch => {
  let inUseElsewhereBytes = 0;
  let sinceLookBytes = 0;
  const looseBytes = () => memory.bytes() - heldBytes();

  const look = (): void => {
    const loose = looseBytes();
    inUseElsewhereBytes = Math.min(inUseElsewhereBytes, loose);
    if (loose < inUseElsewhereBytes + tolerableBytes) return;
    memory.collect();
    inUseElsewhereBytes = looseBytes();
  };

  return {
    passed(bytes) {
      sinceLookBytes += bytes;
      if (sinceLookBytes < lookEveryBytes) return;
      sinceLookBytes = 0;
      look();
    },
  };
};

const processMemory = (): BufferMemory => {
  letHeapGrow();
  let collect: (() => void) | undefined;
  return {
    bytes: () => process.memoryUsage().arrayBuffers,
    collect() {
      collect ??= exposedCollector();
      collect();
    },
  };
};

const exposedCollector = (): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
};
