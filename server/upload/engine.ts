import type { Database, Queryable } from '../../db/client.ts';
import type { PlacedUpload } from '../../db/queries/uploads.ts';
import type { Log } from '../lib/log.ts';
import type { RecentIds } from '../lib/recent-ids.ts';
import type { Slots } from '../lib/slots.ts';
import type { Nextcloud } from '../nextcloud/index.ts';
import type { GarbageWatch } from './garbage.ts';
import type { RunningHashes } from './hashes.ts';
import type { PartRoom } from './part.ts';
import type { Turns } from './turns.ts';

/** What the engine works with; built once, by the composition. */
export interface UploadEngine {
  db: Database;
  /** The row in `nodes` whose heartbeat keeps this process's locks. */
  nodeId: string;
  nextcloudFor: (accountId: string) => Promise<Nextcloud>;
  /** Whether the server's own hashes can be believed. */
  hashIsTrue: (accountId: string) => Promise<boolean>;
  /** Looks at the beginning of a file. @throws Failure when it is not of a type that is asked for */
  inspect: (placed: PlacedUpload, head: Buffer) => Promise<void>;
  /** Makes a folder, unless it was made before. */
  ensureFolder: (accountId: string, path: string) => Promise<void>;
  /** Makes a folder again that was there and is not any more. */
  remakeFolder: (accountId: string, path: string) => Promise<void>;
  /** Throws when what was admitted may no longer be completed: asked again before the last byte is acknowledged. */
  requireWelcome: (submissionId: string) => Promise<void>;
  /** Called in the transaction in which the last missing file of a submission may have been stored or ended. */
  onSettled: (tx: Queryable, submissionId: string) => Promise<unknown>;
  /** Where bytes wait that are not in Nextcloud yet, of all uploads of this process. */
  room: PartRoom;
  turns: Turns;
  /** Places for copying large files together in Nextcloud. */
  copying: Slots;
  /** Places for reading stored files back, small ones and large ones: who waits for the one never waits for the other. */
  comparing: { small: Slots; large: Slots };
  /** Uploads that this process is putting together, or removing. */
  working: Set<string>;
  /** PATCHes that this process is taking in. */
  collecting: Set<unknown>;
  /** Uploads whose bytes are not sent while they come any more, after that failed once. */
  keptOnly: RecentIds;
  garbage: GarbageWatch;
  hashes: RunningHashes;
  limits: UploadLimits;
  log: Log;
}

export interface UploadLimits {
  /** Most bytes in one part that is collected before it is sent. */
  partBytes: number;
  /** Most bytes in any part: what servers announce, and what proxies in front of them let pass. */
  mostPartBytes: number;
  /** A part is sent when it is this old, so that a slow submitter's bytes are soon acknowledged. */
  partAgeMs: number;
  /** When bytes are sent while they come: to no slower submitter, no less, and no more than so long takes. */
  flow: {
    leastBytesPerSecond: number;
    leastBytes: number;
    mostMs: number;
    /** How long a whole file is held back for a turn. Proxies cut a line that stands still after a minute or so. */
    waitMs: number;
    /** After such a silence the submitter is no longer believed to be fast. */
    stallMs: number;
  };
  /** Who sends less is cut off: the line is held open for nothing. */
  leastBytesPerMinute: number;
  /** How long what has arrived may take to be flushed once somebody else wants to write. */
  flushMs: number;
  /** How long a part that Nextcloud refuses for a while is kept and sent again before the submitter is told. */
  patienceMs: number;
}

const MiB = 1024 * 1024;

export const defaultUploadLimits: UploadLimits = {
  partBytes: 32 * MiB,
  mostPartBytes: 100 * MiB,
  partAgeMs: 10_000,
  flow: {
    leastBytesPerSecond: 32 * MiB,
    leastBytes: 64 * MiB,
    mostMs: 10_000,
    waitMs: 30_000,
    stallMs: 2_000,
  },
  leastBytesPerMinute: 4096,
  flushMs: 3_000,
  patienceMs: 120_000,
};

/** Memory for this many bytes on their way through one process, and room on its disk for what is beyond. */
export const uploadMemoryBytes = 128 * MiB;
export const uploadSpillBytes = 2048 * MiB;
