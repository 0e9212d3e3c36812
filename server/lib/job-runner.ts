import { setTimeout as delay } from 'node:timers/promises';
import { Logger, type Runner, run, type TaskList } from 'graphile-worker';
import type { Pool } from 'pg';
import type { Log } from './log.ts';

export interface JobRunnerOptions {
  /** graphile-worker's own. It is not closed here. */
  pool: Pool;
  tasks: TaskList;
  /** Jobs at once in this process. */
  concurrency: number;
  log: Log;
}

export interface RunningJobs {
  /** Takes no more work, gives what is under way some seconds to end, and resolves within 10 s. */
  stop(): Promise<void>;
}

const stopLimitMs = 8_000;
const restartAfterMs = 1_000;

/** Works on jobs until stopped. When the database goes away it is waited for. */
export const runJobs = (options: JobRunnerOptions): RunningJobs => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const kept = keepRunning(options, signal);
  return {
    async stop() {
      stopping.abort();
      await kept;
    },
  };
};

const keepRunning = async (options: JobRunnerOptions, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      const runner = await start(options);
      const stopped = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(stop(runner)), { once: true });
      });
      await Promise.race([runner.promise, stopped]);
      if (signal.aborted) await stopped;
    } catch (error) {
      options.log.warn({ err: error }, 'the job queue can not be reached');
    }
    await delay(restartAfterMs, undefined, { signal }).catch(() => undefined);
  }
};

const start = (options: JobRunnerOptions): Promise<Runner> =>
  run({
    pgPool: options.pool,
    concurrency: options.concurrency,
    noHandleSignals: true,
    taskList: options.tasks,
    parsedCronItems: [],
    gracefulShutdownAbortTimeout: stopLimitMs,
    logger: new Logger(() => (level, message) => {
      if (String(level) === 'error') options.log.error({ queue: message }, 'job queue');
      else if (String(level) === 'warning') options.log.warn({ queue: message }, 'job queue');
      else options.log.debug({ queue: message }, 'job queue');
    }),
  });

/** A task that does not end in time is left behind: its row's lease ends with this node's heartbeat. */
const stop = (runner: Runner): Promise<void> =>
  Promise.race([runner.stop().catch(() => undefined), delay(stopLimitMs, undefined, { ref: false })]);
