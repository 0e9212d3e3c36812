import { asc, eq } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { requestTemplates } from '../schema/index.ts';
import { type TeamScope, templatesOfTeams } from './teams.ts';

export type TemplateRow = typeof requestTemplates.$inferSelect;

/** By name. */
export const listTemplates = (db: Queryable, teams: TeamScope): Promise<TemplateRow[]> =>
  db
    .select()
    .from(requestTemplates)
    .where(templatesOfTeams(teams))
    .orderBy(asc(requestTemplates.name), asc(requestTemplates.id));

export const findTemplate = async (db: Queryable, id: string): Promise<TemplateRow | undefined> => {
  const [row] = await db.select().from(requestTemplates).where(eq(requestTemplates.id, id));
  return row;
};

/** @returns undefined when the team has one of this name */
export const insertTemplate = async (
  tx: Queryable,
  values: { teamId: string; name: string; content: unknown },
): Promise<TemplateRow | undefined> => {
  const [row] = await tx.insert(requestTemplates).values(values).onConflictDoNothing().returning();
  return row;
};

/** @throws a unique violation when the team has another of this name */
export const setTemplate = async (
  tx: Queryable,
  id: string,
  values: { name?: string | undefined; content?: unknown },
): Promise<TemplateRow | undefined> => {
  const [row] = await tx.update(requestTemplates).set(values).where(eq(requestTemplates.id, id)).returning();
  return row;
};

/** @returns the one that is gone */
export const deleteTemplate = async (tx: Queryable, id: string): Promise<TemplateRow | undefined> => {
  const [row] = await tx.delete(requestTemplates).where(eq(requestTemplates.id, id)).returning();
  return row;
};
