import { createRoute, z } from '@hono/zod-openapi';
import { type FormRow, findForm, formsOf } from '../../../db/queries/request-forms.ts';
import { attachForm, removeForm } from '../../intake/request-forms.ts';
import { Failure } from '../../lib/failure.ts';
import { giveForm, sentForm } from '../forms.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { idParam, json, problem } from './schemas.ts';

const formSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    sizeBytes: z.number().int(),
    sha256: z.string(),
    createdAt: z.iso.datetime(),
  })
  .openapi('Form');

const formParams = idParam.extend({
  form: z.string().openapi({ param: { name: 'form', in: 'path' } }),
});

const routes = {
  list: createRoute({
    method: 'get',
    path: '/requests/{id}/forms',
    summary: 'List the blank forms of a request',
    request: { params: idParam },
    responses: { 200: json(z.object({ forms: z.array(formSchema) }), 'Forms'), default: problem },
  }),
  attach: createRoute({
    method: 'post',
    path: '/requests/{id}/forms',
    summary: 'Attach a blank form, for everybody behind the link to fetch: at most 10, of 20 MiB each',
    request: {
      params: idParam,
      body: {
        required: true,
        content: {
          // No zod schema: the body is read only when it is known who sends it.
          'multipart/form-data': {
            schema: {
              type: 'object',
              required: ['file'],
              properties: { file: { type: 'string', format: 'binary' } },
            },
          },
        },
      },
    },
    responses: { 201: json(formSchema, 'Attached'), default: problem },
  }),
  show: createRoute({
    method: 'get',
    path: '/requests/{id}/forms/{form}',
    summary: 'Fetch a blank form, as submitters do',
    request: { params: formParams },
    responses: {
      200: {
        description: 'Its content',
        content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
      },
      default: problem,
    },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/requests/{id}/forms/{form}',
    summary: 'Remove a blank form',
    request: { params: formParams },
    responses: { 204: { description: 'Removed' }, default: problem },
  }),
};

/** The blank forms of requests. */
export const addFormRoutes = ({ add }: Api, portal: Portal): void => {
  add({ needs: 'requests:read', of: 'request' }, routes.list, async (c) => {
    const { id } = c.req.valid('param');
    return c.json({ forms: (await formsOf(portal.db, id)).map(described) }, 200);
  });
  add({ needs: 'requests:write', of: 'request' }, routes.attach, async (c) => {
    const form = await attachForm(portal.intake, c.req.valid('param').id, await sentForm(c), c.var.actor);
    return c.json(described(form), 201);
  });
  add({ needs: 'requests:read', of: 'request' }, routes.show, async (c) => {
    const { id, form: formId } = c.req.valid('param');
    const form = await findForm(portal.db, id, formId);
    if (form === undefined) throw new Failure('not-found');
    return giveForm(c, portal, form);
  });
  add({ needs: 'requests:write', of: 'request' }, routes.remove, async (c) => {
    const { id, form } = c.req.valid('param');
    await removeForm(portal.intake, id, form, c.var.actor);
    return c.body(null, 204);
  });
};

const described = ({ id, name, sizeBytes, sha256, createdAt }: FormRow) => ({
  id,
  name,
  sizeBytes,
  sha256,
  createdAt: createdAt.toISOString(),
});
