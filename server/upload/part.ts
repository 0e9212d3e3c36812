import type { Hash } from 'node:crypto';
import { headBytes } from '../intake/rules/content.ts';
import type { BufferBudget } from './budget.ts';
import type { Spill, SpillFile } from './spill.ts';

/** Chunks below this are copied together: each would cost more than it holds. */
const smallChunkBytes = 16 * 1024;
const blockBytes = 64 * 1024;

/** What parts are made in. */
export interface PartRoom {
  budget: BufferBudget;
  spill: Spill;
}

/**
 * Bytes of one upload that are collected, or on their way to Nextcloud, and not yet acknowledged: in memory as long as
 * the budget has room, then in a temporary file. They can be read as often as sending them takes.
 */
export class Part {
  readonly startBytes: number;
  sizeBytes = 0;
  /** When the first of its bytes came. */
  firstAtMs = 0;
  /** Its first bytes, as many as tell what a file is. Kept for the beginning of a file only. */
  head: Buffer = Buffer.alloc(0);
  /** Of everything up to the end of this part; undefined when this process has not seen the beginning. */
  hash: Hash | undefined;
  private readonly room: PartRoom;
  private readonly chunks: Buffer[] = [];
  private block: Buffer | undefined;
  private blockUsedBytes = 0;
  private heldBytes = 0;
  private spilled: SpillFile | undefined;
  private dropped = false;

  constructor(room: PartRoom, startBytes: number) {
    this.room = room;
    this.startBytes = startBytes;
  }

  get endBytes(): number {
    return this.startBytes + this.sizeBytes;
  }

  get isSpilled(): boolean {
    return this.spilled !== undefined;
  }

  /** @returns false when memory has no room now: then nothing was added */
  tryAdd(chunk: Buffer): boolean {
    const added = chunk.length < smallChunkBytes ? this.tryAddSmall(chunk) : this.tryAddWhole(chunk);
    if (added) this.count(chunk);
    return added;
  }

  /** For bytes that the caller has taken a place in the budget for. */
  addHeld(chunk: Buffer): void {
    this.heldBytes += chunk.length;
    this.closeBlock();
    this.chunks.push(chunk);
    this.count(chunk);
  }

  /**
   * Moves what is in memory to a temporary file, and adds the chunk there. Nothing may be added meanwhile.
   * @returns false when there is no room: then nothing was added
   */
  async spillOver(chunk: Buffer): Promise<boolean> {
    this.spilled ??= await this.room.spill.open();
    if (this.spilled === undefined || !(await this.spilled.add([...this.inMemory(), chunk]))) return false;
    if (this.dropped) return false;
    this.letGo();
    this.count(chunk);
    return true;
  }

  async *read(): AsyncGenerator<Buffer> {
    if (this.spilled !== undefined) yield* this.spilled.read();
    yield* this.inMemory();
  }

  /** Its bytes are gone. */
  drop(): void {
    this.dropped = true;
    this.letGo();
    this.spilled?.close();
    this.spilled = undefined;
    this.sizeBytes = 0;
  }

  /** What it holds in memory, for somebody else to go on with: its place in the budget goes along. */
  handOver(): Buffer[] {
    const chunks = this.inMemory();
    this.room.budget.give(this.heldBytes - chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    this.heldBytes = 0;
    this.letGo();
    return chunks;
  }

  private tryAddWhole(chunk: Buffer): boolean {
    if (!this.hold(chunk.length)) return false;
    this.closeBlock();
    this.chunks.push(chunk);
    return true;
  }

  private tryAddSmall(chunk: Buffer): boolean {
    const free = this.block === undefined ? 0 : this.block.length - this.blockUsedBytes;
    if (free < chunk.length) {
      if (!this.hold(blockBytes)) return false;
      this.closeBlock();
      this.block = Buffer.allocUnsafeSlow(blockBytes);
    }
    this.block?.set(chunk, this.blockUsedBytes);
    this.blockUsedBytes += chunk.length;
    return true;
  }

  private closeBlock(): void {
    if (this.block !== undefined) this.chunks.push(this.block.subarray(0, this.blockUsedBytes));
    this.block = undefined;
    this.blockUsedBytes = 0;
  }

  private inMemory(): Buffer[] {
    return this.block === undefined
      ? [...this.chunks]
      : [...this.chunks, this.block.subarray(0, this.blockUsedBytes)];
  }

  private hold(bytes: number): boolean {
    if (!this.room.budget.tryTake(bytes)) return false;
    this.heldBytes += bytes;
    return true;
  }

  private letGo(): void {
    this.chunks.length = 0;
    this.block = undefined;
    this.blockUsedBytes = 0;
    this.room.budget.give(this.heldBytes);
    this.heldBytes = 0;
  }

  private count(chunk: Buffer): void {
    if (this.sizeBytes === 0) this.firstAtMs = performance.now();
    if (this.startBytes === 0 && this.head.length < headBytes)
      this.head = Buffer.concat([this.head, chunk.subarray(0, headBytes - this.head.length)]);
    this.sizeBytes += chunk.length;
  }
}
