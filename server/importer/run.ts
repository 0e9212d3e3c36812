import { setTimeout as delay } from 'node:timers/promises';
import type { TaskList } from 'graphile-worker';
import { z } from 'zod';
import type { Importer } from './importer.ts';
import { atMost, defaultStopWithinMs, type JobsOptions, runJobs } from './jobs.ts';

export interface RunOptions extends Omit<JobsOptions, 'tasks'> {
  importer: Importer;
  sweepEveryMs?: number;
  /** Tasks of other rooms that are to run in this process beside the importer's. */
  tasks?: TaskList;
}

export interface RunningImporter {
  /**
   * Takes no more work, gives back what is under way, and resolves within 10 s. A destination that does not
   * listen is left behind: its lease ends with the node's heartbeat.
   */
  stop(): Promise<void>;
}

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
  const { importer } = options;
  const jobs = await runJobs({ ...options, tasks: { ...options.tasks, ...importerTasks(importer) } });
  const stopping = new AbortController();
  const swept = sweepOften(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      const ended = Promise.allSettled([importer.stop(), jobs.stop(), swept]);
      await atMost(options.stopWithinMs ?? defaultStopWithinMs, ended);
    },
  };
};

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
