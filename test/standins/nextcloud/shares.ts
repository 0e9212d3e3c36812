import type { StandinUser } from './options.ts';
import { isExpired, newShareToken, type ShareRow } from './share-rules.ts';
import type { Node, Tree } from './tree.ts';

const windowMs = 10 * 60 * 1000;

/** The shares of all accounts. A share is gone when its folder is, and when it has expired, as soon as it is read. */
export class Shares {
  readonly #tree: Tree;
  readonly #nowMs: () => number;
  readonly #timeZoneOf: (owner: string) => string;
  readonly #rows = new Map<string, ShareRow>();
  readonly #creations = new Map<string, number[]>();
  readonly #mails = new Map<string, number[]>();
  #lastId: number;

  constructor(
    tree: Tree,
    saved: { shares: readonly ShareRow[]; lastShareId: number },
    nowMs: () => number,
    timeZoneOf: (owner: string) => string,
  ) {
    this.#tree = tree;
    this.#nowMs = nowMs;
    this.#timeZoneOf = timeZoneOf;
    this.#lastId = saved.lastShareId;
    for (const row of saved.shares) this.#rows.set(row.id, row);
  }

  get lastId(): number {
    return this.#lastId;
  }

  all(): ShareRow[] {
    return [...this.#rows.values()].filter((row) => this.#isAlive(row));
  }

  byId(id: string): ShareRow | undefined {
    const row = this.#rows.get(id);
    return row !== undefined && this.#isAlive(row) ? row : undefined;
  }

  byToken(token: string): ShareRow | undefined {
    return this.all().find((row) => row.token === token);
  }

  nodeOf(row: ShareRow): Node | undefined {
    return this.#tree.byId(row.fileId);
  }

  add(row: Omit<ShareRow, 'id' | 'token' | 'createdAtS'>): ShareRow {
    this.#lastId += 1;
    const added = {
      ...row,
      id: String(this.#lastId),
      token: newShareToken(),
      createdAtS: Math.floor(this.#nowMs() / 1000),
    };
    this.#rows.set(added.id, added);
    return added;
  }

  remove(id: string): void {
    this.#rows.delete(id);
  }

  /** Counts a wish for a new share; false when the account has had its share of them in ten minutes. */
  mayCreate(owner: StandinUser, limit: number): boolean {
    return this.#mayStill(this.#creations, owner, limit);
  }

  /** The same for a mail about a share. */
  mayMail(owner: StandinUser, limit: number): boolean {
    return this.#mayStill(this.#mails, owner, limit);
  }

  #mayStill(wishes: Map<string, number[]>, owner: StandinUser, limit: number): boolean {
    const since = this.#nowMs() - windowMs;
    const recent = (wishes.get(owner.id) ?? []).filter((atMs) => atMs > since);
    wishes.set(owner.id, recent);
    if (recent.length >= limit) return false;
    recent.push(this.#nowMs());
    return true;
  }

  #isAlive(row: ShareRow): boolean {
    const alive =
      this.#tree.byId(row.fileId) !== undefined &&
      !isExpired(row, this.#nowMs(), this.#timeZoneOf(row.owner));
    if (!alive) this.#rows.delete(row.id);
    return alive;
  }
}
