import { eq, lt, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { nodes } from '../schema/index.ts';

/** How long a node counts as alive after a heartbeat. Locks and leases of a dead node are free. */
export const nodeLifeSeconds = 12;

export type NodeRole = 'portal' | 'importer';

/** Says that a node is alive, the first time and again. */
export const beat = async (db: Queryable, nodeId: string, role: NodeRole): Promise<void> => {
  const aliveUntil = sql`now() + ${nodeLifeSeconds} * interval '1 second'`;
  await db
    .insert(nodes)
    .values({ id: nodeId, role, aliveUntil })
    .onConflictDoUpdate({ target: nodes.id, set: { aliveUntil } });
};

export const forgetNode = async (db: Queryable, nodeId: string): Promise<void> => {
  await db.delete(nodes).where(eq(nodes.id, nodeId));
};

/** Rows of nodes that have been silent for an hour. */
export const forgetDeadNodes = async (db: Queryable): Promise<void> => {
  await db.delete(nodes).where(lt(nodes.aliveUntil, sql`now() - interval '1 hour'`));
};

/** SQL: true where the named column holds no node that is alive. */
export const nobodyHolds = (column: unknown) =>
  sql`(${column} is null or not exists (select 1 from ${nodes} where ${nodes.id} = ${column} and ${nodes.aliveUntil} > now()))`;
