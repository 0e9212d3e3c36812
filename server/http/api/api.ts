import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { TokenScope } from '../../../db/schema/index.ts';
import { requireToken } from '../../auth/api-tokens.ts';
import { closeRequest } from '../../intake/close-request.ts';
import type { Actor } from '../../intake/context.ts';
import { describeRequest, describeRequests } from '../../intake/describe-request.ts';
import { openRequest } from '../../intake/open-request.ts';
import { newRequestSchema } from '../../intake/rules/new-request.ts';
import { Failure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import type { Portal } from '../portal.ts';
import { asFailure, failureBody, setRetryAfter } from '../replies.ts';
import { addDeliveryRoutes } from './deliveries.ts';
import { addDestinationRoutes } from './destinations.ts';
import { addFormRoutes } from './forms.ts';
import { addNoticeRoutes } from './notices.ts';
import { addReceiverRoutes } from './receivers.ts';
import { idParam, json, problem, security } from './schemas.ts';

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
    security,
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
    security,
    responses: { 200: json(z.object({ requests: z.array(requestSchema) }), 'Requests'), default: problem },
  }),
  show: createRoute({
    method: 'get',
    path: '/requests/{id}',
    summary: 'Show a request',
    security,
    request: { params: idParam },
    responses: { 200: json(requestSchema, 'The request'), default: problem },
  }),
  close: createRoute({
    method: 'post',
    path: '/requests/{id}/close',
    summary: 'Close a request: what is not complete is refused',
    security,
    request: { params: idParam },
    responses: { 200: json(requestSchema, 'The request'), default: problem },
  }),
};

/** API v1, at `/api`. Every route asks for a token with one scope. */
export const createApi = (portal: Portal): OpenAPIHono => {
  const v1 = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw new InvalidInput(result.error.issues);
    },
  });
  const { intake } = portal;
  const holder = async (header: string | undefined, scope: TokenScope): Promise<Actor> => {
    const token = await requireToken(portal.db, header, scope);
    return { name: `token:${token.tokenId}`, staffId: token.staffId };
  };

  v1.openapi(routes.open, async (c) => {
    const actor = await holder(c.req.header('authorization'), 'requests:write');
    const opened = await openRequest(intake, c.req.valid('json'), { ...actor, address: portal.addressOf(c) });
    return c.json(await describeRequest(intake, portal.publicUrl, opened.requestId), 201);
  });
  v1.openapi(routes.list, async (c) => {
    await holder(c.req.header('authorization'), 'requests:read');
    return c.json({ requests: await describeRequests(intake, portal.publicUrl) }, 200);
  });
  v1.openapi(routes.show, async (c) => {
    await holder(c.req.header('authorization'), 'requests:read');
    return c.json(await describeRequest(intake, portal.publicUrl, c.req.valid('param').id), 200);
  });
  v1.openapi(routes.close, async (c) => {
    const actor = await holder(c.req.header('authorization'), 'requests:write');
    const { id } = c.req.valid('param');
    await closeRequest(intake, id, { ...actor, address: portal.addressOf(c) });
    return c.json(await describeRequest(intake, portal.publicUrl, id), 200);
  });

  const actor = async (c: Context, scope: TokenScope): Promise<Actor> => ({
    ...(await holder(c.req.header('authorization'), scope)),
    address: portal.addressOf(c),
  });
  addFormRoutes(v1, portal, actor);
  addDeliveryRoutes(v1, portal, actor);
  addDestinationRoutes(v1, portal, actor);
  addNoticeRoutes(v1, portal, actor);
  addReceiverRoutes(v1, portal);

  v1.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  v1.openAPIRegistry.registerComponent('securitySchemes', 'callback', {
    type: 'http',
    scheme: 'bearer',
    description: 'The token that came with a webhook, good for its delivery alone.',
  });
  const api = new OpenAPIHono();
  api.onError((error, c) => {
    const failure = error instanceof InvalidInput ? new Failure('input.invalid') : asFailure(error);
    const status = statusOf[failure.code];
    if (status >= 500)
      portal.log.error(
        { err: failure.cause ?? failure, code: failure.code, details: failure.details },
        'an API call failed',
      );
    setRetryAfter(c, failure);
    const { message, ...rest } = failureBody(c, failure);
    return c.json(
      {
        type: `urn:uketori:${failure.code}`,
        title: message,
        status,
        ...rest,
        ...(error instanceof InvalidInput ? { errors: error.errors } : {}),
      },
      status,
      { 'Content-Type': 'application/problem+json' },
    );
  });
  // Inside `v1`, or the portal's own page would answer.
  v1.all('*', () => {
    throw new Failure('not-found');
  });
  api.route('/v1', v1);
  api.get('/openapi.json', (c) =>
    c.json(
      v1.getOpenAPI31Document({
        openapi: '3.1.0',
        info: { title: 'Uketori', version: '1' },
        servers: [{ url: new URL('/api/v1', portal.publicUrl).href }],
      }),
    ),
  );
  return api;
};

/** A body or a parameter that breaks the schema; says where. */
class InvalidInput extends Error {
  readonly errors: { path: string; message: string }[];

  constructor(issues: readonly { path: PropertyKey[]; message: string }[]) {
    super('invalid input');
    this.errors = issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  }
}
