import { createRoute, z } from '@hono/zod-openapi';
import { closeRequest } from '../../intake/close-request.ts';
import { describeRequest, pageOfRequests } from '../../intake/describe-request.ts';
import { openRequest } from '../../intake/open-request.ts';
import { newRequestSchema } from '../../intake/rules/new-request.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { idParam, json, next, pageQuery, problem } from './schemas.ts';

const itemSchema = z
  .object({
    id: z.string().openapi({ description: 'What the tus metadata `item` names.' }),
    label: z.string(),
    required: z.boolean(),
    maxFileBytes: z.number().int().nullable(),
    maxFiles: z.number().int().nullable(),
    allowedTypes: z.array(z.string()),
  })
  .openapi('ChecklistItem');

const requestSchema = z
  .object({
    id: z.string(),
    state: z.enum(['draft', 'open', 'closed', 'archived']),
    team: z.string(),
    title: z.string(),
    link: z.url().nullable().openapi({ description: 'The address that submitters are given.' }),
    folder: z.string().nullable().openapi({ description: 'User-relative path in Nextcloud.' }),
    deadline: z.iso.datetime().nullable(),
    items: z.array(itemSchema).openapi({ description: 'Checklist: what is expected by name.' }),
    share: z
      .object({
        state: z.enum(['proven', 'refused', 'gone']),
        permissions: z
          .number()
          .int()
          .openapi({ description: 'As read back from Nextcloud: 4 is upload-only.' }),
        provenAt: z.iso.datetime(),
      })
      .nullable(),
    submissions: z.number().int(),
    files: z.number().int(),
    createdAt: z.iso.datetime(),
  })
  .openapi('Request');

const routes = {
  open: createRoute({
    method: 'post',
    path: '/requests',
    summary: 'Open a request: its folder and its file drop are made in Nextcloud and proven upload-only',
    request: {
      body: {
        required: true,
        content: { 'application/json': { schema: newRequestSchema.openapi('NewRequest') } },
      },
    },
    responses: { 201: json(requestSchema, 'Opened'), default: problem },
  }),
  list: createRoute({
    method: 'get',
    path: '/requests',
    summary: 'List requests, newest first',
    request: { query: z.object(pageQuery) },
    responses: {
      200: json(z.object({ requests: z.array(requestSchema), next }), 'Requests'),
      default: problem,
    },
  }),
  show: createRoute({
    method: 'get',
    path: '/requests/{id}',
    summary: 'Show a request',
    request: { params: idParam },
    responses: { 200: json(requestSchema, 'The request'), default: problem },
  }),
  close: createRoute({
    method: 'post',
    path: '/requests/{id}/close',
    summary: 'Close a request: what is not complete is refused',
    request: { params: idParam },
    responses: { 200: json(requestSchema, 'The request'), default: problem },
  }),
};

/** Requests: open, look, close. */
export const addRequestRoutes = ({ add }: Api, portal: Portal): void => {
  const { intake } = portal;
  const show = (id: string) => describeRequest(intake, portal.publicUrl, id);
  add({ needs: 'requests:write' }, routes.open, async (c) => {
    const { requestId } = await openRequest(intake, c.req.valid('json'), c.var.actor);
    return c.json(await show(requestId), 201);
  });
  add({ needs: 'requests:read' }, routes.list, async (c) => {
    const { teams } = c.var.actor;
    const page = await pageOfRequests(intake, portal.publicUrl, { teams }, c.req.valid('query'));
    return c.json({ requests: page.rows, next: page.next ?? null }, 200);
  });
  add({ needs: 'requests:read', of: 'request' }, routes.show, async (c) =>
    c.json(await show(c.req.valid('param').id), 200),
  );
  add({ needs: 'requests:write', of: 'request' }, routes.close, async (c) => {
    const { id } = c.req.valid('param');
    await closeRequest(intake, id, c.var.actor);
    return c.json(await show(id), 200);
  });
};
