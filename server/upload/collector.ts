import type { Bell } from './bell.ts';
import { Part, type PartRoom } from './part.ts';

/** Collects bytes into one part after the other, in memory or, when that is full, on the disk. */
export class Collector {
  /** The part that collects now. */
  part: Part;
  /** Memory and disk are both full: what is held here must be sent on, or uploads wait for each other in a circle. */
  cramped = false;
  private readonly room: PartRoom;
  private readonly changed: Bell;
  private readonly signal: AbortSignal;
  private making: Promise<void> | undefined;
  /** Bytes of the next chunk, for which a place in the budget was waited for. */
  private grantedBytes = 0;

  /**
   * @param changed rung when a chunk that was refused may be offered again
   * @param signal ends the waiting
   */
  constructor(room: PartRoom, startBytes: number, changed: Bell, signal: AbortSignal) {
    this.room = room;
    this.changed = changed;
    this.signal = signal;
    this.part = new Part(room, startBytes);
  }

  /** Room is being made: nothing can be added. */
  get isBusy(): boolean {
    return this.making !== undefined;
  }

  /**
   * @param taken called when the chunk has been added, now or, on the disk, later
   * @returns false when it was not added now
   */
  add(chunk: Buffer, taken: () => void): boolean {
    if (this.grantedBytes === chunk.length) {
      this.grantedBytes = 0;
      this.part.addHeld(chunk);
    } else if (!this.part.tryAdd(chunk)) {
      if (!this.cramped) this.making = this.spill(chunk, taken);
      else if (this.part.sizeBytes === 0) this.making = this.waitForMemory(chunk.length);
      return false;
    }
    taken();
    return true;
  }

  /** A place in the budget for bytes that go elsewhere. @returns false when there is none now */
  hold(bytes: number): boolean {
    if (this.grantedBytes === bytes) {
      this.grantedBytes = 0;
      return true;
    }
    if (this.room.budget.tryTake(bytes)) return true;
    this.making = this.waitForMemory(bytes);
    return false;
  }

  /** Begins another part. @returns the one that is complete with this */
  next(startBytes = this.part.endBytes): Part {
    const { part } = this;
    this.part = new Part(this.room, startBytes);
    this.cramped = false;
    return part;
  }

  /** No room is being made any more. */
  async settle(): Promise<void> {
    await this.making;
  }

  drop(): void {
    this.part.drop();
    this.room.budget.give(this.grantedBytes);
    this.grantedBytes = 0;
  }

  private async spill(chunk: Buffer, taken: () => void): Promise<void> {
    if (await this.part.spillOver(chunk)) taken();
    else this.cramped = true;
    this.making = undefined;
    this.changed.ring();
  }

  private async waitForMemory(bytes: number): Promise<void> {
    try {
      await this.room.budget.take(bytes, this.signal);
      this.grantedBytes = bytes;
    } catch {
      // It is given up.
    }
    this.making = undefined;
    this.changed.ring();
  }
}
