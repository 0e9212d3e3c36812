import { setTimeout as delay } from 'node:timers/promises';

const betweenMs = 50;

/**
 * Asks until there is an answer other than `undefined` or `false`.
 * @throws Error that says what was waited for
 */
export const until = async <T>(
  what: string,
  limitMs: number,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> => {
  const deadlineMs = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadlineMs) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    await delay(betweenMs);
  }
};
