import { createRoute, z } from '@hono/zod-openapi';
import type { DescribedDelivery } from '../../../db/queries/ledger.ts';
import { listDeliveries } from '../../../db/queries/ledger.ts';
import { deliveriesAsCsv } from '../../importer/ledger/csv.ts';
import {
  abandonDelivery,
  pageOfDeliveries,
  releaseHeld,
  replayAll,
  replayDelivery,
  retryDelivery,
  showDelivery,
} from '../../importer/ledger/manage-deliveries.ts';
import type { Actor } from '../../intake/context.ts';
import { csvHeaders, mostCsvRows } from '../../lib/csv.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { deliveryStateSchema, idParam, json, next, pageQuery, problem, scanSchema } from './schemas.ts';

const deliveryFields = {
  id: z.string(),
  key: z.string().openapi({ description: 'Names it to the destination, the same at every attempt.' }),
  state: deliveryStateSchema,
  request: z.object({ id: z.string(), title: z.string() }),
  submission: z.object({
    id: z.string(),
    receiptNumber: z.string(),
    submitterName: z.string(),
    origin: z.enum(['portal', 'nextcloud']),
  }),
  file: z.object({ id: z.string(), path: z.string() }).nullable().openapi({
    description: 'Null: the whole submission.',
  }),
  destination: z.object({ id: z.string(), name: z.string(), kind: z.string() }),
  attempts: z.number().int(),
  notBefore: z.iso.datetime(),
  failureCode: z.string().nullable(),
  result: z.record(z.string(), z.unknown()).nullable().openapi({
    description: 'What it made there: ids, links, how it was verified.',
  }),
  createdAt: z.iso.datetime(),
  deliveredAt: z.iso.datetime().nullable(),
  removedAt: z.iso
    .datetime()
    .nullable()
    .openapi({ description: 'When the destination took it away again, its retention having ended.' }),
};

const deliverySchema = z.object(deliveryFields).openapi('Delivery');

const wholeSchema = z
  .object({
    ...deliveryFields,
    files: z.array(
      z.object({
        id: z.string(),
        path: z.string(),
        sizeBytes: z.number().int(),
        sha256: z.string(),
        state: z.string(),
        scan: scanSchema,
        released: z.boolean(),
      }),
    ),
    history: z.array(
      z.object({
        startedAt: z.iso.datetime(),
        endedAt: z.iso.datetime().nullable(),
        outcome: z.string().nullable(),
        failureCode: z.string().nullable(),
        details: z.record(z.string(), z.unknown()).nullable(),
      }),
    ),
  })
  .openapi('DeliveryWithHistory');

const filterSchema = z.object({
  state: deliveryStateSchema.optional(),
  destination: z.string().optional(),
  request: z.string().optional(),
  submission: z.string().optional(),
});

const acting = (action: string, summary: string) =>
  createRoute({
    method: 'post',
    path: `/deliveries/{id}/${action}`,
    summary,
    request: { params: idParam },
    responses: { 200: json(wholeSchema, 'The delivery'), default: problem },
  });

const routes = {
  list: createRoute({
    method: 'get',
    path: '/deliveries',
    summary: 'List deliveries, newest first',
    request: { query: filterSchema.extend(pageQuery) },
    responses: {
      200: json(z.object({ deliveries: z.array(deliverySchema), next }), 'Deliveries'),
      default: problem,
    },
  }),
  csv: createRoute({
    method: 'get',
    path: '/deliveries.csv',
    summary: 'The same as a table for a spreadsheet, at most 10,000 of them',
    request: { query: filterSchema },
    responses: {
      200: { description: 'CSV', content: { 'text/csv': { schema: z.string() } } },
      default: problem,
    },
  }),
  show: createRoute({
    method: 'get',
    path: '/deliveries/{id}',
    summary: 'Show a delivery with its attempts and its files',
    request: { params: idParam },
    responses: { 200: json(wholeSchema, 'The delivery'), default: problem },
  }),
  retry: acting('retry', 'Try one that waits now'),
  replay: acting('replay', 'Deliver again what was given up or delivered'),
  giveUp: acting('give-up', 'End one that is wanted no more; it can still be replayed'),
  replayAll: createRoute({
    method: 'post',
    path: '/deliveries/replay',
    summary: 'Deliver everything again that was given up',
    request: {
      body: {
        required: true,
        content: {
          'application/json': { schema: z.object({ destination: z.string().optional() }).openapi('Replay') },
        },
      },
    },
    responses: { 200: json(z.object({ replayed: z.number().int() }), 'How many'), default: problem },
  }),
  release: createRoute({
    method: 'post',
    path: '/files/{id}/release',
    summary: 'Let a file be delivered that a scanner found something in, or could not look at whole',
    request: { params: idParam },
    responses: { 204: { description: 'Released' }, default: problem },
  }),
};

