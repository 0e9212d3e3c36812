import { expect, test } from 'vitest';
import { networksOf } from '../../../server/lib/networks.ts';

test('addresses and ranges of both families are understood', () => {
  const networks = networksOf('127.0.0.1, 10.0.0.0/8 2001:db8::/32');
  expect(networks?.check('10.9.9.9')).toBe(true);
  expect(networks?.check('127.0.0.2')).toBe(false);
  expect(networks?.check('2001:db8::7', 'ipv6')).toBe(true);
  expect(networksOf('')?.check('127.0.0.1')).toBe(false);
});

test.each(['10.0.0.0/33', '10.0.0.0/x', 'localhost', '::1/129', '10.0.0'])('%s is no network', (text) => {
  expect(networksOf(text)).toBeUndefined();
});
