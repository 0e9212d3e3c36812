import { setTimeout as delay } from 'node:timers/promises';
import { Logger, parseCrontab, type Runner, run, type TaskList } from 'graphile-worker';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { Log } from './log.ts';
import { atMost } from './within.ts';

export interface JobsOptions {
  /** graphile-worker's own. It is not closed here. */
  pool: Pool;
  log: Log;
  tasks: TaskList;
  /** Times for some of the tasks, in graphile-worker's form. */
  crontab?: string;
  /** Jobs at once in this process; default 4. */
  concurrency?: number;
  /** How long `stop` waits for a job that does not end; default 7 s. */
  stopWithinMs?: number;
}

export interface RunningJobs {
  /** Takes no more jobs and waits for those under way, but not for ever. */
  stop(): Promise<void>;
}

export const defaultStopWithinMs = 7_000;
const restartAfterMs = 1_000;
/** With a look for jobs every two seconds, about six seconds of failures. */
const failuresPerWorker = 3;

/**
 * Runs graphile-worker and keeps it running: when the database goes away it is waited for.
 *
 * Danger: graphile-worker 0.17.3 remembers a failure of its very first query and never takes a job again, with
 * a line at debug level only. So a queue whose every look for a job fails is replaced by a new one.
 * @throws when the database can't be reached at start
 */
export const runJobs = async (options: JobsOptions): Promise<RunningJobs> => {
  const stopping = new AbortController();
  const stopWithinMs = options.stopWithinMs ?? defaultStopWithinMs;
  let queue = await startQueue(options, stopWithinMs);
  const keepRunning = async () => {
    while (!stopping.signal.aborted) {
      await Promise.race([queue.ended, queue.stuck]);
      if (stopping.signal.aborted) return;
      options.log.warn('the job queue takes no more jobs; starting another');
      // Jobs under way in it go on to their end.
      stopQueue(queue).catch(() => undefined);
      const next = await startAgain(() => startQueue(options, stopWithinMs), stopping.signal, options.log);
      if (next !== undefined) queue = next;
    }
  };
  const kept = keepRunning();
  return {
    async stop() {
      stopping.abort();
      await atMost(stopWithinMs, Promise.allSettled([stopQueue(queue), kept]));
    },
  };
};

const payloadSchema = z.object({ id: z.string() });

/** The row that a job wakes somebody for. */
export const rowIdOf = (payload: unknown): string => payloadSchema.parse(payload).id;

interface Queue {
  runner: Runner;
  ended: Promise<void>;
  stuck: Promise<void>;
}

const startQueue = async (options: JobsOptions, stopWithinMs: number): Promise<Queue> => {
  const concurrency = options.concurrency ?? 4;
  const runner = await run({
    pgPool: options.pool,
    concurrency,
    noHandleSignals: true,
    taskList: options.tasks,
    parsedCronItems: parseCrontab(options.crontab ?? ''),
    gracefulShutdownAbortTimeout: stopWithinMs,
    logger: queueLogger(options.log),
  });
  const stuck = new Promise<void>((resolve) => {
    let failures = 0;
    const well = () => {
      failures = 0;
    };
    runner.events.on('worker:getJob:empty', well);
    runner.events.on('job:start', well);
    runner.events.on('worker:getJob:error', () => {
      failures += 1;
      if (failures >= concurrency * failuresPerWorker) resolve();
    });
  });
  return { runner, ended: runner.promise.catch(() => undefined), stuck };
};

const startAgain = async (
  start: () => Promise<Queue>,
  signal: AbortSignal,
  log: Log,
): Promise<Queue | undefined> => {
  while (!signal.aborted) {
    await delay(restartAfterMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return undefined;
    try {
      const queue = await start();
      if (signal.aborted) await stopQueue(queue);
      return queue;
    } catch (error) {
      log.warn({ err: error }, 'the job queue can not be reached');
    }
  }
  return undefined;
};

/** It refuses to be stopped twice, and has then ended anyway. */
const stopQueue = (queue: Queue): Promise<void> => queue.runner.stop().catch(() => undefined);

const queueLogger = (log: Log): Logger =>
  new Logger(() => (level, message) => {
    const severity: string = level;
    if (severity === 'error') log.error({ queue: message }, 'job queue');
    else if (severity === 'warning') log.warn({ queue: message }, 'job queue');
    else log.debug({ queue: message }, 'job queue');
  });
