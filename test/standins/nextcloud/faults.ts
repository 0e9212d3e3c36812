import type { OutgoingHttpHeaders } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { drop, type Effects, type Exchange, hang } from './exchange.ts';

/** What goes wrong. "After" means that the work has been done and only the answer is lost or false. */
export type FaultAction =
  | { reply: number; headers?: OutgoingHttpHeaders; when?: 'before' | 'after' }
  | { drop: 'before' | 'after' }
  /** The connection is cut once so much of the request's body has come. */
  | { dropAfterBodyBytes: number }
  | { hang: 'before' | 'after' }
  | { delayMs: number }
  | { replyBytesPerSecond: number }
  /** The connection is cut once so much of the answer's body has been sent, at most. */
  | { cutReplyAfterBytes: number }
  /** COPY or MOVE of an upload: 201 with an empty ETag and no file id, nothing stored; a MOVE loses the parts. */
  | { hollow: true }
  | { wrongHash: true };

export interface FaultRule {
  method?: string;
  /** Against the decoded path with its query, from the first slash. */
  path?: string | RegExp;
  /** Requests that match and are let pass first. */
  skip?: number;
  /** How many are hit; 1 unless given. */
  times?: number;
  action: FaultAction;
}

/** A rule that has been set. */
export interface Fault {
  readonly hits: number;
  /** Resolves when the rule has hit so many requests. */
  hit(count?: number): Promise<void>;
  remove(): void;
}

class SetFault implements Fault {
  readonly rule: FaultRule;
  hits = 0;
  #matches = 0;
  #removed = false;
  #waiting: { count: number; resolve: () => void }[] = [];

  constructor(rule: FaultRule) {
    this.rule = rule;
  }

  /** Counts a matching request; true when it is to be hit. */
  strike(exchange: Exchange): boolean {
    if (this.#removed || !this.#covers(exchange)) return false;
    this.#matches += 1;
    if (this.#matches <= (this.rule.skip ?? 0) || this.hits >= (this.rule.times ?? 1)) return false;
    this.hits += 1;
    for (const { resolve } of this.#waiting.filter(({ count }) => this.hits >= count)) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => this.hits < count);
    return true;
  }

  hit(count = 1): Promise<void> {
    if (this.hits >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
    });
  }

  remove(): void {
    this.#removed = true;
  }

  #covers({ method, path, query }: Exchange): boolean {
    if (this.rule.method !== undefined && this.rule.method !== method) return false;
    const pattern = this.rule.path ?? '';
    const whole = query.size === 0 ? path : `${path}?${query.toString()}`;
    return typeof pattern === 'string' ? whole.includes(pattern) : pattern.test(whole);
  }
}

/** The faults that tests have set. Empty for ever in the demo. */
export class FaultBoard {
  #faults: SetFault[] = [];

  add(rule: FaultRule): Fault {
    const fault = new SetFault(rule);
    this.#faults.push(fault);
    return fault;
  }

  clear(): void {
    this.#faults = [];
  }

  /** Every rule counts the request; the first that hits it decides. */
  strike(exchange: Exchange): FaultAction | undefined {
    return this.#faults.filter((fault) => fault.strike(exchange)).at(0)?.rule.action;
  }
}

/**
 * Does at once what happens before the work; `answer` writes a refusal in the server's own words.
 * False when nothing is left to be done for this request.
 */
export const inflict = async (
  action: FaultAction,
  exchange: Exchange,
  answer: (status: number, headers: OutgoingHttpHeaders) => Promise<void>,
): Promise<boolean> => {
  const { effects } = exchange;
  if ('delayMs' in action) await wait(action.delayMs);
  else if ('drop' in action) return instead(action.drop, effects, { kind: 'drop' }, () => drop(exchange));
  else if ('hang' in action) return instead(action.hang, effects, { kind: 'hang' }, () => hang(exchange));
  else if ('reply' in action) {
    const { reply: status, headers = {}, when = 'before' } = action;
    return instead(when, effects, { kind: 'reply', status, headers }, () => answer(status, headers));
  } else Object.assign(effects, action);
  return true;
};

const instead = async (
  when: 'before' | 'after',
  effects: Effects,
  effect: NonNullable<Effects['instead']>,
  now: () => Promise<void> | void,
): Promise<boolean> => {
  if (when === 'after') {
    effects.instead = effect;
    return true;
  }
  await now();
  return false;
};

/** So many requests at a time; the rest wait in order, their bodies unread. */
export class Workers {
  readonly #limit: number;
  #busy = 0;
  #busiest = 0;
  #queue: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get busy(): number {
    return this.#busy;
  }

  /** The most that were ever busy at a time since the last `forget`. */
  get busiest(): number {
    return this.#busiest;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  forget(): void {
    this.#busiest = this.#busy;
  }

  async take(): Promise<() => void> {
    if (this.#busy >= this.#limit) {
      // The one who leaves hands its place over, so the count stays as it is.
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    } else {
      this.#busy += 1;
      this.#busiest = Math.max(this.#busiest, this.#busy);
    }
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#queue.shift();
      if (next === undefined) this.#busy -= 1;
      else next();
    };
  }
}
