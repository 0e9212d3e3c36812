import type { Turns } from './turns.ts';

type GiveBack = () => void;

/** A writer's turn at sending: asked for when there is something to send, and kept until it is used. */
export class HeldTurn {
  /** A long one is waited for. */
  isWaiting = false;
  private readonly turns: Turns;
  private readonly signal: AbortSignal;
  private readonly isWanted: () => boolean;
  private readonly changed: () => void;
  private turn: GiveBack | undefined;
  private asking: Promise<void> | undefined;
  private waiting: Promise<void> | undefined;

  /**
   * @param signal ends the waiting
   * @param isWanted whether a turn that comes is of use
   * @param changed called when one has come, or will not
   */
  constructor(turns: Turns, signal: AbortSignal, isWanted: () => boolean, changed: () => void) {
    this.turns = turns;
    this.signal = signal;
    this.isWanted = isWanted;
    this.changed = changed;
  }

  get isAsking(): boolean {
    return this.asking !== undefined;
  }

  /** @returns the turn, which is the caller's to give back; undefined: it is asked for, if it wasn't */
  take(): GiveBack | undefined {
    const { turn } = this;
    this.turn = undefined;
    if (turn === undefined) this.asking ??= this.ask();
    return turn;
  }

  /** @throws the signal's reason */
  async wait(): Promise<GiveBack> {
    await this.asking;
    const { turn } = this;
    this.turn = undefined;
    return turn ?? this.turns.take(this.signal);
  }

  /**
   * A turn at sending what still comes: the one that is held, or one that is free now.
   * @param waitMs without one, wait so long for it, once
   */
  takeLong(waitMs: number | undefined): GiveBack | undefined {
    const turn = this.turn ?? (this.isWaiting ? undefined : this.turns.tryTakeLong());
    this.turn = undefined;
    if (turn === undefined && waitMs !== undefined) this.waiting ??= this.waitLong(waitMs);
    return turn;
  }

  /** To be called when the signal has been given: nothing is held afterwards. */
  async drop(): Promise<void> {
    await Promise.all([this.asking, this.waiting]);
    this.turn?.();
    this.turn = undefined;
  }

  private async ask(): Promise<void> {
    const turn = await this.turns.take(this.signal).catch(() => undefined);
    this.asking = undefined;
    this.came(turn);
  }

  private async waitLong(waitMs: number): Promise<void> {
    this.isWaiting = true;
    const turn = await this.turns.takeLong(AbortSignal.any([this.signal, AbortSignal.timeout(waitMs)]));
    this.isWaiting = false;
    this.came(turn);
  }

  private came(turn: GiveBack | undefined): void {
    if (this.turn === undefined && this.isWanted()) this.turn = turn;
    else turn?.();
    this.changed();
  }
}
