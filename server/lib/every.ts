import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from './log.ts';

/** Does a thing now and then again and again, never twice at once. A failure is logged, and the next time comes. */
export const every = (
  intervalMs: number,
  task: () => Promise<unknown>,
  options: { log: Log; name: string },
): { stop(): Promise<void> } => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = async () => {
    while (!signal.aborted) {
      await task().catch((error: unknown) =>
        options.log.warn({ err: error, task: options.name }, 'a regular task failed'),
      );
      await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const running = loop();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
};
