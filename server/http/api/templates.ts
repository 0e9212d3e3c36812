import { createRoute, z } from '@hono/zod-openapi';
import { describeRequest } from '../../intake/describe-request.ts';
import { templateContentSchema, templateNameSchema } from '../../intake/rules/new-request.ts';
import {
  changeTemplate,
  openFromTemplate,
  removeTemplate,
  saveRequestAsTemplate,
  saveTemplate,
  templateOf,
  templatesOf,
} from '../../intake/templates.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { named } from './named.ts';
import { otherwiseSchema, requestSchema } from './requests.ts';
import { idParam, json, problem } from './schemas.ts';

const content = named(templateContentSchema, 'TemplateContent');

const templateSchema = z
  .object({
    id: z.string(),
    team: z.string(),
    name: z.string(),
    content,
    createdAt: z.iso.datetime(),
  })
  .openapi('Template');

const bodyOf = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { 'application/json': { schema } },
});

const routes = {
  list: createRoute({
    method: 'get',
    path: '/templates',
    summary: 'List the templates of one’s teams, by name',
    responses: { 200: json(z.object({ templates: z.array(templateSchema) }), 'Templates'), default: problem },
  }),
  save: createRoute({
    method: 'post',
    path: '/templates',
    summary: 'Save a template: what requests made from it ask for',
    request: {
      body: bodyOf(
        z
          .strictObject({
            team: z
              .string()
              .nullable()
              .default(null)
              .openapi({ description: 'One of one’s own; left out: the first of them.' }),
            name: templateNameSchema,
            content,
          })
          .openapi('NewTemplate'),
      ),
    },
    responses: { 201: json(templateSchema, 'Saved'), default: problem },
  }),
  saveRequest: createRoute({
    method: 'post',
    path: '/requests/{id}/templates',
    summary: 'Save what a request asks for as a template: without its deadline, password and folder',
    request: { params: idParam, body: bodyOf(z.strictObject({ name: templateNameSchema })) },
    responses: { 201: json(templateSchema, 'Saved'), default: problem },
  }),
  show: createRoute({
    method: 'get',
    path: '/templates/{id}',
    summary: 'Show a template',
    request: { params: idParam },
    responses: { 200: json(templateSchema, 'The template'), default: problem },
  }),
  change: createRoute({
    method: 'patch',
    path: '/templates/{id}',
    summary: 'Rename a template, or replace its content; requests made from it stay as they are',
    request: {
      params: idParam,
      body: bodyOf(z.strictObject({ name: templateNameSchema.optional(), content: content.optional() })),
    },
    responses: { 200: json(templateSchema, 'The template as it is now'), default: problem },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/templates/{id}',
    summary: 'Delete a template; requests made from it stay as they are',
    request: { params: idParam },
    responses: { 204: { description: 'Deleted' }, default: problem },
  }),
  open: createRoute({
    method: 'post',
    path: '/templates/{id}/requests',
    summary: 'Open a request from a template: what is given here is otherwise than the template has it',
    request: { params: idParam, body: bodyOf(otherwiseSchema) },
    responses: { 201: json(requestSchema, 'Opened'), default: problem },
  }),
};

const reads = { needs: 'requests:read', of: 'template' } as const;
const writes = { needs: 'requests:write', of: 'template' } as const;

/** Templates: what is asked for again and again. */
export const addTemplateRoutes = ({ add }: Api, { intake, publicUrl }: Portal): void => {
  add({ needs: 'requests:read' }, routes.list, async (c) =>
    c.json({ templates: await templatesOf(intake, c.var.actor) }, 200),
  );
  add({ needs: 'requests:write' }, routes.save, async (c) =>
    c.json(await saveTemplate(intake, c.req.valid('json'), c.var.actor), 201),
  );
  add({ needs: 'requests:write', of: 'request' }, routes.saveRequest, async (c) => {
    const { id } = c.req.valid('param');
    return c.json(await saveRequestAsTemplate(intake, id, c.req.valid('json').name, c.var.actor), 201);
  });
  add(reads, routes.show, async (c) => c.json(await templateOf(intake, c.req.valid('param').id), 200));
  add(writes, routes.change, async (c) => {
    const { id } = c.req.valid('param');
    return c.json(await changeTemplate(intake, id, c.req.valid('json'), c.var.actor), 200);
  });
  add(writes, routes.remove, async (c) => {
    await removeTemplate(intake, c.req.valid('param').id, c.var.actor);
    return c.body(null, 204);
  });
  add(writes, routes.open, async (c) => {
    const { id } = c.req.valid('param');
    const { requestId } = await openFromTemplate(intake, id, c.req.valid('json'), c.var.actor);
    return c.json(await describeRequest(intake, publicUrl, requestId), 201);
  });
};
