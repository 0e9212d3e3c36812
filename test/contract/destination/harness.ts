import type { Readable } from 'node:stream';
import type { Delivery, Destination } from '../../../server/importer/destinations/destination.ts';
import type { TestFile } from './deliveries.ts';
import type { Settings } from './tools.ts';

/** A file as somebody who reads at the destination sees it, unfinished ones included. */
export interface SeenFile {
  name: string;
  sizeBytes: number;
  sha256: string;
}

/** What a system that is called over a network does to the next requests that are about files. */
export type Trouble =
  /** Answers that it is asked too often, and to come again in two seconds where it can say so. */
  | 'throttled'
  /** Fails for reasons of its own, after it has read what was sent. */
  | 'failing'
  /** Does what it was asked, and its answer is lost. */
  | 'answer-lost'
  /** Says nothing more. */
  | 'hanging'
  /** Has ended the session, or taken back the token: whoever can sign in anew does. */
  | 'signed-out';

/** One place of its own at the destination, empty at first. */
export interface Place {
  /** As the registry would open it, here or in another process. */
  settings: Settings;
  /** Another instance each time, as after a restart. */
  destination(): Destination;
  /** Where the bytes must be somewhere first, this puts them there. Left out: they come from memory. */
  file?(path: string, bytes: Buffer, source?: () => Readable): Promise<TestFile>;
  /** Every file that can be seen, without the marks that make a delivery whole. */
  seen(): Promise<SeenFile[]>;
  /** How many whole deliveries of this key somebody who reads there would take up. */
  effects(key: string): Promise<number>;
  /** Whatever the destination has written where it must not. */
  strays(): Promise<string[]>;
  /**
   * Puts other bytes where the delivery's only file would go, and tells later whether they are unharmed.
   * Left out where nothing can be in the way.
   */
  occupy?(delivery: Delivery): Promise<{ unharmed(): Promise<boolean> }>;
  /** Makes the next request fail so, and the ones after it succeed again. */
  trouble?(trouble: Trouble): void;
  remove(): Promise<void>;
}

/** What a kind of destination must offer to be put through the suite. */
export interface Harness {
  kind: string;
  open(): Promise<Place>;
  goodConfig: Record<string, unknown>;
  goodSecrets?: Record<string, string>;
  /** Refused before anything is tried. */
  badConfigs: Record<string, unknown>[];
  /** Refused as well; `{}` where it needs some. */
  badSecrets?: Record<string, string>[];
  /** Well-formed, but of no use as things stand: what staff must be told. */
  unfit: UnfitCase[];
  /** Whether files that are whole are kept when a delivery is continued. */
  keepsFinishedFiles: boolean;
  /** What becomes of a file whose name somebody else has taken. `nothing`: there are no names to take. */
  whereTaken: 'beside' | 'conflict' | 'nothing';
  /** False where no bytes pass through the importer: then the tests of a broken source say nothing. */
  streams: boolean;
  /**
   * False where a system can't say what it has: then it is never found, and the repeat that the importer makes instead must
   * change nothing.
   */
  canBeAsked?: false;
  /** What the tests of trouble are left out for; undefined: none. */
  withoutTrouble?: Partial<Record<Trouble, string>>;
}

export interface UnfitCase {
  what: string;
  /** Asked when the test runs, with a place that is fit: another account's, a wrong folder. */
  settings(place: Place): Pick<Settings, 'config' | 'secrets'>;
  retry: 'never' | 'later';
}
