import { isLostConnectionBug } from '../../db/client.ts';
import { isDatabaseAway } from '../../db/errors.ts';
import type { Log } from '../lib/log.ts';
import { atMost } from '../lib/within.ts';

/** What comes up while the process ends anyway changes nothing. */
let isEnding = false;

/**
 * Keeps a throw that nobody could catch from ending the process where it is known to be harmless; any other ends it,
 * and whoever supervises starts it again.
 * @param onLostConnection postgres.js has lost a connection in a way that only a new pool gets over
 */
export const guardProcess = (log: Log, onLostConnection: () => void): void => {
  process.on('uncaughtException', (error) => {
    if (isLostConnectionBug(error)) {
      log.warn({ err: error }, 'a database connection broke while it was written to; opening new ones');
      onLostConnection();
      return;
    }
    // graphile-worker 0.17.3 says the end of a job to a database that has gone, where nobody hears the answer. The job's
    // row is found by the sweep; the queue is replaced by the job runner.
    if (isDatabaseAway(error) || isEnding) {
      log.warn({ err: error }, 'something was not said to the database');
      return;
    }
    log.error({ err: error }, 'an error that nobody caught');
    process.exit(1);
  });
};

/** Whoever supervises kills after 10 s what has not ended. */
const endLimitMs = 9_000;

/**
 * Ends the process in good order, and in time, when it is asked to: SIGTERM, or its supervisor has gone.
 * @param end what does not fit in nine seconds is cut off
 */
export const onEnd = (end: () => Promise<unknown>): void => {
  const once = () => {
    if (isEnding) return;
    isEnding = true;
    void atMost(endLimitMs, end()).finally(() => process.exit(0));
  };
  process.once('SIGTERM', once);
  if (process.send === undefined) process.once('SIGINT', once);
  else {
    // Ctrl-C reaches the whole group; the supervisor decides in which order its processes go.
    process.on('SIGINT', () => undefined);
    process.once('disconnect', once);
  }
};

/** What a child tells its supervisor. */
export type ChildMessage = { ready: true } | { failed: string };

/** Tells the supervisor, if there is one. */
export const tellSupervisor = (message: ChildMessage): void => {
  process.send?.(message);
};
