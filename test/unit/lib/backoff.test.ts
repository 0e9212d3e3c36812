import { expect, test } from 'vitest';
import { backoffMs } from '../../../server/lib/backoff.ts';

const limits = { leastMs: 2_000, mostMs: 3_600_000 };

test('the wait doubles with every attempt, up to the limit', () => {
  const full = (attempts: number) => backoffMs(attempts, 'later', limits, 1);
  expect([1, 2, 3, 4].map(full)).toEqual([2_000, 4_000, 8_000, 16_000]);
  expect(full(12)).toBe(3_600_000);
  expect(full(5_000)).toBe(3_600_000);
});

test('half of the wait is drawn', () => {
  expect(backoffMs(1, 'later', limits, 0)).toBe(1_000);
  expect(backoffMs(1, 'later', limits, 0.5)).toBe(1_500);
});

test('a failure that asks for more time gets it, and one that asks for less does not shorten the wait', () => {
  expect(backoffMs(1, { afterMs: 120_000 }, limits, 0)).toBe(120_000);
  expect(backoffMs(8, { afterMs: 1 }, limits, 1)).toBe(256_000);
});