const shown = ({ delivery, file, request, submission, destination }: DescribedDelivery) => ({
  id: delivery.id,
  key: delivery.key,
  state: delivery.state,
  request,
  submission,
  file,
  destination,
  attempts: delivery.attempts,
  notBefore: delivery.notBefore.toISOString(),
  failureCode: delivery.failureCode,
  result: delivery.result,
  createdAt: delivery.createdAt.toISOString(),
  deliveredAt: delivery.deliveredAt?.toISOString() ?? null,
  removedAt: delivery.removedAt?.toISOString() ?? null,
});

/** The ledger: what was delivered where, what waits and why; try again. */
export const addDeliveryRoutes = ({ add }: Api, portal: Portal): void => {
  const { db } = portal;
  const filterOf = (query: z.output<typeof filterSchema>, { teams }: Actor) => ({
    teams,
    state: query.state,
    destinationId: query.destination,
    requestId: query.request,
    submissionId: query.submission,
  });
  const show = async (id: string) => {
    const { attempts, files, ...described } = await showDelivery(db, id);
    return {
      ...shown(described),
      files: files.map((file) => ({
        id: file.id,
        path: file.path,
        sizeBytes: file.sizeBytes,
        sha256: file.sha256,
        state: file.state,
        scan: file.scanResult && { result: file.scanResult, found: file.scanFound },
        released: file.releasedAt !== null,
      })),
      history: attempts.map((attempt) => ({
        startedAt: attempt.startedAt.toISOString(),
        endedAt: attempt.endedAt?.toISOString() ?? null,
        outcome: attempt.outcome,
        failureCode: attempt.failureCode,
        details: attempt.details,
      })),
    };
  };
  add({ needs: 'deliveries:read' }, routes.list, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query');
    const page = await pageOfDeliveries(db, filterOf(filter, c.var.actor), { limit, cursor });
    return c.json({ deliveries: page.rows.map(shown), next: page.next ?? null }, 200);
  });
  add({ needs: 'deliveries:read' }, routes.csv, async (c) => {
    const rows = await listDeliveries(db, filterOf(c.req.valid('query'), c.var.actor), {
      limit: mostCsvRows,
    });
    return c.body(deliveriesAsCsv(rows), 200, csvHeaders('deliveries.csv'));
  });
  add({ needs: 'deliveries:write' }, routes.replayAll, async (c) => {
    return c.json({ replayed: await replayAll(db, c.req.valid('json').destination, c.var.actor) }, 200);
  });
  add({ needs: 'deliveries:read', of: 'delivery' }, routes.show, async (c) => {
    return c.json(await show(c.req.valid('param').id), 200);
  });
  for (const [route, act] of [
    [routes.retry, retryDelivery],
    [routes.replay, replayDelivery],
    [routes.giveUp, abandonDelivery],
  ] as const)
    add({ needs: 'deliveries:write', of: 'delivery' }, route, async (c) => {
      const { id } = c.req.valid('param');
      await act(db, id, c.var.actor);
      return c.json(await show(id), 200);
    });
  add({ needs: 'deliveries:write', of: 'file' }, routes.release, async (c) => {
    await releaseHeld(db, c.req.valid('param').id, c.var.actor);
    return c.body(null, 204);
  });
};
