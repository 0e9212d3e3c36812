/** Wrong logins and wrong guesses at public shares are counted apart. */
export type Action = 'login' | 'share';

const windowMs = 30 * 60 * 1000;
const allowedAttempts = 10;

/**
 * Brute-force protection per source address: more than ten attempts in half an hour lock it out, the right
 * password included (measured on Nextcloud 32.0.1). Kept in memory: a restart forgets.
 */
export class Throttle {
  readonly #nowMs: () => number;
  readonly #attempts = new Map<string, number[]>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  count(action: Action, source: string, attempts: number): void {
    const kept = this.#recent(action, source);
    for (let i = 0; i < attempts; i++) kept.push(this.#nowMs());
    this.#attempts.set(`${action} ${source}`, kept);
  }

  attempts(action: Action, source: string): number {
    return this.#recent(action, source).length;
  }

  isLocked(action: Action, source: string): boolean {
    return this.attempts(action, source) > allowedAttempts;
  }

  forget(): void {
    this.#attempts.clear();
  }

  #recent(action: Action, source: string): number[] {
    const since = this.#nowMs() - windowMs;
    return (this.#attempts.get(`${action} ${source}`) ?? []).filter((atMs) => atMs > since);
  }
}
