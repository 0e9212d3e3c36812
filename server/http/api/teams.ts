import { createRoute, z } from '@hono/zod-openapi';
import { findTeam, listTeamsByAge, membersOf } from '../../../db/queries/teams.ts';
import { addTeam, changeTeam, removeTeam } from '../../auth/teams.ts';
import { Failure } from '../../lib/failure.ts';
import { pageOf } from '../../lib/pages.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { idParam, json, next, pageQuery, problem } from './schemas.ts';

const teamSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    members: z.array(z.object({ id: z.string(), name: z.string() })).openapi({ description: 'By name.' }),
  })
  .openapi('Team');

const name = z.string().trim().min(1).max(200);
const body = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});

const changeSchema = z
  .strictObject({
    name,
    members: z.array(z.string()).max(10_000).openapi({
      description: 'Ids of people. All of them: who is not named is taken out.',
    }),
  })
  .partial();

const routes = {
  list: createRoute({
    method: 'get',
    path: '/teams',
    summary: 'List the teams, the newest first',
    request: { query: z.object(pageQuery) },
    responses: { 200: json(z.object({ teams: z.array(teamSchema), next }), 'Teams'), default: problem },
  }),
  add: createRoute({
    method: 'post',
    path: '/teams',
    summary: 'Add a team',
    request: body(z.object({ name })),
    responses: { 201: json(teamSchema, 'Added'), default: problem },
  }),
  show: createRoute({
    method: 'get',
    path: '/teams/{id}',
    summary: 'Show a team',
    request: { params: idParam },
    responses: { 200: json(teamSchema, 'The team'), default: problem },
  }),
  change: createRoute({
    method: 'patch',
    path: '/teams/{id}',
    summary: 'Rename a team, or say who is in it',
    request: { params: idParam, ...body(changeSchema) },
    responses: { 204: { description: 'Changed' }, default: problem },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/teams/{id}',
    summary: 'Remove a team that has neither members nor requests',
    request: { params: idParam },
    responses: { 204: { description: 'Removed' }, default: problem },
  }),
};

/** Teams, to which requests belong. */
export const addTeamRoutes = ({ add }: Api, { db }: Portal): void => {
  const described = async (teams: readonly { id: string; name: string }[]) => {
    const members = await membersOf(
      db,
      teams.map(({ id }) => id),
    );
    return teams.map((team) => ({
      id: team.id,
      name: team.name,
      members: members.flatMap(({ teamId, ...person }) => (teamId === team.id ? [person] : [])),
    }));
  };

  add({ needs: 'people:read' }, routes.list, async (c) => {
    const page = await pageOf(c.req.valid('query'), /^tem_[0-9a-f]+$/, (stretch) =>
      listTeamsByAge(db, stretch),
    );
    return c.json({ teams: await described(page.rows), next: page.next ?? null }, 200);
  });
  add({ needs: 'people:write' }, routes.add, async (c) => {
    const { id, name: given } = await addTeam(db, c.var.actor, c.req.valid('json').name);
    return c.json({ id, name: given, members: [] }, 201);
  });
  add({ needs: 'people:read' }, routes.show, async (c) => {
    const team = await findTeam(db, c.req.valid('param').id);
    const [found] = await described(team === undefined ? [] : [team]);
    if (found === undefined) throw new Failure('not-found');
    return c.json(found, 200);
  });
  add({ needs: 'people:write' }, routes.change, async (c) => {
    await changeTeam(db, c.var.actor, c.req.valid('param').id, c.req.valid('json'));
    return c.body(null, 204);
  });
  add({ needs: 'people:write' }, routes.remove, async (c) => {
    await removeTeam(db, c.var.actor, c.req.valid('param').id);
    return c.body(null, 204);
  });
};
