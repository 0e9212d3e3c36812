import type { Readable } from 'node:stream';

export type Verdict = { result: 'clean' } | { result: 'found'; found: string } | { result: 'over-limit' };

/** Looks at a whole file for what may do harm. */
export interface Scanner {
  /**
   * Reads the stream to its end, unless it is over the scanner's limit.
   * @throws Failure `scan.unavailable` (later), or what the stream fails with
   */
  scan(file: { open(): Promise<Readable>; sizeBytes: number }, signal: AbortSignal): Promise<Verdict>;
  /** What it says of itself, for `doctor`. @throws Failure `scan.unavailable` */
  version(signal?: AbortSignal): Promise<string>;
}
