import type { Queryable } from '../client.ts';
import { auditEvents } from '../schema/index.ts';

export interface AuditEvent {
  /** `staff:stf_…`, `token:tok_…`, `submission:sub_…` or `system`. */
  actor: string;
  action: string;
  subject: string;
  address?: string | undefined;
  details?: Record<string, unknown>;
}

/** Adds a line to the audit log, in the transaction of what it tells about. */
export const recordAudit = async (tx: Queryable, event: AuditEvent): Promise<void> => {
  await tx.insert(auditEvents).values(event);
};
