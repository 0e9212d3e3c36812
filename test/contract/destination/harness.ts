import type { Delivery, Destination } from '../../../server/importer/destinations/destination.ts';

/** A file as somebody who reads at the destination sees it, unfinished ones included. */
export interface SeenFile {
  name: string;
  sizeBytes: number;
  sha256: string;
}

/** One place of its own at the destination, empty at first. */
export interface Place {
  /** As the registry would open it, here or in another process. */
  settings: { kind: string; config: Record<string, unknown> };
  /** Another instance each time, as after a restart. */
  destination(): Destination;
  /** Every file that can be seen, without the marks that make a delivery whole. */
  seen(): Promise<SeenFile[]>;
  /** How many whole deliveries of this key somebody who reads there would take up. */
  effects(key: string): Promise<number>;
  /** Whatever the destination has written where it must not. */
  strays(): Promise<string[]>;
  /** Puts other bytes where the delivery's only file would go, and tells later whether they are unharmed. */
  occupy(delivery: Delivery): Promise<{ unharmed(): Promise<boolean> }>;
  remove(): Promise<void>;
}

/** What a kind of destination must offer to be put through the suite. */
export interface Harness {
  kind: string;
  open(): Promise<Place>;
  goodConfig: Record<string, unknown>;
  /** Refused before anything is tried. */
  badConfigs: Record<string, unknown>[];
  /** Well-formed, but of no use as things stand: what staff must be told. */
  unfit: { what: string; config: Record<string, unknown>; retry: 'never' | 'later' }[];
  /** Whether files that are whole are kept when a delivery is continued. */
  keepsFinishedFiles: boolean;
  /** What becomes of a file whose name somebody else has taken: another name, or `destination.conflict`. */
  whereTaken: 'beside' | 'conflict';
}
