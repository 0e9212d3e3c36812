import { and, asc, eq, inArray, isNull, ne, notExists, or, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Queryable } from '../client.ts';
import {
  deliveries,
  files,
  notices,
  requests,
  requestTemplates,
  staff,
  submissions,
  teamMembers,
  teams,
} from '../schema/index.ts';
import { after, newestFirst, placeOf, type Stretch } from './pages.ts';

/** Whose requests somebody sees: those of these teams, or everybody's. */
export type TeamScope = 'all' | readonly string[];

const one = { one: sql`1` };
const otherTeams = alias(teams, 'other_teams');

export type TeamRow = typeof teams.$inferSelect;

/** What belongs to a team: by itself, or through the request that it is of. */
export type Owned = 'request' | 'submission' | 'file' | 'delivery' | 'notice' | 'template';

export const ofTeams = (scope: TeamScope): SQL | undefined =>
  scope === 'all' ? undefined : inArray(requests.teamId, [...scope]);

export const templatesOfTeams = (scope: TeamScope): SQL | undefined =>
  scope === 'all' ? undefined : inArray(requestTemplates.teamId, [...scope]);

/** Those of the teams, and those that are about the whole installation. */
export const noticesOfTeams = (scope: TeamScope): SQL | undefined =>
  scope === 'all' ? undefined : or(isNull(notices.teamId), inArray(notices.teamId, [...scope]));

/** The oldest first. */
export const listTeams = (db: Queryable): Promise<TeamRow[]> =>
  db.select().from(teams).orderBy(asc(teams.createdAt), asc(teams.id));

const byAge = { at: teams.createdAt, id: teams.id };

/** A stretch of them, the newest first. */
export const listTeamsByAge = (db: Queryable, stretch: Stretch) =>
  db
    .select({ id: teams.id, name: teams.name, place: placeOf(byAge) })
    .from(teams)
    .where(after(byAge, stretch.after))
    .orderBy(...newestFirst(byAge))
    .limit(stretch.limit);

export const teamsOf = async (db: Queryable, staffId: string): Promise<TeamRow[]> =>
  (
    await db
      .select({ team: teams })
      .from(teamMembers)
      .innerJoin(teams, eq(teams.id, teamMembers.teamId))
      .where(eq(teamMembers.staffId, staffId))
      .orderBy(asc(teams.createdAt), asc(teams.id))
  ).map(({ team }) => team);

/** Puts a person into these teams and no others. */
export const setTeamsOf = async (
  tx: Queryable,
  staffId: string,
  teamIds: readonly string[],
): Promise<void> => {
  await tx.delete(teamMembers).where(eq(teamMembers.staffId, staffId));
  if (teamIds.length > 0) await tx.insert(teamMembers).values(teamIds.map((teamId) => ({ teamId, staffId })));
};

/** Who is in which of these teams, by name. */
export const membersOf = (db: Queryable, teamIds: readonly string[]) =>
  db
    .select({ teamId: teamMembers.teamId, id: staff.id, name: staff.name })
    .from(teamMembers)
    .innerJoin(staff, eq(staff.id, teamMembers.staffId))
    .where(inArray(teamMembers.teamId, [...teamIds]))
    .orderBy(asc(staff.name), asc(staff.id));

export const putInTeam = async (
  tx: Queryable,
  teamId: string,
  staffIds: readonly string[],
): Promise<void> => {
  const rows = staffIds.map((staffId) => ({ teamId, staffId }));
  if (rows.length > 0) await tx.insert(teamMembers).values(rows).onConflictDoNothing();
};

export const takeOutOfTeam = async (
  tx: Queryable,
  teamId: string,
  staffIds: readonly string[],
): Promise<void> => {
  await tx
    .delete(teamMembers)
    .where(and(eq(teamMembers.teamId, teamId), inArray(teamMembers.staffId, [...staffIds])));
};

export const findTeam = async (db: Queryable, teamId: string): Promise<TeamRow | undefined> =>
  (await db.select().from(teams).where(eq(teams.id, teamId)))[0];

/** @returns undefined when the name is taken */
export const insertTeam = async (tx: Queryable, name: string): Promise<TeamRow | undefined> => {
  const [row] = await tx.insert(teams).values({ name }).onConflictDoNothing().returning();
  return row;
};

/** Until the transaction ends nobody and nothing comes into it. */
export const lockTeam = async (tx: Queryable, teamId: string): Promise<TeamRow | undefined> => {
  const [row] = await tx.select().from(teams).where(eq(teams.id, teamId)).for('update');
  return row;
};

/** @returns false when another team has the name */
export const renameTeam = async (tx: Queryable, teamId: string, name: string): Promise<boolean> =>
  (
    await tx
      .update(teams)
      .set({ name })
      .where(
        and(
          eq(teams.id, teamId),
          notExists(
            tx
              .select(one)
              .from(otherTeams)
              .where(and(eq(otherTeams.name, name), ne(otherTeams.id, teamId))),
          ),
        ),
      )
      .returning({ id: teams.id })
  ).length > 0;

/** @returns whether it has members or requests, or is the only team */
export const isTeamInUse = async (tx: Queryable, teamId: string): Promise<boolean> => {
  const uses = [
    await tx.select(one).from(teamMembers).where(eq(teamMembers.teamId, teamId)).limit(1),
    await tx.select(one).from(requests).where(eq(requests.teamId, teamId)).limit(1),
    await tx.select(one).from(requestTemplates).where(eq(requestTemplates.teamId, teamId)).limit(1),
  ];
  return uses.some((rows) => rows.length > 0) || (await listTeams(tx)).length === 1;
};

export const deleteTeam = async (tx: Queryable, teamId: string): Promise<void> => {
  await tx.delete(teams).where(eq(teams.id, teamId));
};

/** @returns whether it is there, and whether it is of one of the teams or of none */
export const isOwned = async (db: Queryable, of: Owned, id: string, scope: TeamScope): Promise<boolean> =>
  (await ownerQueries[of](db, id, scope)).length > 0;

const ownerQueries: Record<Owned, (db: Queryable, id: string, scope: TeamScope) => Promise<unknown[]>> = {
  request: (db, id, scope) =>
    db
      .select(one)
      .from(requests)
      .where(and(eq(requests.id, id), ofTeams(scope))),
  submission: (db, id, scope) =>
    db
      .select(one)
      .from(submissions)
      .innerJoin(requests, eq(requests.id, submissions.requestId))
      .where(and(eq(submissions.id, id), ofTeams(scope))),
  file: (db, id, scope) =>
    db
      .select(one)
      .from(files)
      .innerJoin(submissions, eq(submissions.id, files.submissionId))
      .innerJoin(requests, eq(requests.id, submissions.requestId))
      .where(and(eq(files.id, id), ofTeams(scope))),
  delivery: (db, id, scope) =>
    db
      .select(one)
      .from(deliveries)
      .innerJoin(submissions, eq(submissions.id, deliveries.submissionId))
      .innerJoin(requests, eq(requests.id, submissions.requestId))
      .where(and(eq(deliveries.id, id), ofTeams(scope))),
  notice: (db, id, scope) =>
    db
      .select(one)
      .from(notices)
      .where(and(eq(notices.id, id), noticesOfTeams(scope))),
  template: (db, id, scope) =>
    db
      .select(one)
      .from(requestTemplates)
      .where(and(eq(requestTemplates.id, id), templatesOfTeams(scope))),
};
