import { setTimeout as delay } from 'node:timers/promises';
import type { Dice } from './dice.ts';
import { wordsOf } from './journal.ts';
import type { FaultKind, Ground } from './kinds/kind.ts';
import { seconds } from './kinds/kind.ts';

const mostAtOnce = 3;
const longestMs = 8_000;

/** Starts one fault after the other until the time is over, and waits for the last to end. */
export class Schedule {
  readonly #ground: Ground;
  readonly #kinds: readonly FaultKind[];
  readonly #dice: Dice;
  readonly #durationMs: number;
  readonly #running = new Set<Promise<void>>();
  readonly #needed = new Set<string>();

  constructor(ground: Ground, kinds: readonly FaultKind[], dice: Dice, durationMs: number) {
    this.#ground = ground;
    this.#kinds = kinds.filter(({ fromMs = 0 }) => durationMs >= fromMs);
    this.#dice = dice;
    this.#durationMs = durationMs;
  }

  async run(): Promise<void> {
    const { signal } = this.#ground;
    const endsAtMs = performance.now() + this.#durationMs;
    for (let n = 1; ; n += 1) {
      // What is drawn for one fault does not depend on whether another could be.
      const dice = this.#dice.branch(`fault ${n}`);
      await delay(dice.between(1_000, 5_000), undefined, { signal });
      if (performance.now() >= endsAtMs) break;
      const kind = dice.weighted(this.#kinds, ({ weight }) => weight);
      if (this.#running.size >= mostAtOnce || !this.#mayBegin(kind)) continue;
      const running = this.#inflict(n, kind, dice);
      this.#running.add(running);
      void running.finally(() => this.#running.delete(running));
    }
    await Promise.all(this.#running);
  }

  #mayBegin({ name, needs = [], most = Number.POSITIVE_INFINITY }: FaultKind): boolean {
    if (needs.some((need) => this.#needed.has(need))) return false;
    return (this.#ground.journal.tally.faults[name] ?? 0) < most;
  }

  async #inflict(n: number, kind: FaultKind, dice: Dice): Promise<void> {
    const { journal, signal } = this.#ground;
    const { faults } = journal.tally;
    const needs = kind.needs ?? [];
    for (const need of needs) this.#needed.add(need);
    try {
      const lastsMs = dice.between(0, longestMs);
      const fault = await kind.start(this.#ground, dice, lastsMs);
      if (fault === undefined) return;
      faults[kind.name] = (faults[kind.name] ?? 0) + 1;
      const lasts = fault.end === undefined ? '' : ` (${seconds(lastsMs)})`;
      journal.say(`#${n} ${kind.name}: ${fault.words}${lasts}`);
      if (fault.end === undefined) return;
      await delay(lastsMs, undefined, { signal }).catch(() => undefined);
      await fault.end();
      journal.say(`#${n} ${kind.name} is over`);
    } catch (error) {
      if (!signal.aborted)
        journal.found(`the fault #${n} ${kind.name} could not be ended: ${wordsOf(error)}`);
    } finally {
      for (const need of needs) this.#needed.delete(need);
    }
  }
}
