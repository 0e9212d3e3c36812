import { and, desc, eq, gt, inArray, isNull, ne, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { type StaffRole, sessions, staff, teamMembers } from '../schema/index.ts';
import type { TeamScope } from './teams.ts';

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

/** Whether its person has proven who they are within so many seconds. */
export const wasConfirmed = async (
  db: Queryable,
  sessionId: string,
  withinSeconds: number,
): Promise<boolean> => {
  const rows = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(
      and(
        eq(sessions.id, sessionId),
        gt(sessions.confirmedAt, sql`now() - ${withinSeconds} * interval '1 second'`),
      ),
    );
  return rows.length > 0;
};

export const setConfirmed = async (tx: Queryable, sessionId: string): Promise<void> => {
  await tx.update(sessions).set({ confirmedAt: sql`now()` }).where(eq(sessions.id, sessionId));
};

/** @param sealed null: none any more */
export const setHeldForm = async (tx: Queryable, sessionId: string, sealed: string | null): Promise<void> => {
  await tx.update(sessions).set({ heldFormSealed: sealed }).where(eq(sessions.id, sessionId));
};

export const heldForm = async (db: Queryable, sessionId: string): Promise<string | null> => {
  const [row] = await db
    .select({ sealed: sessions.heldFormSealed })
    .from(sessions)
    .where(eq(sessions.id, sessionId));
  return row?.sealed ?? null;
};

/** Ends a session for a new one of the same browser. @returns whether a form went over, of the same person */
export const replaceSession = async (tx: Queryable, before: string, by: string): Promise<boolean> => {
  const [ended] = await tx
    .delete(sessions)
    .where(eq(sessions.id, before))
    .returning({ staffId: sessions.userId, heldFormSealed: sessions.heldFormSealed });
  if (ended === undefined || ended.heldFormSealed === null) return false;
  const { staffId, heldFormSealed } = ended;
  const moved = await tx
    .update(sessions)
    .set({ heldFormSealed })
    .where(and(eq(sessions.id, by), eq(sessions.userId, staffId)))
    .returning({ id: sessions.id });
  return moved.length > 0;
};

/**
 * What the holders of these sessions may see now, in one look. It renews none of them.
 * @returns without those that are over, and those of people who are disabled
 */
export const scopesOfSessions = async (
  db: Queryable,
  sessionIds: readonly string[],
): Promise<Map<string, TeamScope>> => {
  if (sessionIds.length === 0) return new Map();
  const rows = await db
    .select({
      id: sessions.id,
      role: staff.role,
      teams: sql<
        string[]
      >`array(select ${teamMembers.teamId} from ${teamMembers} where ${teamMembers.staffId} = ${staff.id})`,
    })
    .from(sessions)
    .innerJoin(staff, eq(staff.id, sessions.userId))
    .where(
      and(
        inArray(sessions.id, [...sessionIds]),
        gt(sessions.expiresAt, sql`now()`),
        gt(sessions.absoluteExpiresAt, sql`now()`),
        isNull(staff.disabledAt),
      ),
    );
  return new Map(rows.map(({ id, role, teams }) => [id, scopeOf(role, teams)]));
};

/** Administrators see every request; everybody else those of their teams. */
export const scopeOf = (role: StaffRole, teams: readonly string[]): TeamScope =>
  role === 'administrator' ? 'all' : teams;
