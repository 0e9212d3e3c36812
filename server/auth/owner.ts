import type { AuditAction } from '../../db/schema/index.ts';

/** Who does it, from where. The session is the one that goes on. */
export interface Owner {
  staffId: string;
  sessionId: string;
  address: string;
}

export const auditOf = ({ staffId, address }: Pick<Owner, 'staffId' | 'address'>, action: AuditAction) => ({
  actor: `staff:${staffId}`,
  action,
  subject: staffId,
  address,
});
