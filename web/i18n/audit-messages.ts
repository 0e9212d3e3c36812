import type { AuditAction } from '../../db/schema/audit-actions.ts';

/** Who did what. */
export interface AuditMessages {
  title: string;
  intro: string;
  csv: string;
  what: string;
  any: string;
  from: string;
  to: string;
  show: string;
  showAll: string;
  /** Before whom or what the list is narrowed to. */
  only: string;
  none: string;
  older: string;
  when: string;
  who: string;
  about: string;
  where: string;
  details: string;
  system: string;
  /** Who has not proven who they are. */
  anonymous: string;
  /** Whom it was about, where there is no such person. */
  unknown: string;
  receiver: string;
  submitter: (p: { name: string }) => string;
  token: (p: { name: string; owner: string }) => string;
  action: Record<AuditAction, string>;
}
