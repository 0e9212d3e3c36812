/** How fast it goes, and how long it will go on. */
export interface Pace {
  bytesPerSecond: number;
  /** Undefined while nothing can be said. */
  secondsLeft?: number;
}

export interface Meter {
  /** About once a second while files are on their way. @returns undefined at first, and while nothing moves */
  read(sentBytes: number, totalBytes: number, nowMs: number): Pace | undefined;
  /** Time that was spent waiting does not count: after a pause, or without a connection. */
  rest(): void;
}

/** Of what was measured, as much is old after this time as is new. */
const halfLifeMs = 6000;
/** Before that a guess would be about the first second: what the browser takes in at once goes nowhere yet. */
const firstWordAfterMs = 5000;
/** An estimate that is further off than this is followed faster. */
const farOff = 0.2;
/** The most that it changes at one reading, of itself. */
const mostStep = 0.08;

/** A meter that does not jump: it averages over seconds, and corrects its estimate little by little. */
export const createMeter = (): Meter => {
  let before: { sentBytes: number; atMs: number } | undefined;
  let movedBytes = 0;
  let movingMs = 0;
  let toldMs = 0;
  let secondsLeft: number | undefined;
  let estimates = 0;

  const measure = (sentBytes: number, nowMs: number): number => {
    const elapsedMs = before === undefined ? 0 : Math.max(0, nowMs - before.atMs);
    // Less than before: a file was taken back, or goes on from further behind.
    const moved = Math.max(0, sentBytes - (before?.sentBytes ?? sentBytes));
    before = { sentBytes, atMs: nowMs };
    const kept = 0.5 ** (elapsedMs / halfLifeMs);
    movedBytes = movedBytes * kept + moved;
    movingMs = movingMs * kept + elapsedMs;
    toldMs += elapsedMs;
    return elapsedMs;
  };

  const estimate = (target: number, elapsedMs: number): number => {
    estimates += 1;
    if (secondsLeft === undefined) return target;
    const expected = Math.max(0, secondsLeft - elapsedMs / 1000);
    const off = target - expected;
    const isFar = Math.abs(off) > farOff * Math.max(target, expected);
    const isOtherwise = expected > 3 * target || target > 3 * expected;
    // The first ones know little: each counts for as much as all before it.
    const gain = Math.max(1 / estimates, isFar ? 0.15 : 0.06);
    const most = Math.max(1 / estimates, isOtherwise ? 0.3 : mostStep) * Math.max(expected, 10);
    return expected + Math.max(-most, Math.min(most, off * gain));
  };

  return {
    read(sentBytes, totalBytes, nowMs) {
      const elapsedMs = measure(sentBytes, nowMs);
      const bytesPerSecond = movingMs === 0 ? 0 : (movedBytes / movingMs) * 1000;
      if (toldMs < firstWordAfterMs || bytesPerSecond < 1) {
        secondsLeft = undefined;
        return undefined;
      }
      secondsLeft = estimate(Math.max(0, totalBytes - sentBytes) / bytesPerSecond, elapsedMs);
      return { bytesPerSecond, secondsLeft };
    },
    rest() {
      before = undefined;
      secondsLeft = undefined;
      estimates = 0;
    },
  };
};

/** In steps that people think in, so that the words stay a while: minutes, and from an hour on five of them. */
export const roughSeconds = (seconds: number): number => {
  const step = seconds < 3600 ? 60 : 300;
  return Math.max(60, Math.ceil(seconds / step) * step);
};
