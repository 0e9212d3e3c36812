import { createRoute, z } from '@hono/zod-openapi';
import { listNotices } from '../../../db/queries/notices.ts';
import { settleNotice, settleNotices } from '../../intake/settle-notice.ts';
import { pageOf } from '../../lib/pages.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { idParam, json, next, pageQuery, problem } from './schemas.ts';

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
    request: {
      query: z.object({
        settled: z.enum(['true', 'false']).default('false'),
        level: noticeSchema.shape.level.optional(),
        ...pageQuery,
      }),
    },
    responses: { 200: json(z.object({ notices: z.array(noticeSchema), next }), 'Notices'), default: problem },
  }),
  settle: createRoute({
    method: 'post',
    path: '/notices/{id}/settle',
    summary: 'Say that staff have seen to it; the same happening again is a new notice',
    request: { params: idParam },
    responses: { 204: { description: 'Settled' }, default: problem },
  }),
  settleAll: createRoute({
    method: 'post',
    path: '/notices/settle',
    summary: 'Say the same of several; what is settled already, or is not there, is left out',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z.object({ ids: z.array(z.string()).min(1).max(200) }).openapi('Settle'),
          },
        },
      },
    },
    responses: { 200: json(z.object({ settled: z.number().int() }), 'How many'), default: problem },
  }),
};

/** What staff are told. */
export const addNoticeRoutes = ({ add }: Api, portal: Portal): void => {
  add({ needs: 'notices:read' }, routes.list, async (c) => {
    const { settled, level, ...asked } = c.req.valid('query');
    const which = { teams: c.var.actor.teams, settled: settled === 'true', level };
    const page = await pageOf(asked, /^ntc_[0-9a-f]+$/, (stretch) => listNotices(portal.db, which, stretch));
    const notices = page.rows.map(({ notice: { lastSeenAt, resolvedAt, ...row } }) =>
      noticeSchema.parse({
        ...row,
        lastSeenAt: lastSeenAt.toISOString(),
        settledAt: resolvedAt?.toISOString() ?? null,
      }),
    );
    return c.json({ notices, next: page.next ?? null }, 200);
  });
  add({ needs: 'notices:write' }, routes.settleAll, async (c) => {
    return c.json({ settled: await settleNotices(portal.db, c.req.valid('json').ids, c.var.actor) }, 200);
  });
  add({ needs: 'notices:write', of: 'notice' }, routes.settle, async (c) => {
    await settleNotice(portal.db, c.req.valid('param').id, c.var.actor);
    return c.body(null, 204);
  });
};
