import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of buffers beyond those known to be in use, above which V8 is asked to free what nobody holds any more. */
const tolerableBytes = 24 * 1024 * 1024;

/** What is asked of the process; handed in by tests. */
export interface BufferMemory {
  /** Bytes of all buffers that V8 has not freed. */
  bytes(): number;
  collect(): void;
}

/**
 * Keeps the memory of passing bytes near what is held of them. By itself V8 looks for freed buffers only when some
 * 64 MiB have gathered, and later when the machine is busy (measured on Node 20: 141 MB of buffers where 59 MB were
 * held): with that no bound for a process could be promised. A collection takes some milliseconds; one is due about
 * every second part. Buffers that a collection leaves are in use elsewhere (sockets, say) and are not asked for again.
 * @param heldBytes what uploads hold now
 */
export const createGarbageWatch = (
  heldBytes: () => number,
  memory: BufferMemory = processMemory(),
): { look(): void } => {
  let inUseElsewhereBytes = 0;
  const looseBytes = () => memory.bytes() - heldBytes();
  return {
    look() {
      const loose = looseBytes();
      inUseElsewhereBytes = Math.min(inUseElsewhereBytes, loose);
      if (loose < inUseElsewhereBytes + tolerableBytes) return;
      memory.collect();
      inUseElsewhereBytes = looseBytes();
    },
  };
};

const processMemory = (): BufferMemory => {
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
