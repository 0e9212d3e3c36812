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
