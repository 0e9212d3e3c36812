import { setTimeout as delay } from 'node:timers/promises';
import { freePorts, type ProductProcess, startProduct } from '../../support/processes.ts';
import type { Client } from './client.ts';
import { type Journal, wordsOf } from './journal.ts';

/** As whoever supervises it would: it may meet a database that is away. */
const mostStarts = 10;
const lastWordsBytes = 3_000;
const dayMs = 24 * 60 * 60_000;

/** One of the portal's nodes, on a port that it keeps. */
export interface PortalNode {
  readonly port: number;
  readonly isUp: boolean;
  readonly pid: number;
}

class Node implements PortalNode {
  readonly port: number;
  readonly name: string;
  process: ProductProcess | undefined;
  /** It was told to end. */
  ending = false;
  /** What earlier processes have said. */
  said = '';

  constructor(name: string, port: number) {
    this.name = name;
    this.port = port;
  }

  get isUp(): boolean {
    return this.process !== undefined && this.process.ended === undefined && !this.ending;
  }

  get pid(): number {
    return this.process?.pid ?? 0;
  }
}

interface Surroundings {
  dir: string;
  env: Record<string, string>;
}

/** Two nodes of the portal. A client's line leads to one that is up. */
export class Nodes {
  readonly clients = new Set<Client>();
  readonly #nodes: Node[];
  readonly #journal: Journal;
  readonly #surroundings: Surroundings;

  private constructor(nodes: Node[], journal: Journal, surroundings: Surroundings) {
    this.#nodes = nodes;
    this.#journal = journal;
    this.#surroundings = surroundings;
  }

  static async start(journal: Journal, surroundings: Surroundings): Promise<Nodes> {
    const all: Node[] = [];
    for (const name of ['first node', 'second node']) all.push(new Node(name, await freePorts()));
    const nodes = new Nodes(all, journal, surroundings);
    for (const node of all) await nodes.#launch(node);
    return nodes;
  }

  get all(): readonly PortalNode[] {
    return this.#nodes;
  }

  at(index: number): PortalNode {
    return this.#node(index);
  }

  nameOf(index: number): string {
    return this.#node(index).name;
  }

  /** Ends a node; its clients' lines lead to the other from now on. */
  async end(index: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const node = this.#node(index);
    node.ending = true;
    for (const client of this.clients) if (client.node === index) client.leadTo(1 - index);
    try {
      const ended = await node.process?.end(signal);
      if (signal === 'SIGTERM' && ended?.code !== 0)
        this.#journal.found(`the ${node.name} ended with ${ended?.code ?? ended?.signal} after SIGTERM`, [
          this.#lastWords(node),
        ]);
    } catch (error) {
      this.#journal.found(`the ${node.name} did not end: ${wordsOf(error)}`);
      await node.process?.end('SIGKILL');
    }
  }

  async startAgain(index: number): Promise<void> {
    const node = this.#node(index);
    node.said = this.#said(node);
    node.process = undefined;
    for (let starts = 1; ; starts += 1) {
      try {
        return await this.#launch(node);
      } catch (error) {
        if (starts >= mostStarts) throw error;
        this.#journal.say(`the ${node.name} did not start: ${wordsOf(error).slice(0, 200)}`);
        await delay(1_000);
      }
    }
  }

  /** From now on nobody wonders when one ends. */
  letGo(): void {
    for (const node of this.#nodes) node.ending = true;
  }

  /** Lines about something that any process of either node has logged. */
  linesAbout(text: string): string[] {
    return this.#nodes.flatMap((node) =>
      this.#said(node)
        .split('\n')
        .filter((line) => line.includes(text))
        .map((line) => `${node.name}: ${line.slice(0, 1_500)}`),
    );
  }

  async #launch(node: Node): Promise<void> {
    const { dir, env } = this.#surroundings;
    node.process = await startProduct('portal', { dir, env: { ...env, PORT: String(node.port) } });
    node.ending = false;
    this.#lookAfter(node, node.process).catch(() => undefined);
  }

  /** A node that ends unasked is a finding, and is started again as it would be in life. */
  async #lookAfter(node: Node, process: ProductProcess): Promise<void> {
    const ended = await process.whenEnded(dayMs);
    if (node.ending || node.process !== process) return;
    this.#journal.found(`the ${node.name} ended by itself with ${ended.code ?? ended.signal}`, [
      this.#lastWords(node),
    ]);
    await this.startAgain(this.#nodes.indexOf(node));
  }

  #said(node: Node): string {
    return `${node.said}${node.process?.output() ?? ''}`;
  }

  #lastWords(node: Node): string {
    return this.#said(node).slice(-lastWordsBytes);
  }

  #node(index: number): Node {
    const node = this.#nodes[index];
    if (node === undefined) throw new Error(`no node ${index}`);
    return node;
  }
}
