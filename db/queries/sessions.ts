import { and, desc, eq, gt, ne } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { sessions } from '../schema/index.ts';

export type SessionRow = typeof sessions.$inferSelect;

/** Those that are not over, the newest first. */
export const sessionsOf = (db: Queryable, staffId: string): Promise<SessionRow[]> => {
  const now = new Date();
  return db
    .select()
    .from(sessions)
    .where(
      and(eq(sessions.userId, staffId), gt(sessions.expiresAt, now), gt(sessions.absoluteExpiresAt, now)),
    )
    .orderBy(desc(sessions.createdAt));
};

/** @returns whether this person had such a session */
export const deleteSession = async (tx: Queryable, staffId: string, sessionId: string): Promise<boolean> =>
  (
    await tx
      .delete(sessions)
      .where(and(eq(sessions.userId, staffId), eq(sessions.id, sessionId)))
      .returning({ id: sessions.id })
  ).length > 0;

/** @param but the one that goes on @returns how many have ended */
export const deleteSessionsOf = async (tx: Queryable, staffId: string, but?: string): Promise<number> =>
  (
    await tx
      .delete(sessions)
      .where(and(eq(sessions.userId, staffId), but === undefined ? undefined : ne(sessions.id, but)))
      .returning({ id: sessions.id })
  ).length;
