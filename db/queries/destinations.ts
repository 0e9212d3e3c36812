import type { Queryable } from '../client.ts';
import { destinations } from '../schema/index.ts';

export const anyDestination = async (db: Queryable): Promise<boolean> =>
  (await db.select({ id: destinations.id }).from(destinations).limit(1)).length > 0;

/** Sets up a destination, unless one of this name is there. */
export const insertDestination = async (
  tx: Queryable,
  values: typeof destinations.$inferInsert,
): Promise<void> => {
  await tx.insert(destinations).values(values).onConflictDoNothing();
};
