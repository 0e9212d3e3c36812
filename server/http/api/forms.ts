import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type FormRow, formsOf } from '../../../db/queries/request-forms.ts';
import { findRequest } from '../../../db/queries/requests.ts';
import { attachForm, removeForm } from '../../intake/request-forms.ts';
import { Failure } from '../../lib/failure.ts';
import { sentForm } from '../forms.ts';
import type { Portal } from '../portal.ts';
import { type ActorOf, idParam, json, problem, security } from './schemas.ts';

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
    security,
    request: { params: idParam },
    responses: { 200: json(z.object({ forms: z.array(formSchema) }), 'Forms'), default: problem },
  }),
  attach: createRoute({
    method: 'post',
    path: '/requests/{id}/forms',
    summary: 'Attach a blank form, for everybody behind the link to fetch: at most 10, of 20 MiB each',
    security,
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
  remove: createRoute({
    method: 'delete',
    path: '/requests/{id}/forms/{form}',
    summary: 'Remove a blank form',
    security,
    request: { params: formParams },
    responses: { 204: { description: 'Removed' }, default: problem },
  }),
};

/** The blank forms of requests. */
export const addFormRoutes = (v1: OpenAPIHono, portal: Portal, actorOf: ActorOf): void => {
  v1.openapi(routes.list, async (c) => {
    await actorOf(c, 'requests:read');
    const { id } = c.req.valid('param');
    if ((await findRequest(portal.db, id)) === undefined) throw new Failure('not-found');
    return c.json({ forms: (await formsOf(portal.db, id)).map(described) }, 200);
  });
  v1.openapi(routes.attach, async (c) => {
    const actor = await actorOf(c, 'requests:write');
    const form = await attachForm(portal.intake, c.req.valid('param').id, await sentForm(c), actor);
    return c.json(described(form), 201);
  });
  v1.openapi(routes.remove, async (c) => {
    const actor = await actorOf(c, 'requests:write');
    const { id, form } = c.req.valid('param');
    await removeForm(portal.intake, id, form, actor);
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
