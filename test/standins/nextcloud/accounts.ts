import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Exchange, header, splitOnce } from './exchange.ts';
import type { StandinUser } from './options.ts';
import type { SavedState } from './state.ts';
import type { Throttle } from './throttle.ts';

export type SignIn =
  | { kind: 'in'; user: StandinUser; with: 'login-password' | 'app-password'; secret: string }
  | { kind: 'anonymous' }
  | { kind: 'wrong' }
  | { kind: 'locked-out' };

/** Who may sign in, and with which passwords. */
export class Accounts {
  readonly #users = new Map<string, StandinUser>();
  readonly #made: Set<string>;
  readonly #minted: Set<string>;
  readonly #revoked: Set<string>;
  readonly #throttle: Throttle;
  readonly #loginPasswordCostMs: number;

  constructor(
    users: readonly StandinUser[],
    saved: Pick<SavedState, 'users' | 'appPasswords' | 'revoked'>,
    throttle: Throttle,
    loginPasswordCostMs: number,
  ) {
    for (const user of [...users, ...saved.users]) this.#users.set(user.id, user);
    this.#made = new Set(saved.users.map(({ id }) => id));
    this.#minted = new Set(saved.appPasswords);
    this.#revoked = new Set(saved.revoked);
    this.#throttle = throttle;
    this.#loginPasswordCostMs = loginPasswordCostMs;
  }

  get users(): StandinUser[] {
    return [...this.#users.values()];
  }

  /** The accounts that an administrator made. */
  get made(): StandinUser[] {
    return this.users.filter(({ id }) => this.#made.has(id));
  }

  get minted(): string[] {
    return [...this.#minted];
  }

  get revoked(): string[] {
    return [...this.#revoked];
  }

  user(id: string): StandinUser | undefined {
    return this.#users.get(id);
  }

  /** As a server's own database knows it: in upper or lower case. */
  userInAnyCase(id: string): StandinUser | undefined {
    return this.users.find((user) => user.id.toLowerCase() === id.toLowerCase());
  }

  /** A locked-out address is refused before its password is looked at; without credentials it isn't refused. */
  async signIn(exchange: Exchange): Promise<SignIn> {
    const given = credentials(exchange);
    if (given === undefined) return { kind: 'anonymous' };
    if (this.#throttle.isLocked('login', exchange.source)) return { kind: 'locked-out' };
    const [id, secret] = given;
    const user = this.#users.get(id);
    if (user !== undefined && this.#isAppPassword(user, secret)) {
      return { kind: 'in', user, with: 'app-password', secret };
    }
    if (this.#loginPasswordCostMs > 0) await wait(this.#loginPasswordCostMs);
    if (user !== undefined && secret === user.loginPassword) {
      return { kind: 'in', user, with: 'login-password', secret };
    }
    this.#throttle.count('login', exchange.source, 1);
    return { kind: 'wrong' };
  }

  add(user: StandinUser): void {
    this.#users.set(user.id, user);
    this.#made.add(user.id);
  }

  remove(id: string): void {
    this.#users.delete(id);
    this.#made.delete(id);
  }

  isLoginPassword(id: string, secret: string): boolean {
    return this.#users.get(id)?.loginPassword === secret;
  }

  mintAppPassword(user: StandinUser): string {
    const secret = randomBytes(54).toString('base64').replaceAll(/[+/]/g, 'x');
    this.#minted.add(keyOf(user.id, secret));
    return secret;
  }

  revokeAppPassword(userId: string, secret: string): void {
    this.#minted.delete(keyOf(userId, secret));
    this.#revoked.add(keyOf(userId, secret));
  }

  revokeAllAppPasswords(userId: string): void {
    for (const key of this.#minted) if (key.startsWith(`${userId} `)) this.#minted.delete(key);
    const user = this.#users.get(userId);
    if (user !== undefined) this.#revoked.add(keyOf(userId, user.appPassword));
  }

  /** The account's first app password works again. */
  restoreAppPassword(userId: string): void {
    const user = this.#users.get(userId);
    if (user !== undefined) this.#revoked.delete(keyOf(userId, user.appPassword));
  }

  #isAppPassword(user: StandinUser, secret: string): boolean {
    const key = keyOf(user.id, secret);
    if (this.#revoked.has(key)) return false;
    return secret === user.appPassword || this.#minted.has(key);
  }
}

const keyOf = (userId: string, secret: string): string =>
  `${userId} ${createHash('sha256').update(secret).digest('hex')}`;

export const credentials = (exchange: Exchange): [string, string] | undefined => {
  const [scheme, encoded = ''] = splitOnce(header(exchange, 'authorization') ?? '', ' ');
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const [name, secret = ''] = splitOnce(Buffer.from(encoded, 'base64').toString('utf8'), ':');
  return [name, secret];
};
