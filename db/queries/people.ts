import { and, asc, eq, gt, isNotNull, isNull, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import {
  accounts,
  apiTokens,
  type Right,
  type StaffRole,
  secondFactors,
  staff,
  teamMembers,
  teams,
} from '../schema/index.ts';
import { after, newestFirst, placeOf, type Stretch } from './pages.ts';
import { listTeams, setTeamsOf, type TeamRow } from './teams.ts';

export type StaffRow = typeof staff.$inferSelect;
export type AccountRow = typeof accounts.$inferSelect;

/** @param teamIds left out: the oldest team @returns undefined when the login is taken */
export const insertStaff = async (
  tx: Queryable,
  values: typeof staff.$inferInsert,
  teamIds?: readonly string[],
): Promise<StaffRow | undefined> => {
  const [row] = await tx.insert(staff).values(values).onConflictDoNothing().returning();
  if (row === undefined) return undefined;
  const oldest = (await listTeams(tx)).slice(0, 1).map(({ id }) => id);
  await setTeamsOf(tx, row.id, teamIds ?? oldest);
  return row;
};

export const findStaffByLogin = async (db: Queryable, login: string): Promise<StaffRow | undefined> => {
  const [row] = await db.select().from(staff).where(eq(staff.login, login.toLowerCase()));
  return row;
};

export const findStaff = async (db: Queryable, staffId: string): Promise<StaffRow | undefined> => {
  const [row] = await db.select().from(staff).where(eq(staff.id, staffId));
  return row;
};

export const findStaffBySubject = async (db: Queryable, subject: string): Promise<StaffRow | undefined> => {
  const [row] = await db.select().from(staff).where(eq(staff.providerSubject, subject));
  return row;
};

export const setStaff = async (
  tx: Queryable,
  staffId: string,
  values: Partial<Omit<typeof staff.$inferInsert, 'id'>>,
): Promise<void> => {
  await tx.update(staff).set(values).where(eq(staff.id, staffId));
};

export interface PersonRow {
  person: StaffRow;
  /** Confirmed: sign-in asks for it. */
  hasSecondFactor: boolean;
  teams: Pick<TeamRow, 'id' | 'name'>[];
}

const byAge = { at: staff.createdAt, id: staff.id };

/** The newest first. */
export const listPeople = async (
  db: Queryable,
  which: { staffId?: string },
  stretch?: Stretch,
): Promise<(PersonRow & { place: { at: string; id: string } })[]> => {
  const rows = await db
    .select({ person: staff, confirmedAt: secondFactors.confirmedAt, place: placeOf(byAge) })
    .from(staff)
    .leftJoin(secondFactors, eq(secondFactors.staffId, staff.id))
    .where(
      and(
        which.staffId === undefined ? undefined : eq(staff.id, which.staffId),
        after(byAge, stretch?.after),
      ),
    )
    .orderBy(...newestFirst(byAge))
    .limit(stretch?.limit ?? 1000);
  const members = await db
    .select({ staffId: teamMembers.staffId, id: teams.id, name: teams.name })
    .from(teamMembers)
    .innerJoin(teams, eq(teams.id, teamMembers.teamId))
    .orderBy(asc(teams.name));
  return rows.map(({ person, confirmedAt, place }) => ({
    person,
    place,
    hasSecondFactor: confirmedAt !== null,
    teams: members.flatMap(({ staffId, ...team }) => (staffId === person.id ? [team] : [])),
  }));
};

/** Locks them, so that of two who leave their role at once one is the last. @returns the ids of those not disabled */
export const lockAdministrators = async (tx: Queryable): Promise<string[]> =>
  (
    await tx
      .select({ id: staff.id })
      .from(staff)
      .where(and(eq(staff.role, 'administrator'), isNull(staff.disabledAt)))
      .orderBy(asc(staff.id))
      .for('update')
  ).map(({ id }) => id);

/** Who signs in with a password here, and gets mail. @param name login or mail address */
export const findMailablePeople = (db: Queryable, name: string): Promise<StaffRow[]> =>
  db
    .select()
    .from(staff)
    .where(
      and(
        isNull(staff.disabledAt),
        isNotNull(staff.passwordHash),
        isNotNull(staff.email),
        or(eq(staff.login, name.toLowerCase()), eq(sql`lower(${staff.email})`, name.toLowerCase())),
      ),
    )
    .limit(5);

export type ApiTokenRow = typeof apiTokens.$inferSelect;

const tokensByAge = { at: apiTokens.createdAt, id: apiTokens.id };

/** Those of a person that are not revoked, the newest first. */
export const listApiTokens = (db: Queryable, staffId: string, stretch?: Stretch) =>
  db
    .select({ token: apiTokens, place: placeOf(tokensByAge) })
    .from(apiTokens)
    .where(
      and(eq(apiTokens.staffId, staffId), isNull(apiTokens.revokedAt), after(tokensByAge, stretch?.after)),
    )
    .orderBy(...newestFirst(tokensByAge))
    .limit(stretch?.limit ?? 1000);

/** @returns whether this person had such a token */
export const revokeApiToken = async (tx: Queryable, staffId: string, tokenId: string): Promise<boolean> =>
  (
    await tx
      .update(apiTokens)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(apiTokens.staffId, staffId), eq(apiTokens.id, tokenId), isNull(apiTokens.revokedAt)))
      .returning({ id: apiTokens.id })
  ).length > 0;

