import type { TaskList } from 'graphile-worker';
import { every } from '../lib/every.ts';
import { letHeapGrow } from '../lib/heap.ts';
import { defaultStopWithinMs, type JobsOptions, rowIdOf, runJobs } from '../lib/job-runner.ts';
import { atMost } from '../lib/within.ts';
import type { Importer } from './importer.ts';

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

/** The importer's part of graphile-worker's task list. */
export const importerTasks = (importer: Importer): TaskList => ({
  deliver: async (payload) => {
    await importer.deliverOne(rowIdOf(payload));
  },
  look: async (payload) => {
    await importer.lookAt(rowIdOf(payload));
  },
  retire: async (payload) => {
    await importer.retireOne(rowIdOf(payload));
  },
  tidy: async (payload) => {
    await importer.tidyOne(rowIdOf(payload));
  },
});

/**
 * Runs the importer: jobs wake deliveries, and this process sweeps by itself at start and every 15 s, so that
 * nothing depends on a job. When the database goes away it is waited for.
 * @throws when the jobs can't be reached at start
 */
export const startImporter = async (options: RunOptions): Promise<RunningImporter> => {
  const { importer } = options;
  letHeapGrow();
  const jobs = await runJobs({ ...options, tasks: { ...options.tasks, ...importerTasks(importer) } });
  const sweep = every(options.sweepEveryMs ?? 15_000, () => importer.sweep(), {
    log: options.log,
    name: 'sweep',
  });
  return {
    async stop() {
      const ended = Promise.allSettled([importer.stop(), jobs.stop(), sweep.stop()]);
      await atMost(options.stopWithinMs ?? defaultStopWithinMs, ended);
    },
  };
};
