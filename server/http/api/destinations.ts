import { createRoute, z } from '@hono/zod-openapi';
import { describeKind } from '../../importer/ledger/kinds.ts';
import {
  allDestinations,
  checkDestination,
  createDestination,
  type DescribedDestination,
  describeDestination,
  dropDestination,
  requireDestination,
  setPaused,
  updateDestination,
} from '../../importer/ledger/manage-destinations.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { idParam, json, problem } from './schemas.ts';

const configSchema = z.record(z.string(), z.unknown());

const destinationSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    name: z.string(),
    config: configSchema,
    secrets: z
      .array(z.string())
      .openapi({ description: 'Names of the secrets that it has; never their values.' }),
    maxConcurrent: z.number().int(),
    paused: z.boolean(),
    failing: z
      .object({ restsUntil: z.iso.datetime() })
      .nullable()
      .openapi({ description: 'Set while it is left alone after failing several times in a row.' }),
    createdAt: z.iso.datetime(),
    deliveries: z.object({
      waiting: z.number().int(),
      delivering: z.number().int(),
      delivered: z.number().int(),
      dead: z.number().int(),
    }),
  })
  .openapi('Destination');

const fields = {
  name: z.string().min(1).max(100),
  config: configSchema,
  secrets: z.record(z.string(), z.string()).openapi({
    description:
      'Encrypted at rest and never told again. In a change they replace all: one that is left out is removed. They must be given when a setting changes that says where they are sent.',
  }),
  maxConcurrent: z.number().int().min(1).max(64),
};

const checkSchema = z
  .object({
    fit: z.boolean(),
    findings: z.array(
      z.object({
        level: z.enum(['good', 'warning', 'problem']),
        text: z.object({ en: z.string(), ja: z.string() }),
      }),
    ),
  })
  .openapi('Check');

const one = { request: { params: idParam } };

const routes = {
  list: createRoute({
    method: 'get',
    path: '/destinations',
    summary: 'List destinations, with how many deliveries are in which state',
    responses: {
      200: json(z.object({ destinations: z.array(destinationSchema) }), 'Destinations'),
      default: problem,
    },
  }),
  kinds: createRoute({
    method: 'get',
    path: '/destinations/kinds',
    summary:
      'List the kinds of destinations, each with the JSON Schema of its configuration and of its secrets',
    responses: {
      200: json(
        z.object({
          kinds: z.array(
            z.object({ kind: z.string(), title: z.string(), config: configSchema, secrets: configSchema }),
          ),
        }),
        'Kinds',
      ),
      default: problem,
    },
  }),
  create: createRoute({
    method: 'post',
    path: '/destinations',
    summary: 'Set up a destination',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z
              .object({
                kind: z.string(),
                ...fields,
                secrets: fields.secrets.optional(),
                maxConcurrent: fields.maxConcurrent.optional(),
              })
              .openapi('NewDestination'),
          },
        },
      },
    },
    responses: { 201: json(destinationSchema, 'Set up'), default: problem },
  }),
  show: createRoute({
    method: 'get',
    path: '/destinations/{id}',
    summary: 'Show a destination',
    ...one,
    responses: { 200: json(destinationSchema, 'The destination'), default: problem },
  }),
  change: createRoute({
    method: 'patch',
    path: '/destinations/{id}',
    summary: 'Change a destination: what is left out stays',
    request: {
      params: idParam,
      body: {
        required: true,
        content: { 'application/json': { schema: z.object(fields).partial().openapi('DestinationChange') } },
      },
    },
    responses: { 200: json(destinationSchema, 'The destination'), default: problem },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/destinations/{id}',
    summary: 'Remove a destination that no open request uses and to which nothing is under way',
    description:
      'The ledger keeps what it was given; what was given up can’t be delivered again afterwards. 409 `destination.in-use` while requests use it that are open or still being sent to, `destination.busy` while deliveries to it are not over: `params.count` says how many.',
    ...one,
    responses: { 204: { description: 'Removed' }, default: problem },
  }),
  check: createRoute({
    method: 'post',
    path: '/destinations/{id}/check',
    summary: 'Look whether deliveries would succeed; leaves nothing behind',
    ...one,
    responses: { 200: json(checkSchema, 'What was found'), default: problem },
  }),
  pause: createRoute({
    method: 'post',
    path: '/destinations/{id}/pause',
    summary: 'Deliver nothing to it until it is resumed',
    ...one,
    responses: { 200: json(destinationSchema, 'The destination'), default: problem },
  }),
  resume: createRoute({
    method: 'post',
    path: '/destinations/{id}/resume',
    summary: 'Deliver again, also to one that rests after failures',
    ...one,
    responses: { 200: json(destinationSchema, 'The destination'), default: problem },
  }),
};

/** Destinations: set up, look, change, pause. */
export const addDestinationRoutes = ({ add }: Api, portal: Portal): void => {
  const { desk } = portal;
  const shown = ({ failing, createdAt, ...rest }: DescribedDestination) => ({
    ...rest,
    failing: failing && { restsUntil: failing.restsUntil.toISOString() },
    createdAt: createdAt.toISOString(),
  });
  const show = async (id: string) => {
    const found = (await allDestinations(desk)).find((each) => each.id === id);
    return shown(found ?? describeDestination(desk, await requireDestination(desk, id)));
  };
  add({ needs: 'destinations:read' }, routes.list, async (c) => {
    return c.json({ destinations: (await allDestinations(desk)).map(shown) }, 200);
  });
  add({ needs: 'destinations:read' }, routes.kinds, async (c) => {
    return c.json({ kinds: [...desk.modules.values()].map(describeKind) }, 200);
  });
  add({ needs: 'destinations:write' }, routes.create, async (c) => {
    return c.json(shown(await createDestination(desk, c.req.valid('json'), c.var.actor)), 201);
  });
  add({ needs: 'destinations:read' }, routes.show, async (c) => {
    return c.json(await show(c.req.valid('param').id), 200);
  });
  add({ needs: 'destinations:write' }, routes.change, async (c) => {
    const { id } = c.req.valid('param');
    await updateDestination(desk, id, c.req.valid('json'), c.var.actor);
    return c.json(await show(id), 200);
  });
  add({ needs: 'destinations:write' }, routes.remove, async (c) => {
    await dropDestination(desk, c.req.valid('param').id, c.var.actor);
    return c.body(null, 204);
  });
  add({ needs: 'destinations:write' }, routes.check, async (c) => {
    return c.json(await checkDestination(desk, c.req.valid('param').id, c.req.raw.signal), 200);
  });
  for (const [route, paused] of [
    [routes.pause, true],
    [routes.resume, false],
  ] as const)
    add({ needs: 'destinations:write' }, route, async (c) => {
      const { id } = c.req.valid('param');
      await setPaused(desk, id, paused, c.var.actor);
      return c.json(await show(id), 200);
    });
};
