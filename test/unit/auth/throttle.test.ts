import { expect, test } from 'vitest';
import { networkOf } from '../../../server/lib/networks.ts';

test('one subscriber’s IPv6 addresses count as one, however they are written', () => {
  const networks = ['2001:db8:1:2::1', '2001:0db8:0001:0002:ffff::9', '2001:db8:1:2:3:4:5:6'].map(networkOf);
  expect(new Set(networks)).toEqual(new Set(['2001:db8:1:2::/64']));
  expect(networkOf('2001:db8:1:3::1')).not.toBe(networks[0]);
  expect(networkOf('::1')).toBe('0:0:0:0::/64');
});

test('IPv4 addresses count each, also when they come as IPv6', () => {
  expect(networkOf('192.0.2.7')).toBe('192.0.2.7');
  expect(networkOf('::ffff:192.0.2.7')).toBe('192.0.2.7');
});
