import { sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';

export type JobName = 'assemble' | 'deliver' | 'remove-upload' | 'sweep';

export interface JobOptions {
  /** Not before. Default: at once. */
  runAt?: Date;
}

/**
 * Wakes a worker for a row. Added in the transaction that changes the row, so that neither is without the other.
 * A job is only a wake-up: whoever takes it reads the row again, and a job too many does nothing.
 */
export const addJob = async (
  tx: Queryable,
  name: JobName,
  payload: Record<string, string>,
  options: JobOptions = {},
): Promise<void> => {
  await tx.execute(sql`
    select graphile_worker.add_job(
      ${name}, ${JSON.stringify(payload)}::json,
      run_at => coalesce(${options.runAt?.toISOString() ?? null}::timestamptz, now()), max_attempts => 3)`);
};
