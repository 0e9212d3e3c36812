import { createRoute, z } from '@hono/zod-openapi';
import { requestViews } from '../../../db/queries/request-lists.ts';
import { linkPicture } from '../../../web/pages/staff/hand-on.tsx';
import { changeRequest } from '../../intake/change-request.ts';
import { closeRequest } from '../../intake/close-request.ts';
import { describeRequest, pageOfRequests } from '../../intake/describe-request.ts';
import { archiveRequest, deleteRequest } from '../../intake/end-request.ts';
import { lookForFiles } from '../../intake/look-for-files.ts';
import { duplicateRequest } from '../../intake/open-like.ts';
import { openRequest } from '../../intake/open-request.ts';
import { reopenRequest } from '../../intake/reopen-request.ts';
import { cleanText } from '../../intake/rules/answers.ts';
import {
  fromTemplateSchema,
  newRequestSchema,
  requestChangeSchema,
  requestFieldSchema,
} from '../../intake/rules/new-request.ts';
import { Failure } from '../../lib/failure.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { named } from './named.ts';
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

export const requestSchema = z
  .object({
    id: z.string(),
    state: z.enum(['draft', 'open', 'closed', 'archived']),
    team: z.string(),
    title: z.string(),
    link: z.url().nullable().openapi({ description: 'The address that submitters are given.' }),
    folder: z.string().nullable().openapi({ description: 'User-relative path in Nextcloud.' }),
    nextcloudUser: z.string().openapi({ description: 'In whose Nextcloud account the folder is.' }),
    instructions: z.string(),
    fields: z.array(named(requestFieldSchema, 'RequestField')),
    deadline: z.iso.datetime().nullable(),
    deadlineZone: z.string(),
    graceMinutes: z.number().int(),
    resumeMinutes: z.number().int(),
    takeBackMinutes: z.number().int(),
    hasPassword: z.boolean(),
    maxFileBytes: z.number().int().nullable(),
    maxFilesPerSubmission: z.number().int().nullable(),
    maxBytesPerSubmission: z.number().int().nullable(),
    maxBytesPerRequest: z.number().int().nullable(),
    allowedTypes: z.array(z.string()),
    deliverPer: z.enum(['submission', 'file']),
    unscanned: z.enum(['deliver', 'hold']),
    afterImport: z.enum(['keep', 'move', 'delete']),
    deleteAfterDays: z.number().int(),
    retentionDays: z.number().int().nullable().openapi({
      description: 'Days after it was closed, when its files are taken out of Nextcloud; null: they stay.',
    }),
    languages: z.array(z.enum(['en', 'ja'])).openapi({
      description: 'In which its page is offered; the first, where a browser asks for none of them.',
    }),
    nextcloudPageAllowed: z.boolean().openapi({
      description: 'Whether files are also taken on the share’s own page in Nextcloud.',
    }),
    nextcloudPage: z
      .object({ url: z.url(), password: z.string() })
      .nullable()
      .openapi({ description: 'The second way in; null where it is not allowed, or the request not open.' }),
    destinations: z.array(z.string()).openapi({ description: 'By name.' }),
    items: z.array(itemSchema).openapi({ description: 'Checklist: what is expected by name.' }),
    share: z
      .object({
        state: z.enum(['proven', 'refused', 'gone']),
        permissions: z
          .number()
          .int()
          .openapi({ description: 'As read back from Nextcloud: 4 is upload-only.' }),
        provenAt: z.iso.datetime(),
        checks: z
          .array(z.object({ name: z.string(), expected: z.string(), seen: z.string() }))
          .openapi({ description: 'The proof, line by line: what was asked of Nextcloud and what it said.' }),
      })
      .nullable(),
    submissions: z.number().int(),
    files: z.number().int(),
    createdAt: z.iso.datetime(),
  })
  .openapi('Request');

/** What of a new request is to be otherwise than what it is made from. */
export const otherwiseSchema = named(fromTemplateSchema, 'RequestOtherwise');

