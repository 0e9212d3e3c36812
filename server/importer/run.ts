import { setTimeout as delay } from 'node:timers/promises';
import { Logger, parseCrontab, type Runner, run, type TaskList } from 'graphile-worker';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { Log } from '../lib/log.ts';
import type { Importer } from './importer.ts';

export interface RunOptions {
  importer: Importer;
  /** graphile-worker's own. It is not closed here. */
  pool: Pool;
  log: Log;
  /** Deliveries at once in this process. */
  concurrency?: number;
  sweepEveryMs?: number;
  /** How long `stop` waits for a destination that does not listen to its signal. */
  stopWithinMs?: number;
  /** Tasks of other rooms that are to run in this process, and their times. */
  tasks?: TaskList;
  crontab?: string;
}

export interface RunningImporter {
  /**
   * Takes no more work, gives back what is under way, and resolves within 10 s. A destination that does not
   * listen is left behind: its lease ends with the node's heartbeat.
   */
  stop(): Promise<void>;
}

const restartAfterMs = 1_000;

const payloadSchema = z.object({ deliveryId: z.string() });

/** The importer's part of graphile-worker's task list. */
export const importerTasks = (importer: Importer): TaskList => ({
  deliver: async (payload) => {
    await importer.deliverOne(payloadSchema.parse(payload).deliveryId);
  },
});

/**
 * Runs the importer: jobs wake deliveries, and this process sweeps by itself at start and every minute, so that
 * nothing depends on a job. When the database goes away it is waited for.
 * @throws when the jobs can't be reached at start
 */
export const startImporter = async (options: RunOptions): Promise<RunningImporter> => {
  const stopWithinMs = options.stopWithinMs ?? 9_000;
  const stopping = new AbortController();
  const start = () =>
    run({
      pgPool: options.pool,
      concurrency: options.concurrency ?? 4,
      noHandleSignals: true,
      taskList: { ...options.tasks, ...importerTasks(options.importer) },
      parsedCronItems: parseCrontab(options.crontab ?? ''),
      gracefulShutdownAbortTimeout: stopWithinMs,
      logger: workerLogger(options.log),
    });
  let runner = await start();

  const keepRunning = async () => {
    while (!stopping.signal.aborted) {
      await runner.promise.catch(() => undefined);
      if (stopping.signal.aborted) return;
      options.log.warn('the job queue has ended by itself; starting it again');
      runner = (await startAgain(start, stopping.signal, options.log)) ?? runner;
    }
  };
  const kept = keepRunning();
  const swept = sweepOften(options, stopping.signal);

  return {
    async stop() {
      stopping.abort();
      const ended = Promise.allSettled([stopRunner(runner), options.importer.stop(), kept, swept]);
      const timer = new AbortController();
      await Promise.race([
        ended,
        delay(stopWithinMs, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
    },
  };
};

const startAgain = async (
  start: () => Promise<Runner>,
  signal: AbortSignal,
  log: Log,
): Promise<Runner | undefined> => {
  while (!signal.aborted) {
    await delay(restartAfterMs, undefined, { signal }).catch(() => undefined);
    try {
      const runner = await start();
      if (signal.aborted) await stopRunner(runner);
      return runner;
    } catch (error) {
      log.warn({ err: error }, 'the job queue can not be reached');
    }
  }
  return undefined;
};

/** It refuses to be stopped twice, and has then ended anyway. */
const stopRunner = (runner: Runner): Promise<void> => runner.stop().catch(() => undefined);

const sweepOften = async (options: RunOptions, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      const woken = await options.importer.sweep();
      if (woken > 0) options.log.debug({ woken }, 'due deliveries woken');
    } catch (error) {
      options.log.warn({ err: error }, 'the sweep for due deliveries failed');
    }
    await delay(options.sweepEveryMs ?? 60_000, undefined, { signal }).catch(() => undefined);
  }
};

const workerLogger = (log: Log): Logger =>
  new Logger(() => (level, message) => {
    const severity: string = level;
    if (severity === 'error') log.error({ queue: message }, 'job queue');
    else if (severity === 'warning') log.warn({ queue: message }, 'job queue');
    else log.debug({ queue: message }, 'job queue');
  });
