import type { Database } from '../../db/client.ts';
import type { TeamScope } from '../../db/queries/teams.ts';
import type { Log } from '../lib/log.ts';
import type { Sealing } from '../lib/sealing.ts';
import type { Accounts } from './accounts.ts';

/** What every use case of intake works with; built once, by the composition. */
export interface Intake {
  db: Database;
  accounts: Accounts;
  sealing: Sealing;
  log: Log;
  /** The account in which requests are made, or why there is none yet. */
  portalAccount: () => Promise<{ accountId: string }>;
  /** Folder in Nextcloud below which requests' folders are made. */
  nextcloudRoot: string;
  receipts: ReceiptSigner;
  /** IANA name of the zone whose days receipt numbers tell. */
  zone: string;
  /** Whether mail is set up: else none is queued. */
  sendsMail: boolean;
}

export interface ReceiptSigner {
  /** Ed25519, base64url. */
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
  /** For anyone who wants to check a receipt without the portal: SPKI in PEM. */
  publicKeyPem: string;
}

/** Who does something, as the audit log names them. */
export interface Actor {
  /** `staff:stf_…`, `token:tok_…`, `submission:sub_…` or `system`. */
  name: string;
  staffId?: string | undefined;
  address?: string | undefined;
  /** Whose requests they see, and into which they may put one. */
  teams: TeamScope;
}

export const systemActor: Actor = { name: 'system', teams: 'all' };
