/** Memory for bytes that are on their way through the process, shared by all uploads. */
export interface BufferBudget {
  /** @returns false when there is no room now */
  tryTake(bytes: number): boolean;
  /** Waits for room, first come first served. More than the whole budget is never granted at once. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
  give(bytes: number): void;
  readonly usedBytes: number;
}

export const createBufferBudget = (limitBytes: number): BufferBudget => {
  let used = 0;
  const waiting: { bytes: number; grant: () => void }[] = [];

  const serve = (): void => {
    for (let next = waiting[0]; next !== undefined && used + next.bytes <= limitBytes; next = waiting[0]) {
      waiting.shift();
      used += next.bytes;
      next.grant();
    }
  };

  return {
    get usedBytes() {
      return used;
    },
    tryTake(bytes) {
      if (waiting.length > 0 || used + bytes > limitBytes) return false;
      used += bytes;
      return true;
    },
    take(bytes, signal) {
      signal.throwIfAborted();
      if (bytes > limitBytes) return Promise.reject(new RangeError('more than the whole budget'));
      return new Promise((resolve, reject) => {
        const entry = { bytes, grant: () => done(resolve) };
        const leave = () => {
          waiting.splice(waiting.indexOf(entry), 1);
          done(() => reject(signal.reason as Error));
          serve();
        };
        const done = (settle: () => void) => {
          signal.removeEventListener('abort', leave);
          settle();
        };
        signal.addEventListener('abort', leave, { once: true });
        waiting.push(entry);
        serve();
      });
    },
    give(bytes) {
      used -= bytes;
      serve();
    },
  };
};
