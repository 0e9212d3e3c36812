import { sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';

export type JobName = 'assemble' | 'deliver' | 'remove-upload';

/**
 * Wakes a worker for a row, now or then. Added in the transaction that changes the row, so that neither is without
 * the other. A job is only a wake-up: whoever takes it reads the row again, and a job too many does nothing. At most
 * one of a name waits for a row: waking it again only moves that one.
 */
export const wake = async (tx: Queryable, name: JobName, rowId: string, runAt?: Date): Promise<void> => {
  await tx.execute(sql`
    select graphile_worker.add_job(
      ${name}, ${JSON.stringify({ id: rowId })}::json,
      job_key => ${`${name}:${rowId}`},
      run_at => coalesce(${runAt?.toISOString() ?? null}::timestamptz, now()), max_attempts => 3)`);
};
