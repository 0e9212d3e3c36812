/** Calls back once when nothing has been reported for a while. Cheap to touch: the timer is re-armed when it fires. */
export interface Watch {
  touch(): void;
  /** From now on this long is allowed without a touch. */
  allow(timeoutMs: number): void;
  /** While paused the time does not run: it is not the other side that is waited for. */
  pause(): void;
  resume(): void;
  stop(): void;
}

export function startWatch(timeoutMs: number, onStall: (silentMs: number) => void): Watch {
  let allowedMs = timeoutMs;
  let lastMs = performance.now();
  let timer: NodeJS.Timeout | undefined;

  const arm = (delayMs: number): void => {
    clearTimeout(timer);
    timer = setTimeout(check, delayMs);
  };
  const check = (): void => {
    const leftMs = lastMs + allowedMs - performance.now();
    if (leftMs > 0) arm(leftMs);
    else onStall(allowedMs);
  };
  const touch = (): void => {
    lastMs = performance.now();
  };
  const stop = (): void => clearTimeout(timer);

  arm(allowedMs);
  return {
    touch,
    allow(nextMs) {
      allowedMs = nextMs;
      touch();
      arm(nextMs);
    },
    pause: stop,
    resume() {
      touch();
      arm(allowedMs);
    },
    stop,
  };
}