/** @returns how many have ended */
export const revokeApiTokensOf = async (tx: Queryable, staffId: string): Promise<number> =>
  (
    await tx
      .update(apiTokens)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(apiTokens.staffId, staffId), isNull(apiTokens.revokedAt)))
      .returning({ id: apiTokens.id })
  ).length;

export const anyStaff = async (db: Queryable): Promise<boolean> =>
  (await db.select({ id: staff.id }).from(staff).limit(1)).length > 0;

export const insertApiToken = async (
  tx: Queryable,
  values: typeof apiTokens.$inferInsert,
): Promise<string> => {
  const [row] = await tx.insert(apiTokens).values(values).returning({ id: apiTokens.id });
  if (row === undefined) throw new Error('an insert returned no row');
  return row.id;
};

/** A token that is neither revoked nor expired, of a person who is not disabled. Notes that it was used. */
export const useApiToken = async (
  db: Queryable,
  tokenHash: string,
): Promise<{ id: string; staffId: string; scopes: Right[]; role: StaffRole } | undefined> => {
  const [row] = await db
    .update(apiTokens)
    .set({ lastUsedAt: sql`now()` })
    .from(staff)
    .where(
      and(
        eq(apiTokens.tokenHash, tokenHash),
        isNull(apiTokens.revokedAt),
        or(isNull(apiTokens.expiresAt), gt(apiTokens.expiresAt, sql`now()`)),
        eq(staff.id, apiTokens.staffId),
        isNull(staff.disabledAt),
      ),
    )
    .returning({
      id: apiTokens.id,
      staffId: apiTokens.staffId,
      scopes: apiTokens.scopes,
      role: staff.role,
    });
  return row;
};

export const findAccount = async (db: Queryable, accountId: string): Promise<AccountRow | undefined> => {
  const [row] = await db.select().from(accounts).where(eq(accounts.id, accountId));
  return row;
};

/** The portal's own account: the one that no member of staff has connected. */
export const findPortalAccount = async (
  db: Queryable,
  baseUrl: string | undefined,
  user: string,
): Promise<AccountRow | undefined> => {
  const [row] = await db
    .select()
    .from(accounts)
    .where(
      and(
        eq(accounts.user, user),
        isNull(accounts.staffId),
        baseUrl === undefined ? undefined : eq(accounts.baseUrl, baseUrl),
      ),
    );
  return row;
};

export const insertAccount = async (
  tx: Queryable,
  values: typeof accounts.$inferInsert,
): Promise<AccountRow> => {
  const [row] = await tx.insert(accounts).values(values).returning();
  if (row === undefined) throw new Error('an insert returned no row');
  return row;
};

export const setAccount = async (
  tx: Queryable,
  accountId: string,
  values: Partial<typeof accounts.$inferInsert>,
): Promise<void> => {
  await tx.update(accounts).set(values).where(eq(accounts.id, accountId));
};
