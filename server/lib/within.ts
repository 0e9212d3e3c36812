/** @throws Error when the promise takes longer */
export const within = <T>(limitMs: number, promise: Promise<T>): Promise<T> =>
  race(limitMs, promise, () => {
    throw new Error(`took longer than ${limitMs} ms`);
  });

/** Waits for something, but no longer than this. */
export const atMost = (limitMs: number, ended: Promise<unknown>): Promise<unknown> =>
  race<unknown>(limitMs, ended, () => undefined);

const race = async <T>(limitMs: number, promise: Promise<T>, onLate: () => T): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  try {
    return await Promise.race([promise, late.then(onLate)]);
  } finally {
    clearTimeout(timer);
  }
};
