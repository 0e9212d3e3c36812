/** A fixed number of places; who waits gets one in the order of asking. */
export interface Slots {
  /** Waits for a place. @returns gives the place back; calling it again does nothing. @throws the signal's reason */
  take(signal?: AbortSignal): Promise<() => void>;
  /** @returns undefined when no place is free now */
  tryTake(): (() => void) | undefined;
}

export function createSlots(places: number): Slots {
  let free = places;
  const waiting = new Set<() => void>();

  const give = (): (() => void) => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const [next] = waiting;
      if (next === undefined) free += 1;
      else next();
    };
  };

  return {
    take(signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (free > 0) {
        free -= 1;
        return Promise.resolve(give());
      }
      return new Promise((resolve, reject) => {
        const turn = (): void => {
          waiting.delete(turn);
          signal?.removeEventListener('abort', giveUp);
          resolve(give());
        };
        const giveUp = (): void => {
          waiting.delete(turn);
          reject(signal?.reason);
        };
        waiting.add(turn);
        signal?.addEventListener('abort', giveUp, { once: true });
      });
    },
    tryTake() {
      if (free === 0) return undefined;
      free -= 1;
      return give();
    },
  };
}
