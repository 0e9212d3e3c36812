import { isUniqueViolation } from '../../db/errors.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { findRequest } from '../../db/queries/requests.ts';
import {
  deleteTemplate,
  findTemplate,
  insertTemplate,
  listTemplates,
  setTemplate,
  type TemplateRow,
} from '../../db/queries/templates.ts';
import { Failure } from '../lib/failure.ts';
import type { Actor, Intake } from './context.ts';
import { type Otherwise, openLike } from './open-like.ts';
import { findTeam, type OpenAs, type OpenedRequest } from './open-request.ts';
import { contentOf } from './request-content.ts';
import { type TemplateContent, templateContentSchema } from './rules/new-request.ts';

/** A template as the API tells it. */
export interface TemplateDescription {
  id: string;
  /** The team that it belongs to. */
  team: string;
  name: string;
  content: TemplateContent;
  createdAt: string;
}

const describe = (row: TemplateRow): TemplateDescription => ({
  id: row.id,
  team: row.teamId,
  name: row.name,
  // By today's schema: what an older version saved knows nothing of what has come since.
  content: templateContentSchema.parse(row.content),
  createdAt: row.createdAt.toISOString(),
});

/** Those of the actor's teams, by name. */
export const templatesOf = async (
  intake: Intake,
  { teams }: Pick<Actor, 'teams'>,
): Promise<TemplateDescription[]> => (await listTemplates(intake.db, teams)).map(describe);

/** @throws Failure `not-found` */
export const templateOf = async (intake: Intake, id: string): Promise<TemplateDescription> => {
  const row = await findTemplate(intake.db, id);
  if (row === undefined) throw new Failure('not-found');
  return describe(row);
};

/** @throws Failure `template.name-taken`, `input.invalid` for a team that the actor is not of */
export const saveTemplate = async (
  intake: Intake,
  input: { team: string | null; name: string; content: TemplateContent },
  actor: Actor,
): Promise<TemplateDescription> => {
  const { name, content } = input;
  const teamId = await findTeam(intake.db, input.team, actor);
  return intake.db.transaction(async (tx) => {
    const row = await insertTemplate(tx, { teamId, name, content });
    if (row === undefined) throw nameTaken(name);
    await recordAudit(tx, { ...by(actor), action: 'template.saved', subject: row.id, details: { name } });
    return describe(row);
  });
};

/** Saves what a request asks for, in its own team. @throws Failure as `saveTemplate`, `not-found` */
export const saveRequestAsTemplate = async (
  intake: Intake,
  requestId: string,
  name: string,
  actor: Actor,
): Promise<TemplateDescription> => {
  const request = await findRequest(intake.db, requestId);
  if (request === undefined) throw new Failure('not-found');
  const { team, deadline: _, items, ...content } = await contentOf(intake.db, request);
  return saveTemplate(
    intake,
    { team, name, content: { ...content, items: items.map(({ id: __, ...item }) => item) } },
    actor,
  );
};

/** What is left out stays. Requests that were made from it stay as they are. @throws Failure `not-found`, `template.name-taken` */
export const changeTemplate = (
  intake: Intake,
  id: string,
  change: { name?: string | undefined; content?: TemplateContent | undefined },
  actor: Actor,
): Promise<TemplateDescription> =>
  intake.db.transaction(async (tx) => {
    const found = await findTemplate(tx, id);
    if (found === undefined) throw new Failure('not-found');
    const next = { name: change.name ?? found.name, content: change.content ?? found.content };
    const row = await setTemplate(tx, id, next).catch((error: unknown) => {
      throw isUniqueViolation(error) ? nameTaken(next.name) : error;
    });
    if (row === undefined) throw new Failure('not-found');
    const details = { changed: Object.keys(change), name: row.name };
    await recordAudit(tx, { ...by(actor), action: 'template.changed', subject: id, details });
    return describe(row);
  });

/** @throws Failure `not-found` */
export const removeTemplate = (intake: Intake, id: string, actor: Actor): Promise<void> =>
  intake.db.transaction(async (tx) => {
    const row = await deleteTemplate(tx, id);
    if (row === undefined) throw new Failure('not-found');
    const details = { name: row.name };
    await recordAudit(tx, { ...by(actor), action: 'template.deleted', subject: id, details });
  });

/**
 * Opens a request as its template has it, in the template's team.
 * @param otherwise what it does not keep (a deadline, a password, a folder), and what is to be different this time
 * @throws Failure as `openLike`, `not-found`
 */
export const openFromTemplate = async (
  intake: Intake,
  id: string,
  otherwise: Otherwise,
  actor: Actor,
  as: OpenAs = {},
): Promise<OpenedRequest> => {
  const { team, content } = await templateOf(intake, id);
  return openLike(intake, { ...content, team }, otherwise, actor, as);
};

const nameTaken = (name: string): Failure => new Failure('template.name-taken', { params: { name } });

const by = ({ name, address }: Actor) => ({ actor: name, address });
