import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of buffers beyond those known to be in use, above which V8 is asked to free what nobody holds any more. */
const tolerableBytes = 16 * 1024 * 1024;
/** Above this, those too that have been held for long. */
const tolerableOldBytes = 32 * 1024 * 1024;
/** How many bytes pass from one look to the next. */
const lookEveryBytes = 8 * 1024 * 1024;

/** What is asked of the process; handed in by tests. */
export interface BufferMemory {
  /** Bytes of all buffers that V8 has not freed. */
  bytes(): number;
  collect(which: 'young' | 'all'): void;
}

export interface GarbageWatch {
  /** Told of all bytes that have gone through the process. */
  passed(bytes: number): void;
}

/**
 * Keeps the memory of passing bytes near what is held of them. By itself V8 looks for freed buffers only when some
 * 64 MiB have gathered, and later when the machine is busy (measured on Node 20: 141 MB of buffers where 59 MB were
 * held): with that no bound for a process could be promised. Young buffers are collected in a millisecond, all of them
 * in ten. Buffers that a collection leaves are in use elsewhere (sockets, say) and are not asked for again.
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
    const looseBefore = looseBytes();
    inUseElsewhereBytes = Math.min(inUseElsewhereBytes, looseBefore);
    if (looseBefore < inUseElsewhereBytes + tolerableBytes) return;
    memory.collect('young');
    if (looseBytes() < inUseElsewhereBytes + tolerableOldBytes) return;
    memory.collect('all');
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
  let collect: ((options: { type: 'minor' | 'major' }) => void) | undefined;
  return {
    bytes: () => process.memoryUsage().arrayBuffers,
    collect(which) {
      collect ??= exposedCollector();
      collect({ type: which === 'young' ? 'minor' : 'major' });
    },
  };
};

const exposedCollector = (): ((options: { type: 'minor' | 'major' }) => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as (options: { type: 'minor' | 'major' }) => void;
};
