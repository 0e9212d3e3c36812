import type { Readable } from 'node:stream';
import type { Bell } from './bell.ts';

/**
 * The bytes of one PATCH as they come in. They wait here until they are taken; when too many wait, the sender is held
 * back. However the body ends, what came before the end can still be taken.
 */
export interface Inflow {
  /** Bytes that wait. */
  readonly waitingBytes: number;
  /** Nothing more will come: the body ended, broke, or was given up. */
  readonly ended: boolean;
  /** The body came to its own end. */
  readonly complete: boolean;
  /** What broke the body, if something did. */
  readonly error: Error | undefined;
  /** Milliseconds in which the sender could have sent: those in which it was held back don't count. */
  readonly openMs: number;
  readonly arrivedBytes: number;
  /** When bytes came last, or could come again, by `performance.now`; Infinity while the sender is held back. */
  readonly silentSinceMs: number;
  /** The next bytes that wait, at most so many; undefined when there are none. They wait on until they are taken. */
  peek(mostBytes: number): Buffer | undefined;
  take(bytes: number): void;
  /** Takes nothing more from the sender. */
  stop(): void;
  /** The same, as if the body had broken with this. */
  breakOff(error: Error): void;
}

const MiB = 1024 * 1024;

/** Most bytes that wait in one of so many bodies before its sender is held back: together no more than 64 MiB. */
export const waitingBytesOf = (bodies: number): number =>
  Math.max(MiB / 16, Math.min(MiB, Math.floor((64 * MiB) / Math.max(1, bodies))));

/**
 * @param changed rung whenever bytes came, and at the end
 * @param mostWaitingBytes above this the sender is held back
 */
export const openInflow = (source: Readable, changed: Bell, mostWaitingBytes = MiB): Inflow => {
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let arrivedBytes = 0;
  let ended = false;
  let complete = false;
  let error: Error | undefined;
  let heldSinceMs: number | undefined;
  let heldMs = 0;
  const openedAtMs = performance.now();
  let lastAtMs = openedAtMs;

  const end = (): void => {
    if (ended) return;
    ended = true;
    source.off('data', onData).off('end', onEnd).off('close', onClose);
    source.pause();
    changed.ring();
  };
  const onData = (chunk: Buffer): void => {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    arrivedBytes += chunk.length;
    lastAtMs = performance.now();
    if (waitingBytes >= mostWaitingBytes) {
      source.pause();
      heldSinceMs ??= performance.now();
    }
    changed.ring();
  };
  const onEnd = (): void => {
    complete = true;
    end();
  };
  // Stays: a body that breaks after it was given up must not end the process.
  const onError = (cause: Error): void => {
    error ??= ended ? undefined : cause;
    end();
  };
  const onClose = (): void => onError(new Error('the body broke off'));

  source.on('error', onError);
  if (source.destroyed) onClose();
  else source.on('data', onData).on('end', onEnd).on('close', onClose);

  const goOn = (): void => {
    if (heldSinceMs === undefined || ended || waitingBytes >= mostWaitingBytes) return;
    lastAtMs = performance.now();
    heldMs += lastAtMs - heldSinceMs;
    heldSinceMs = undefined;
    source.resume();
  };

  return {
    get waitingBytes() {
      return waitingBytes;
    },
    get ended() {
      return ended;
    },
    get complete() {
      return complete;
    },
    get error() {
      return error;
    },
    get openMs() {
      const nowMs = performance.now();
      return nowMs - openedAtMs - heldMs - (heldSinceMs === undefined ? 0 : nowMs - heldSinceMs);
    },
    get arrivedBytes() {
      return arrivedBytes;
    },
    get silentSinceMs() {
      return heldSinceMs === undefined ? lastAtMs : Number.POSITIVE_INFINITY;
    },
    peek(mostBytes) {
      const [first] = waiting;
      return first === undefined || first.length <= mostBytes ? first : first.subarray(0, mostBytes);
    },
    take(bytes) {
      const [first] = waiting;
      if (first === undefined) return;
      if (first.length === bytes) waiting.shift();
      else waiting[0] = first.subarray(bytes);
      waitingBytes -= bytes;
      goOn();
    },
    stop: end,
    breakOff: onError,
  };
};
