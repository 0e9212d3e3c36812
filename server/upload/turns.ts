import { createSlots } from '../lib/slots.ts';

/**
 * Turns at sending bytes to Nextcloud, over all uploads of the process. Each request holds one of the server's
 * workers: a thousand slow submitters together must not hold more than a few.
 */
export interface Turns {
  /** Waits for a turn. @returns gives it back; calling it again does nothing. @throws the signal's reason */
  take(signal: AbortSignal): Promise<() => void>;
  /** A turn at sending while bytes still come, when one is free now. Some turns are always left to the others. */
  tryTakeLong(): (() => void) | undefined;
  /** Waits for such a turn. @returns undefined when the signal came first, or when many wait already */
  takeLong(signal: AbortSignal): Promise<(() => void) | undefined>;
  /** Resolves when nobody holds a long turn, so that nothing fills the line to Nextcloud, and then at the latest. */
  untilQuiet(limitMs: number): Promise<void>;
  /**
   * How old a part that is not full may get before it is sent. Ten seconds, unless so many uploads collect parts that
   * their requests together would keep more than half a worker busy: then older.
   * @param uploads how many are collecting
   */
  partAgeMs(uploads: number): number;
}

const places = 5;
const longPlaces = 3;
/** Each holds some memory while it waits. */
const mostWaitLong = 8;
/** Share of one worker that parts which are not full may take up. */
const workerShare = 0.5;
const longestAgeMs = 5 * 60_000;
/** A fixed cost, whatever the size: 50 ms where it was measured (Nextcloud 32.0.1). */
const firstGuessMs = 50;

/** @param youngestAgeMs the age at which a part is sent where the server has time */
export const createTurns = (youngestAgeMs: number): Turns => {
  const slots = createSlots(places);
  const longSlots = createSlots(longPlaces);
  const waitingLong = createSlots(mostWaitLong);
  let meanMs = firstGuessMs;

  const measured = (release: () => void): (() => void) => {
    const startedAtMs = performance.now();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      meanMs += (performance.now() - startedAtMs - meanMs) / 16;
      release();
    };
  };

  let longOnes = 0;
  const waitingForQuiet = new Set<() => void>();

  const both = (long: () => void, place: () => void) => {
    longOnes += 1;
    let held = true;
    return (): void => {
      long();
      place();
      longOnes -= held ? 1 : 0;
      held = false;
      if (longOnes === 0) for (const done of waitingForQuiet) done();
    };
  };

  return {
    take: async (signal) => measured(await slots.take(signal)),
    tryTakeLong() {
      const long = longSlots.tryTake();
      if (long === undefined) return undefined;
      const place = slots.tryTake();
      if (place !== undefined) return both(long, place);
      long();
      return undefined;
    },
    async takeLong(signal) {
      const leave = waitingLong.tryTake();
      let long: (() => void) | undefined;
      try {
        if (leave === undefined) return undefined;
        long = await longSlots.take(signal);
        return both(long, await slots.take(signal));
      } catch {
        long?.();
        return undefined;
      } finally {
        leave?.();
      }
    },
    untilQuiet: (limitMs) =>
      longOnes === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            const done = (): void => {
              clearTimeout(timer);
              waitingForQuiet.delete(done);
              resolve();
            };
            const timer = setTimeout(done, limitMs);
            waitingForQuiet.add(done);
          }),
    partAgeMs: (uploads) => Math.min(Math.max(youngestAgeMs, (uploads * meanMs) / workerShare), longestAgeMs),
  };
};
