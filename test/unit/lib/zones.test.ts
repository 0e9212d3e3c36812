import { expect, test } from 'vitest';
import { instantOf, isZone, localOf } from '../../../server/lib/zones.ts';

test.each([
  ['2026-11-30T17:00', 'Asia/Tokyo', '2026-11-30T08:00:00.000Z'],
  ['2026-01-15T09:00', 'Europe/Berlin', '2026-01-15T08:00:00.000Z'],
  ['2026-07-15T09:00', 'Europe/Berlin', '2026-07-15T07:00:00.000Z'],
  ['2026-03-29T01:30', 'Europe/Berlin', '2026-03-29T00:30:00.000Z'],
  ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ['2026-03-08T01:59', 'America/New_York', '2026-03-08T06:59:00.000Z'],
  ['2026-03-08T03:00', 'America/New_York', '2026-03-08T07:00:00.000Z'],
  ['2026-10-04T01:45', 'Australia/Lord_Howe', '2026-10-03T15:15:00.000Z'],
  ['2026-10-04T02:30', 'Australia/Lord_Howe', '2026-10-03T15:30:00.000Z'],
  ['2026-11-30T17:00:30', 'Asia/Tokyo', '2026-11-30T08:00:30.000Z'],
  ['2028-02-29T09:00', 'UTC', '2028-02-29T09:00:00.000Z'],
  ['2026-12-31T23:59', 'UTC', '2026-12-31T23:59:00.000Z'],
])('%s on a clock in %s is %s', (local, zone, instant) => {
  expect(instantOf(local, zone)?.toISOString()).toBe(instant);
});

test.each([
  ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T03:30'],
  ['2026-03-08T02:30', 'America/New_York', '2026-03-08T03:30'],
  ['2026-03-08T02:00', 'America/New_York', '2026-03-08T03:00'],
  ['2026-10-04T02:15', 'Australia/Lord_Howe', '2026-10-04T02:45'],
  ['2011-12-30T12:00', 'Pacific/Apia', '2011-12-31T12:00'],
])('%s is skipped by the clocks of %s, and becomes %s', (local, zone, shown) => {
  const at = instantOf(local, zone);
  expect(at && localOf(at, zone)).toBe(shown);
});

test.each([
  ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  ['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30:00.000Z'],
  ['2026-04-05T01:45', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z'],
])('%s is twice on the clocks of %s: the first is meant, %s', (local, zone, instant) => {
  expect(instantOf(local, zone)?.toISOString()).toBe(instant);
});

test.each([
  '2026-13-40T99:00',
  '',
  '2027',
  '2027-02',
  '2027-01-01',
  '2027-02-30T09:00',
  '2027-02-29T09:00',
  '2027-01-01T24:00',
  '2027-01-01T09:60',
  '+002027-01-01T09:00',
  '2027-01-01T09:00Z',
])('%j is no date with a time, and no instant', (local) => {
  expect(instantOf(local, 'Asia/Tokyo')).toBeUndefined();
});

test('zones are known by their names', () => {
  expect(isZone('Asia/Tokyo')).toBe(true);
  expect(isZone('Mars/Olympus')).toBe(false);
});
