import { describe, expect, test } from 'vitest';
import { openShareExpiry, requestShareExpiry } from '../../../server/intake/rules/share-expiry.ts';

const free = { enforced: false, days: undefined };
const enforced = { enforced: true, days: 7 };
const now = new Date('2026-11-27T05:00:00Z');
const until = (deadline: string | null, graceMinutes = 0) => ({
  deadlineAt: deadline === null ? null : new Date(deadline),
  graceMinutes,
});

/** When a day begins in the zone that is the first to reach it. */
const beginsAt = (day: string | null): number => Date.parse(`${day}T00:00:00+14:00`);

describe('a share that lets people in without the portal', () => {
  test.each(['2026-12-01T00:00:00Z', '2026-12-01T09:59:59Z', '2026-12-01T10:00:00Z', '2026-12-01T23:59:59Z'])(
    'ends after its request, wherever its account lives, and within two days and a half (%s)',
    (deadline) => {
      const over = beginsAt(openShareExpiry(until(deadline), free, now)) - Date.parse(deadline);
      expect(over).toBeGreaterThan(0);
      expect(over).toBeLessThanOrEqual(60 * 3_600_000);
    },
  );

  test('counts the grace', () => {
    const day = openShareExpiry(until('2026-12-01T00:00:00Z', 3 * 24 * 60), free, now);
    expect(day).toBe('2026-12-05');
  });

  test('ends not in the past, where the deadline is over', () => {
    expect(beginsAt(openShareExpiry(until('2026-11-01T00:00:00Z'), free, now))).toBeGreaterThan(
      now.getTime(),
    );
  });

  test('does not end without a deadline, unless the server wants a date', () => {
    expect(openShareExpiry(until(null), free, now)).toBeNull();
    expect(openShareExpiry(until(null), enforced, now)).toBe('2026-12-03');
  });

  test('ends no later than the server allows, in whatever zone it counts', () => {
    expect(openShareExpiry(until('2027-06-01T00:00:00Z'), enforced, now)).toBe('2026-12-03');
    expect(openShareExpiry(until('2026-11-28T00:00:00Z'), enforced, now)).toBe('2026-11-29');
  });
});

test('the share of a request has the last day that is allowed, or none', () => {
  expect(requestShareExpiry(free, now)).toBeNull();
  expect(requestShareExpiry(enforced, now)).toBe('2026-12-03');
});
