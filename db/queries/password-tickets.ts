import { and, eq, gt, lt, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { type PasswordTicketPurpose, passwordTickets } from '../schema/index.ts';

export type PasswordTicketRow = typeof passwordTickets.$inferSelect;

/** Those that are over go with it, whoever’s they were. @returns its id */
export const insertPasswordTicket = async (
  tx: Queryable,
  ticket: { staffId: string; purpose: PasswordTicketPurpose; lifeMinutes: number },
): Promise<string> => {
  const { staffId, purpose, lifeMinutes } = ticket;
  await tx.delete(passwordTickets).where(lt(passwordTickets.expiresAt, sql`now()`));
  const [row] = await tx
    .insert(passwordTickets)
    .values({ staffId, purpose, expiresAt: sql`now() + ${lifeMinutes} * interval '1 minute'` })
    .returning({ id: passwordTickets.id });
  if (row === undefined) throw new Error('an insert returned no row');
  return row.id;
};

/** One that is not over. */
export const findPasswordTicket = async (
  db: Queryable,
  ticketId: string,
): Promise<PasswordTicketRow | undefined> => {
  const [row] = await db
    .select()
    .from(passwordTickets)
    .where(and(eq(passwordTickets.id, ticketId), gt(passwordTickets.expiresAt, sql`now()`)));
  return row;
};

/** Uses it up. @returns whose it was, if it was there and not over */
export const takePasswordTicket = async (
  tx: Queryable,
  ticketId: string,
): Promise<PasswordTicketRow | undefined> => {
  const [row] = await tx
    .delete(passwordTickets)
    .where(and(eq(passwordTickets.id, ticketId), gt(passwordTickets.expiresAt, sql`now()`)))
    .returning();
  return row;
};

export const deletePasswordTicketsOf = async (tx: Queryable, staffId: string): Promise<void> => {
  await tx.delete(passwordTickets).where(eq(passwordTickets.staffId, staffId));
};
