import { BlockList } from 'node:net';
import { describe, expect, test } from 'vitest';
import { networksOf } from '../../../../server/lib/networks.ts';
import { createAddressGuard } from '../../../../server/lib/outgoing/guard.ts';

const guard = createAddressGuard(new BlockList());

test.each([
  '127.0.0.1',
  '127.9.9.9',
  '0.0.0.0',
  '10.1.2.3',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.100.100.200',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  '[::1]',
  'fe80::1',
  'fe80::1%eth0',
  'fd00:ec2::254',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:a9fe:a9fe',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'ff02::1',
  'no address',
])('%s may not be called', (address) => {
  expect(guard.allows(address)).toBe(false);
});

test.each(['93.184.215.14', '172.32.0.1', '2606:2800:21f:cb07::1', '::ffff:93.184.215.14'])(
  '%s may be called',
  (address) => {
    expect(guard.allows(address)).toBe(true);
  },
);

describe('a network that is allowed', () => {
  const open = createAddressGuard(networksOf('10.1.0.0/16, ::1') ?? new BlockList());

  test('may be called, and its neighbours may not', () => {
    expect(
      ['10.1.2.3', '10.2.2.3', '::1', '::2', '127.0.0.1'].map((address) => open.allows(address)),
    ).toEqual([true, false, true, true, false]);
  });
});

test('a name is resolved to allowed addresses alone', async () => {
  const resolved = (allowed: string) =>
    new Promise((resolve) => {
      createAddressGuard(networksOf(allowed) ?? new BlockList()).lookup(
        'localhost',
        { all: true },
        (error, found) => resolve(error ?? found),
      );
    });
  expect(await resolved('')).toMatchObject({ code: 'destination.address-refused', retry: 'later' });
  expect(await resolved('127.0.0.0/8')).toEqual([{ address: '127.0.0.1', family: 4 }]);
});
