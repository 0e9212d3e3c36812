import { lt, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { throttles } from '../schema/index.ts';

/** Counters whose time is over: they name networks and count nothing any more. */
export const forgetThrottles = async (db: Queryable): Promise<void> => {
  await db.delete(throttles).where(lt(throttles.expire, sql`now()`));
};
