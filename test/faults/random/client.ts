import { setTimeout as delay } from 'node:timers/promises';
import { type Proxy, startProxy } from '../support/proxy.ts';
import type { Journal } from './journal.ts';
import type { Nodes } from './nodes.ts';
import type { Upload } from './upload.ts';
import { type Answer, exchange, type Sent } from './wire.ts';

/** Nothing listens there. */
const nowhere = 9;
const lookEveryMs = 500;
/** As tus-js-client's, but it never gives up. */
const pausesMs = [0, 500, 1_000, 3_000, 5_000];

/** A submitter's device: one line to the portal, which may lead to either node, or nowhere. */
export class Client {
  readonly name: string;
  readonly line: Proxy;
  readonly journal: Journal;
  /** Aborted when the run is given up. */
  readonly signal: AbortSignal;
  /** What is on its way. */
  readonly uploads = new Set<Upload>();
  stallMs = 15_000;
  readonly #nodes: Nodes;
  #node: number;
  #offline = false;
  #bytesPerSecond: number | undefined;
  #slowedTo: number | undefined;

  private constructor(name: string, line: Proxy, node: number, run: ClientRun) {
    this.name = name;
    this.line = line;
    this.journal = run.journal;
    this.signal = run.signal;
    this.#nodes = run.nodes;
    this.#node = node;
    run.nodes.clients.add(this);
  }

  static async start(name: string, node: number, run: ClientRun): Promise<Client> {
    return new Client(name, await startProxy(run.nodes.at(node).port), node, run);
  }

  get node(): number {
    return this.#node;
  }

  /** For connections that are made from now on. */
  leadTo(node: number): void {
    this.#node = node;
    this.#lead();
  }

  setOffline(offline: boolean): void {
    this.#offline = offline;
    this.#lead();
  }

  setSpeed(bytesPerSecond: number | undefined): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.line.slow(this.#slowedTo ?? bytesPerSecond);
  }

  /** Undefined: as fast as it was. */
  slowTo(bytesPerSecond: number | undefined): void {
    this.#slowedTo = bytesPerSecond;
    this.line.slow(bytesPerSecond ?? this.#bytesPerSecond);
  }

  /** One request over the line. @throws Error when it breaks, or nothing moves on it for too long */
  async request(
    method: string,
    path: string,
    sent: Omit<Sent, 'signal'> & { signal?: AbortSignal },
  ): Promise<Answer> {
    const stalled = new AbortController();
    const watch = this.#watch(stalled);
    const signals = [this.signal, stalled.signal, ...(sent.signal === undefined ? [] : [sent.signal])];
    try {
      return await exchange(this.line.port, method, path, { ...sent, signal: AbortSignal.any(signals) });
    } catch (error) {
      throw stalled.signal.aborted ? new Error('nothing moved') : error;
    } finally {
      clearInterval(watch);
    }
  }

  /**
   * Does a step until it says that it is done; what it throws is an interruption, but for what `isFinal` says.
   * @param progress grows when something was reached: then the pauses begin again
   */
  async keepOn(
    step: () => Promise<boolean>,
    options: { progress?: () => number; isFinal: (error: unknown) => boolean; signal?: AbortSignal },
  ): Promise<void> {
    const progress = options.progress ?? (() => 0);
    for (let tries = 0; ; tries += 1) {
      const before = progress();
      try {
        if (await step()) return;
      } catch (error) {
        if (this.signal.aborted || options.signal?.aborted || options.isFinal(error)) throw error;
      }
      if (progress() > before) tries = 0;
      const signal = AbortSignal.any([
        this.signal,
        ...(options.signal === undefined ? [] : [options.signal]),
      ]);
      await delay(pausesMs[Math.min(tries, pausesMs.length - 1)], undefined, { signal });
    }
  }

  async close(): Promise<void> {
    this.#nodes.clients.delete(this);
    await this.line.close();
  }

  #lead(): void {
    this.line.leadTo(this.#offline ? nowhere : this.#nodes.at(this.#node).port);
  }

  #watch(stalled: AbortController): NodeJS.Timeout {
    let seenBytes = this.line.passedBytes;
    let movedAtMs = performance.now();
    return setInterval(() => {
      if (this.line.passedBytes !== seenBytes) {
        seenBytes = this.line.passedBytes;
        movedAtMs = performance.now();
      } else if (performance.now() - movedAtMs > this.stallMs) stalled.abort();
    }, lookEveryMs);
  }
}

export interface ClientRun {
  nodes: Nodes;
  journal: Journal;
  signal: AbortSignal;
}
