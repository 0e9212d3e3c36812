import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { settledNotices, unresolvedNotices } from '../../../db/queries/notices.ts';
import { settleNotice } from '../../intake/settle-notice.ts';
import type { Portal } from '../portal.ts';
import { type ActorOf, idParam, json, problem, security } from './schemas.ts';

const noticeSchema = z
  .object({
    id: z.string(),
    level: z.enum(['information', 'warning', 'problem']),
    code: z.string(),
    subject: z.string(),
    params: z.record(z.string(), z.union([z.string(), z.number()])),
    timesSeen: z.number().int(),
    lastSeenAt: z.iso.datetime(),
    settledAt: z.iso.datetime().nullable(),
  })
  .openapi('Notice');

const routes = {
  list: createRoute({
    method: 'get',
    path: '/notices',
    summary: 'List what staff must be told and nobody has settled, or what was settled, the newest first',
    security,
    request: { query: z.object({ settled: z.enum(['true', 'false']).default('false') }) },
    responses: { 200: json(z.object({ notices: z.array(noticeSchema) }), 'Notices'), default: problem },
  }),
  settle: createRoute({
    method: 'post',
    path: '/notices/{id}/settle',
    summary: 'Say that staff have seen to it; the same happening again is a new notice',
    security,
    request: { params: idParam },
    responses: { 204: { description: 'Settled' }, default: problem },
  }),
};

/** What staff are told. */
export const addNoticeRoutes = (v1: OpenAPIHono, portal: Portal, actorOf: ActorOf): void => {
  v1.openapi(routes.list, async (c) => {
    await actorOf(c, 'notices:read');
    const list = c.req.valid('query').settled === 'true' ? settledNotices : unresolvedNotices;
    const notices = (await list(portal.db)).map(({ lastSeenAt, resolvedAt, ...row }) =>
      noticeSchema.parse({
        ...row,
        lastSeenAt: lastSeenAt.toISOString(),
        settledAt: resolvedAt?.toISOString() ?? null,
      }),
    );
    return c.json({ notices }, 200);
  });
  v1.openapi(routes.settle, async (c) => {
    const actor = await actorOf(c, 'notices:write');
    await settleNotice(portal.db, c.req.valid('param').id, actor);
    return c.body(null, 204);
  });
};
