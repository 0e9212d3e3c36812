import type { Context } from 'hono';
import {
  type AuditFilter,
  auditActions,
  type ListedAuditEvent,
  listAudit,
} from '../../../db/queries/audit.ts';
import { type AuditAsked, AuditPage, type ShownAuditEvent } from '../../../web/pages/staff/audit.tsx';
import { csvHeaders, mostCsvRows } from '../../lib/csv.ts';
import { Failure } from '../../lib/failure.ts';
import { pageOf } from '../../lib/pages.ts';
import { instantOf } from '../../lib/zones.ts';
import { actorPattern, auditAsCsv, auditIds, subjectPattern } from '../audit.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import type { Console, StaffEnv } from './env.ts';

const eventsOnPage = 50;
const reads = { needs: 'audit:read' } as const;

/** The audit log, in the console. */
export const addAuditPages = (desk: Console, portal: Portal): void => {
  desk.get('/audit', reads, async (c) => {
    const asked = askedOf(c);
    const filter = filterOf(asked, portal.zone);
    const { rows, next } = await pageOf(
      { limit: eventsOnPage, cursor: c.req.query('cursor') },
      auditIds,
      (stretch) => listAudit(portal.db, filter, stretch),
    );
    return page(
      c,
      <AuditPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        events={rows.map(shown)}
        asked={asked}
        next={next}
      />,
    );
  });
  desk.get('/audit.csv', reads, async (c) => {
    const filter = filterOf(askedOf(c), portal.zone);
    const rows = await listAudit(portal.db, filter, { limit: mostCsvRows });
    return c.body(auditAsCsv(rows), 200, csvHeaders('audit.csv'));
  });
};

/** @throws Failure `input.invalid` */
const askedOf = (c: Context<StaffEnv>): AuditAsked => {
  const read = (name: keyof AuditAsked, pattern: RegExp): string | undefined => {
    const value = c.req.query(name);
    // An untouched field of the form.
    if (value === undefined || value === '') return undefined;
    if (!pattern.test(value)) throw new Failure('input.invalid', { params: { field: name } });
    return value;
  };
  const named = read('action', subjectPattern);
  const action = auditActions.find((each) => each === named);
  if (named !== undefined && action === undefined)
    throw new Failure('input.invalid', { params: { field: 'action' } });
  const day = /^[12]\d{3}-\d\d-\d\d$/;
  return {
    actor: read('actor', actorPattern),
    subject: read('subject', subjectPattern),
    action,
    from: read('from', day),
    to: read('to', day),
  };
};

const dayMs = 24 * 3_600_000;

const filterOf = ({ from, to, ...rest }: AuditAsked, zone: string): AuditFilter => ({
  ...rest,
  from: startOf(from, zone),
  to: startOf(to === undefined ? undefined : dayAfter(to), zone),
});

const startOf = (day: string | undefined, zone: string): Date | undefined =>
  day === undefined ? undefined : instantOf(`${day}T00:00`, zone);

/** @throws Failure `input.invalid` */
const dayAfter = (day: string): string => {
  const at = Date.parse(`${day}T00:00Z`);
  if (Number.isNaN(at)) throw new Failure('input.invalid', { params: { field: 'to' } });
  return new Date(at + dayMs).toISOString().slice(0, 10);
};

const shown = ({ event, actorName, ownerName, subjectName }: ListedAuditEvent): ShownAuditEvent => ({
  id: String(event.id),
  at: event.at,
  actor: event.actor,
  actorName: actorName ?? undefined,
  ownerName: ownerName ?? undefined,
  action: event.action,
  subject: event.subject,
  subjectName: subjectName ?? undefined,
  address: event.address ?? undefined,
  details: event.details,
});
