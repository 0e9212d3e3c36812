import { readFileSync } from 'node:fs';

/** USER_HZ, in which /proc counts processor time: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;
const sampleMs = 20;
const idleMs = 1_000;

/** Processor time of a process so far, all its threads together, in user and in kernel mode. */
export const cpuSeconds = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name in brackets: state is the third field, utime the 14th, stime the 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
};

const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

export interface MemoryWatch {
  /** @returns the most and the least resident bytes that were seen, as of now if none were */
  stop(): { mostBytes: number; leastBytes: number };
}

/** Looks at a process's memory every 20 ms. */
export const watchMemory = (pid: number): MemoryWatch => {
  let mostBytes = residentBytes(pid);
  let leastBytes = mostBytes;
  const look = () => {
    const bytes = residentBytes(pid);
    mostBytes = Math.max(mostBytes, bytes);
    leastBytes = Math.min(leastBytes, bytes);
  };
  const timer = setInterval(() => {
    try {
      look();
    } catch {
      // It has ended; whoever waits for it hears of that.
      clearInterval(timer);
    }
  }, sampleMs);
  return {
    stop() {
      clearInterval(timer);
      return { mostBytes, leastBytes };
    },
  };
};

/** What a process holds while it has nothing to do: the least within a second. */
export const idleBytes = async (pid: number): Promise<number> => {
  const watch = watchMemory(pid);
  await new Promise((resolve) => {
    setTimeout(resolve, idleMs);
  });
  return watch.stop().leastBytes;
};
