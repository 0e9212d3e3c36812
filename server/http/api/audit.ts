import { createRoute, z } from '@hono/zod-openapi';
import {
  type AuditFilter,
  auditActions,
  type ListedAuditEvent,
  listAudit,
} from '../../../db/queries/audit.ts';
import { csvHeaders, mostCsvRows } from '../../lib/csv.ts';
import { pageOf } from '../../lib/pages.ts';
import { actorPattern, auditAsCsv, auditIds, subjectPattern } from '../audit.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { json, next, pageQuery, problem } from './schemas.ts';

const eventSchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.string().openapi({
      description:
        '`staff:…`, `token:…`, `submission:…` (its submitter), `delivery:…` (its receiver), `system`.',
    }),
    actorName: z.string().nullable().openapi({ description: 'Null where it is gone, or has none.' }),
    ownerName: z.string().nullable().openapi({ description: 'The person whose token it was.' }),
    action: z.string(),
    subject: z.string(),
    subjectName: z.string().nullable(),
    address: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
  })
  .openapi('AuditEvent');

/** The database knows no year 0. */
const moment = z.iso.datetime({ offset: true }).regex(/^[12]/);

const filter = {
  actor: z.string().regex(actorPattern).optional(),
  subject: z.string().regex(subjectPattern).optional(),
  action: z.enum(auditActions).optional(),
  from: moment.optional(),
  to: moment.optional().openapi({ description: 'Without this moment.' }),
};

const routes = {
  list: createRoute({
    method: 'get',
    path: '/audit',
    summary: 'List who did what, from where, the newest first',
    request: { query: z.object({ ...filter, ...pageQuery }) },
    responses: { 200: json(z.object({ events: z.array(eventSchema), next }), 'Events'), default: problem },
  }),
  csv: createRoute({
    method: 'get',
    path: '/audit.csv',
    summary: `The same as a table: the newest ${String(mostCsvRows)}`,
    request: { query: z.object(filter) },
    responses: {
      200: { description: 'CSV', content: { 'text/csv': { schema: z.string() } } },
      default: problem,
    },
  }),
};

/** Who did what. */
export const addAuditRoutes = ({ add }: Api, { db }: Portal): void => {
  add({ needs: 'audit:read' }, routes.list, async (c) => {
    const { limit, cursor, ...asked } = c.req.valid('query');
    const page = await pageOf({ limit, cursor }, auditIds, (stretch) =>
      listAudit(db, filterOf(asked), stretch),
    );
    return c.json({ events: page.rows.map(shown), next: page.next ?? null }, 200);
  });
  add({ needs: 'audit:read' }, routes.csv, async (c) =>
    c.body(
      auditAsCsv(await listAudit(db, filterOf(c.req.valid('query')), { limit: mostCsvRows })),
      200,
      csvHeaders('audit.csv'),
    ),
  );
};

const filterOf = (asked: {
  actor?: string | undefined;
  subject?: string | undefined;
  action?: AuditFilter['action'];
  from?: string | undefined;
  to?: string | undefined;
}): AuditFilter => ({
  ...asked,
  from: asked.from === undefined ? undefined : new Date(asked.from),
  to: asked.to === undefined ? undefined : new Date(asked.to),
});

const shown = ({ event, actorName, ownerName, subjectName }: ListedAuditEvent) => ({
  id: String(event.id),
  at: event.at.toISOString(),
  actor: event.actor,
  actorName,
  ownerName,
  action: event.action,
  subject: event.subject,
  subjectName,
  address: event.address,
  details: event.details,
});
