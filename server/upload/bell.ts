/** Lets one loop wait until any of several things has changed. A ring while nobody waits is not lost. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, or after so long. */
  wait(limitMs: number): Promise<void>;
}

export const createBell = (): Bell => {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    wait(limitMs) {
      if (rung) {
        rung = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          wake = undefined;
          rung = false;
          resolve();
        };
        const timer = Number.isFinite(limitMs) ? setTimeout(done, Math.max(0, limitMs)) : undefined;
        wake = done;
      });
    },
  };
};
