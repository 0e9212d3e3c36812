import { createRoute, z } from '@hono/zod-openapi';
import { listTeamsByAge } from '../../../db/queries/teams.ts';
import { addTeam, changeTeam, removeTeam } from '../../auth/teams.ts';
import { pageOf } from '../../lib/pages.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { idParam, json, next, pageQuery, problem } from './schemas.ts';

const teamSchema = z.object({ id: z.string(), name: z.string() }).openapi('Team');

const named = {
  body: {
    required: true,
    content: { 'application/json': { schema: z.object({ name: z.string().trim().min(1).max(200) }) } },
  },
};

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
    request: named,
    responses: { 201: json(teamSchema, 'Added'), default: problem },
  }),
  rename: createRoute({
    method: 'patch',
    path: '/teams/{id}',
    summary: 'Rename a team',
    request: { params: idParam, ...named },
    responses: { 204: { description: 'Renamed' }, default: problem },
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
  add({ needs: 'people:read' }, routes.list, async (c) => {
    const page = await pageOf(c.req.valid('query'), /^tem_[0-9a-f]+$/, (stretch) =>
      listTeamsByAge(db, stretch),
    );
    return c.json({ teams: page.rows.map(({ id, name }) => ({ id, name })), next: page.next ?? null }, 200);
  });
  add({ needs: 'people:write' }, routes.add, async (c) => {
    const { id, name } = await addTeam(db, c.var.actor, c.req.valid('json').name);
    return c.json({ id, name }, 201);
  });
  add({ needs: 'people:write' }, routes.rename, async (c) => {
    await changeTeam(db, c.var.actor, c.req.valid('param').id, c.req.valid('json').name);
    return c.body(null, 204);
  });
  add({ needs: 'people:write' }, routes.remove, async (c) => {
    await removeTeam(db, c.var.actor, c.req.valid('param').id);
    return c.body(null, 204);
  });
};
