import type { Client } from '../client.ts';
import type { Dice } from '../dice.ts';
import type { Journal } from '../journal.ts';
import type { Site } from '../site.ts';
import type { Upload } from '../upload.ts';

/** What faults are done to. */
export interface Ground {
  site: Site;
  journal: Journal;
  signal: AbortSignal;
}

/** One way in which things go wrong. */
export interface FaultKind {
  name: string;
  /** How often it comes, beside the others. */
  weight: number;
  /** Two that need the same are never there at once. */
  needs?: readonly ('node' | 'postgres' | 'share' | 'account' | 'quota')[];
  /** At most so often in a run. */
  most?: number;
  /** Only in runs in which faults come for so long. */
  fromMs?: number;
  /** @returns undefined when there is nothing now that it could be done to */
  start(ground: Ground, dice: Dice, lastsMs: number): Promise<Fault | undefined>;
}

/** One that has begun. */
export interface Fault {
  /** What it does to what. */
  words: string;
  /** Called after it has lasted. */
  end?: () => Promise<void> | void;
}

/** A client that has something on its way. */
export const anyClient = ({ site }: Ground, dice: Dice): Client | undefined => {
  const busy = [...site.nodes.clients].filter(({ uploads }) => uploads.size > 0);
  return busy.length === 0 ? undefined : dice.pick(busy);
};

/** One that is begun, and not complete. */
export const anyUpload = ({ site }: Ground, dice: Dice): Upload | undefined => {
  const uploads = [...site.nodes.clients].flatMap((client) => [...client.uploads]);
  const begun = uploads.filter(({ uploadId, isAcknowledged }) => uploadId !== undefined && !isAcknowledged);
  return begun.length === 0 ? undefined : dice.pick(begun);
};

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
