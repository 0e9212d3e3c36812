import { createRoute, z } from '@hono/zod-openapi';
import {
  mailRecipientsSchema,
  mailSharesFor,
  sendByNextcloud,
  withdrawMailShare,
} from '../../intake/mail-shares.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { idParam, json, problem } from './schemas.ts';

const mailShareSchema = z
  .object({
    id: z.string(),
    address: z.string(),
    state: z.enum(['waiting', 'sent', 'failed', 'ended']).openapi({
      description:
        '`sent`: Nextcloud has taken the mail over. `ended`: its share is gone, for instance because the request was closed.',
    }),
    password: z.string().nullable().openapi({ description: 'Of its page in Nextcloud; null: it has none.' }),
    sentAt: z.iso.datetime().nullable(),
    failureCode: z.string().nullable(),
  })
  .openapi('MailShare');

const mailSharesSchema = z.object({ mailShares: z.array(mailShareSchema) });

const routes = {
  list: createRoute({
    method: 'get',
    path: '/requests/{id}/mail-shares',
    summary: 'List to whom a request was sent by Nextcloud’s own mail, the oldest first',
    request: { params: idParam },
    responses: { 200: json(mailSharesSchema, 'Mail shares'), default: problem },
  }),
  add: createRoute({
    method: 'post',
    path: '/requests/{id}/mail-shares',
    summary:
      'Send a request to addresses by Nextcloud’s own mail: each gets a file drop, proven upload-only first',
    description:
      'Who has one already is passed over. Nextcloud sends ten mails in ten minutes: what waits is sent by itself.',
    request: {
      params: idParam,
      body: {
        required: true,
        content: { 'application/json': { schema: z.object({ addresses: mailRecipientsSchema }) } },
      },
    },
    responses: { 200: json(mailSharesSchema, 'All of the request'), default: problem },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/requests/{id}/mail-shares/{share}',
    summary: 'Withdraw a mail share: nothing can be sent by it any more, what came by it stays',
    request: {
      params: idParam.extend({
        share: z.string().openapi({ param: { name: 'share', in: 'path' } }),
      }),
    },
    responses: { 204: { description: 'Withdrawn' }, default: problem },
  }),
};

/** Requests that are sent by Nextcloud. */
export const addMailShareRoutes = ({ add }: Api, { intake }: Portal): void => {
  add({ needs: 'requests:read', of: 'request' }, routes.list, async (c) =>
    c.json({ mailShares: await mailSharesFor(intake, c.req.valid('param').id) }, 200),
  );
  add({ needs: 'requests:write', of: 'request' }, routes.add, async (c) => {
    const { id } = c.req.valid('param');
    await sendByNextcloud(intake, id, c.req.valid('json').addresses, c.var.actor);
    return c.json({ mailShares: await mailSharesFor(intake, id) }, 200);
  });
  add({ needs: 'requests:write', of: 'request' }, routes.remove, async (c) => {
    const { id, share } = c.req.valid('param');
    await withdrawMailShare(intake, id, share, c.var.actor);
    return c.body(null, 204);
  });
};
