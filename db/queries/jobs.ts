import { sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';

export type JobName =
  | 'assemble'
  | 'deliver'
  | 'remove-upload'
  | 'tidy'
  | 'retire'
  | 'look'
  | 'mail'
  | 'notify';

/**
 * Wakes a worker for a row, now or then. Added in the transaction that changes the row, so that neither is without
 * the other. A job is only a wake-up: whoever takes it reads the row again, and a job too many does nothing. At most
 * one of a name waits for a row: waking it again only moves that one.
 * @param when a moment by the database's clock, or in so many milliseconds; left out: now
 */
export const wake = async (
  tx: Queryable,
  name: JobName,
  rowId: string,
  when: Date | { inMs: number } = { inMs: 0 },
): Promise<void> => {
  const runAt =
    when instanceof Date
      ? sql`${when.toISOString()}::timestamptz`
      : sql`now() + ${when.inMs} * interval '1 millisecond'`;
  await tx.execute(sql`
    select graphile_worker.add_job(
      ${name}, ${JSON.stringify({ id: rowId })}::json,
      job_key => ${`${name}:${rowId}`},
      run_at => ${runAt}, max_attempts => 3)`);
};
