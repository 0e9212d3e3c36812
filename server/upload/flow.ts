import type { Hash } from 'node:crypto';
import { createBell } from './bell.ts';
import type { BufferBudget } from './budget.ts';

/** Most bytes of a flow that wait to be sent. So few are freed again while they are young, which costs little. */
const mostWaitingBytes = 4 * 1024 * 1024;

/**
 * Bytes that are sent while the rest of them still comes, and are not kept: only for a submitter so fast that sending
 * them again takes seconds. Their number is said before the first is sent.
 */
export class Flow {
  readonly sizeBytes: number;
  /** First bytes of the file, when it begins with them. */
  readonly head: Buffer;
  addedBytes = 0;
  /** Of everything up to the end of these bytes, once all have been added. */
  hash: Hash | undefined;
  private readonly budget: BufferBudget;
  private readonly waiting: Buffer[] = [];
  private waitingBytes = 0;
  private readonly filled = createBell();
  private readonly emptied: () => void;
  private failure: unknown;
  private dropped = false;
  private allowed: Promise<void> | undefined;

  /**
   * @param emptied called when there is room again
   * @param budget in which the bytes that are added have been taken
   */
  constructor(sizeBytes: number, head: Buffer, budget: BufferBudget, emptied: () => void) {
    this.sizeBytes = sizeBytes;
    this.head = head;
    this.budget = budget;
    this.emptied = emptied;
  }

  get hasRoom(): boolean {
    return this.waitingBytes < mostWaitingBytes;
  }

  get isFull(): boolean {
    return this.addedBytes === this.sizeBytes;
  }

  /** Takes over the bytes, and their place in the budget. */
  add(chunk: Buffer): void {
    this.addedBytes += chunk.length;
    if (this.dropped) {
      this.budget.give(chunk.length);
      return;
    }
    this.waiting.push(chunk);
    this.waitingBytes += chunk.length;
    this.filled.ring();
  }

  /** The last bytes are kept back until this has succeeded: without them Nextcloud stores nothing. */
  allowEnd(allowed: Promise<void>): void {
    // Awaited with the last bytes, or never.
    allowed.catch(() => undefined);
    this.allowed = allowed;
    this.filled.ring();
  }

  /** The request that sends it fails with this. */
  fail(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = error;
    this.drop();
    this.filled.ring();
  }

  /** Once only. */
  async *read(): AsyncGenerator<Buffer> {
    try {
      for (let sentBytes = 0; sentBytes < this.sizeBytes; ) {
        if (this.failure !== undefined) throw this.failure as Error;
        const chunk = this.waiting.shift();
        if (chunk === undefined) {
          await this.filled.wait(Number.POSITIVE_INFINITY);
          continue;
        }
        sentBytes += chunk.length;
        if (sentBytes === this.sizeBytes) await this.end();
        yield chunk;
        this.release(chunk.length);
      }
    } finally {
      this.drop();
    }
  }

  private async end(): Promise<void> {
    while (this.allowed === undefined && this.failure === undefined)
      await this.filled.wait(Number.POSITIVE_INFINITY);
    if (this.failure !== undefined) throw this.failure as Error;
    await this.allowed;
  }

  /** Nobody reads it any more: its bytes are gone, and those that are still added too. */
  private drop(): void {
    this.dropped = true;
    this.waiting.length = 0;
    this.release(this.waitingBytes);
  }

  private release(bytes: number): void {
    // What was dropped meanwhile has been given back already.
    const held = Math.min(bytes, this.waitingBytes);
    this.waitingBytes -= held;
    this.budget.give(held);
    this.emptied();
  }
}