const routes = {
  open: createRoute({
    method: 'post',
    path: '/requests',
    summary: 'Open a request: its folder and its file drop are made in Nextcloud and proven upload-only',
    request: {
      body: {
        required: true,
        content: { 'application/json': { schema: named(newRequestSchema, 'NewRequest') } },
      },
    },
    responses: { 201: json(requestSchema, 'Opened'), default: problem },
  }),
  list: createRoute({
    method: 'get',
    path: '/requests',
    summary: 'List requests, newest first',
    request: {
      query: z.object({
        show: z.enum(requestViews).optional().openapi({
          description:
            '`overdue`: open, with its deadline and grace over. `due-soon`: its deadline ends within 7 days. `arriving`: something is being sent. `failed`: a delivery was given up. `empty`: closed with nothing received.',
        }),
        search: z.string().max(200).optional().openapi({
          description: 'What the title, a receipt number, or a submitter’s name or address holds.',
        }),
        ...pageQuery,
      }),
    },
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
  change: createRoute({
    method: 'patch',
    path: '/requests/{id}',
    summary: 'Change a request: what is left out stays',
    request: {
      params: idParam,
      body: {
        required: true,
        content: { 'application/json': { schema: named(requestChangeSchema, 'RequestChange') } },
      },
    },
    responses: { 200: json(requestSchema, 'The request as it is now'), default: problem },
  }),
  picture: createRoute({
    method: 'get',
    path: '/requests/{id}/link.svg',
    summary: 'The link of a request as a QR code',
    request: { params: idParam },
    responses: {
      200: { description: 'SVG', content: { 'image/svg+xml': { schema: z.string() } } },
      default: problem,
    },
  }),
  duplicate: createRoute({
    method: 'post',
    path: '/requests/{id}/duplicate',
    summary: 'Open another request like this one, with its blank forms: what is given here is otherwise',
    description:
      'In its team, with a folder and a link of its own. Its deadline and its password are not taken over.',
    request: {
      params: idParam,
      body: { required: true, content: { 'application/json': { schema: otherwiseSchema } } },
    },
    responses: { 201: json(requestSchema, 'Opened'), default: problem },
  }),
  close: createRoute({
    method: 'post',
    path: '/requests/{id}/close',
    summary: 'Close a request: what is not complete is refused',
    request: { params: idParam },
    responses: { 200: json(requestSchema, 'The request'), default: problem },
  }),
  reopen: createRoute({
    method: 'post',
    path: '/requests/{id}/reopen',
    summary: 'Open a closed request again, by the same link: a new share is made and proven first',
    request: { params: idParam },
    responses: { 200: json(requestSchema, 'The request'), default: problem },
  }),
  archive: createRoute({
    method: 'post',
    path: '/requests/{id}/archive',
    summary: 'Put a closed request away, when nothing of it is under way',
    request: { params: idParam },
    responses: { 200: json(requestSchema, 'The request'), default: problem },
  }),
  look: createRoute({
    method: 'post',
    path: '/requests/{id}/look',
    summary: 'Look now for files that did not come through the portal',
    description:
      'They are found by themselves within minutes; this is for who waits. A file is taken when it has stood still for 30 seconds.',
    request: { params: idParam },
    responses: { 204: { description: 'The importer looks' }, default: problem },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/requests/{id}',
    summary: 'Delete a request that is closed or archived: records, receipts and its share',
    request: {
      params: idParam,
      query: z.object({
        files: z
          .enum(['keep', 'remove'])
          .openapi({ description: 'Whether its files stay in Nextcloud, or go with its folder.' }),
      }),
    },
    responses: { 204: { description: 'Deleted' }, default: problem },
  }),
};

/** Requests: open, look, change, close, and what follows. */
export const addRequestRoutes = ({ add }: Api, portal: Portal): void => {
  const { intake } = portal;
  const show = (id: string) => describeRequest(intake, portal.publicUrl, id);
  add({ needs: 'requests:write' }, routes.open, async (c) => {
    const { requestId } = await openRequest(intake, c.req.valid('json'), c.var.actor);
    return c.json(await show(requestId), 201);
  });
  add({ needs: 'requests:read' }, routes.list, async (c) => {
    const { teams } = c.var.actor;
    const { show: view, search, ...asked } = c.req.valid('query');
    const which = { teams, view, search: search === undefined ? undefined : cleanText(search) };
    const page = await pageOfRequests(intake, portal.publicUrl, which, asked);
    return c.json({ requests: page.rows, next: page.next ?? null }, 200);
  });
  add({ needs: 'requests:read', of: 'request' }, routes.show, async (c) =>
    c.json(await show(c.req.valid('param').id), 200),
  );
  add({ needs: 'requests:read', of: 'request' }, routes.picture, async (c) => {
    const { link } = await show(c.req.valid('param').id);
    if (link === null) throw new Failure('not-found');
    return c.body(linkPicture(link), 200, { 'Content-Type': 'image/svg+xml' });
  });
  add({ needs: 'requests:write', of: 'request' }, routes.change, async (c) => {
    const { id } = c.req.valid('param');
    await changeRequest(intake, id, c.req.valid('json'), c.var.actor);
    return c.json(await show(id), 200);
  });
  add({ needs: 'requests:write', of: 'request' }, routes.duplicate, async (c) => {
    const { id } = c.req.valid('param');
    const { requestId } = await duplicateRequest(intake, id, c.req.valid('json'), c.var.actor);
    return c.json(await show(requestId), 201);
  });
  add({ needs: 'requests:write', of: 'request' }, routes.close, async (c) => {
    const { id } = c.req.valid('param');
    await closeRequest(intake, id, c.var.actor);
    return c.json(await show(id), 200);
  });
  add({ needs: 'requests:write', of: 'request' }, routes.reopen, async (c) => {
    const { id } = c.req.valid('param');
    await reopenRequest(intake, id, c.var.actor);
    return c.json(await show(id), 200);
  });
  add({ needs: 'requests:write', of: 'request' }, routes.archive, async (c) => {
    const { id } = c.req.valid('param');
    await archiveRequest(intake, id, c.var.actor);
    return c.json(await show(id), 200);
  });
  add({ needs: 'requests:write', of: 'request' }, routes.look, async (c) => {
    await lookForFiles(intake, c.req.valid('param').id);
    return c.body(null, 204);
  });
  add({ needs: 'requests:write', of: 'request' }, routes.remove, async (c) => {
    await deleteRequest(intake, c.req.valid('param').id, c.req.valid('query').files, c.var.actor);
    return c.body(null, 204);
  });
};
