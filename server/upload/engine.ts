import type { Database, Queryable } from '../../db/client.ts';
import type { Log } from '../lib/log.ts';
import type { Nextcloud } from '../nextcloud/index.ts';
import type { BufferBudget } from './budget.ts';
import type { RunningHashes } from './hashes.ts';

/** What the engine works with; built once, by the composition. */
export interface UploadEngine {
  db: Database;
  /** The row in `nodes` whose heartbeat keeps this process's locks. */
  nodeId: string;
  nextcloudFor: (accountId: string) => Promise<Nextcloud>;
  /** Whether the server's own hashes can be believed. */
  hashIsTrue: (accountId: string) => Promise<boolean>;
  /** Throws when what was admitted may no longer be completed: asked again before the last byte is acknowledged. */
  requireWelcome: (submissionId: string) => Promise<void>;
  /** Called in the transaction in which the last missing file of a submission may have been stored or ended. */
  onSettled: (tx: Queryable, submissionId: string) => Promise<unknown>;
  budget: BufferBudget;
  /** Looked at whenever a part has been let go. */
  garbage: { look(): void };
  hashes: RunningHashes;
  limits: UploadLimits;
  log: Log;
}

export interface UploadLimits {
  /** Most bytes in one part. Each part costs about 0.05 s whatever its size (measured on Nextcloud 32.0.1). */
  partBytes: number;
  /** A part is sent when it is this old, so that a slow submitter's bytes are soon acknowledged. */
  partAgeMs: number;
  /** How long what has arrived may take to be flushed once its sender has gone. */
  flushMs: number;
  /** How long a part that Nextcloud refuses for a while is kept and sent again before the submitter is told. */
  patienceMs: number;
  /** An upload in which nothing moved for so long is abandoned. Inside the 24 h after which Nextcloud removes parts. */
  abandonMinutes: number;
}

export const defaultUploadLimits: UploadLimits = {
  partBytes: 16 * 1024 * 1024,
  partAgeMs: 10_000,
  flushMs: 3_000,
  patienceMs: 120_000,
  abandonMinutes: 20 * 60,
};
