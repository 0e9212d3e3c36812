import type { ListedAuditEvent } from '../../db/queries/audit.ts';
import { asCsv } from '../lib/csv.ts';

const columns = [
  'at',
  'actor',
  'actorName',
  'ownerName',
  'action',
  'subject',
  'subjectName',
  'address',
  'details',
] as const;

/** The audit log for a spreadsheet. */
export const auditAsCsv = (rows: readonly ListedAuditEvent[]): string =>
  asCsv(
    columns,
    rows.map(({ event, actorName, ownerName, subjectName }) => ({
      at: event.at.toISOString(),
      actor: event.actor,
      actorName,
      ownerName,
      action: event.action,
      subject: event.subject,
      subjectName,
      address: event.address,
      details: JSON.stringify(event.details),
    })),
  );

/** What may be looked for: anything else finds nothing, and some of it no database takes. */
export const actorPattern = /^[a-z]{1,20}(:[a-z]{3}_[0-9a-f]{1,40})?$/;
export const subjectPattern = /^[\w:.-]{1,100}$/;
export const auditIds = /^[1-9]\d{0,17}$/;
