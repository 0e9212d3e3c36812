import { expect, test } from 'vitest';
import { instantOf, isZone } from '../../../server/lib/zones.ts';

test.each([
  ['2026-11-30T17:00', 'Asia/Tokyo', '2026-11-30T08:00:00.000Z'],
  ['2026-01-15T09:00', 'Europe/Berlin', '2026-01-15T08:00:00.000Z'],
  ['2026-07-15T09:00', 'Europe/Berlin', '2026-07-15T07:00:00.000Z'],
  ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ['2026-12-31T23:59', 'UTC', '2026-12-31T23:59:00.000Z'],
])('%s on a clock in %s is %s', (local, zone, instant) => {
  expect(instantOf(local, zone)?.toISOString()).toBe(instant);
});

test('what is no date is no instant', () => {
  expect(instantOf('2026-13-40T99:00', 'Asia/Tokyo')).toBeUndefined();
  expect(instantOf('', 'Asia/Tokyo')).toBeUndefined();
});

test('zones are known by their names', () => {
  expect(isZone('Asia/Tokyo')).toBe(true);
  expect(isZone('Mars/Olympus')).toBe(false);
});
