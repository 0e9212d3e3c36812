/**
 * Does a task for every item, begun in the order of the items, at most so many at once. After the first failure nothing
 * more is begun, and the signal that the tasks were handed aborts; the failure is thrown when all of them have ended.
 * @param signal aborts them all, and is thrown as its reason where a task was still to begin
 * @returns what the tasks returned, in the order of the items
 */
export const inParallel = async <T, R>(
  items: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  task: (item: T, signal: AbortSignal) => Promise<R>,
): Promise<R[]> => {
  const failing = new AbortController();
  const either = AbortSignal.any([signal, failing.signal]);
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      if (failing.signal.aborted) return;
      signal.throwIfAborted();
      results[index] = await task(item, either);
    }
  };
  const failures: unknown[] = [];
  const workers = Array.from({ length: Math.min(atOnce, items.length) }, () =>
    worker().catch((error: unknown) => {
      failures.push(error);
      failing.abort();
    }),
  );
  await Promise.all(workers);
  if (failures.length > 0) throw failures[0];
  return results;
};
