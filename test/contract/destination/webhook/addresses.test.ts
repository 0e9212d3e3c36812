import { BlockList } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { webhook as module } from '../../../../server/importer/destinations/webhook/deliver.ts';
import { createOutgoingClient } from '../../../../server/lib/outgoing/client.ts';
import { type AddressGuard, createAddressGuard } from '../../../../server/lib/outgoing/guard.ts';
import { type Receiver, startReceiver } from '../../../standins/webhook/receiver.ts';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { loopback, toolsOf } from '../tools.ts';
import { signingSecret } from './harness.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver({ signingSecret });
});
afterEach(() => receiver.close());

const only = (...addresses: string[]): AddressGuard => {
  const allowed = new BlockList();
  for (const address of addresses) allowed.addAddress(address);
  return createAddressGuard(allowed);
};
const open = (url: string, guard: AddressGuard) =>
  module.open(
    { url },
    {
      ...toolsOf({ secrets: { signingSecret } }),
      guard,
      http: createOutgoingClient({ guard, progressTimeoutMs: 1_000 }),
    },
  );
const send = (url: string, guard: AddressGuard) =>
  open(url, guard).deliver(deliveryOf([fileOf('a.txt', Buffer.from('a'))]), contextOf());
const refused = { code: 'destination.address-refused', retry: 'later' };
const port = () => new URL(receiver.url).port;

test.each(['127.0.0.1', 'localhost'])('%s is not called unless it is allowed', async (host) => {
  receiver.next({ status: 200 });
  for (const scheme of ['http', 'https'])
    await expect(send(`${scheme}://${host}:${port()}/hook`, only())).rejects.toMatchObject(refused);
  expect(receiver.received).toHaveLength(0);
  await send(`http://${host}:${port()}/hook`, only('127.0.0.1'));
  expect(receiver.received).toHaveLength(1);
});

test('staff are told of one that may not be called', async () => {
  const check = (guard: AddressGuard) => open(`${receiver.url}/hook`, guard).check();
  const { fit, findings } = await check(only());
  expect([fit, findings[0]?.text.ja]).toEqual([false, expect.stringContaining('許可されていない')]);
  expect((await check(loopback())).fit).toBe(true);
});

describe.skipIf(process.platform !== 'linux')('on a second address of this machine', () => {
  let inside: Receiver;
  beforeEach(async () => {
    inside = await startReceiver({ signingSecret, host: '127.0.0.2' });
  });
  afterEach(() => inside.close());

  test('a name that means another address by the time of the call is no way there', async () => {
    const guard = only('127.0.0.1');
    /** The name's addresses, one for each time it is asked for. */
    const meaning = (...addresses: string[]): AddressGuard => ({
      ...guard,
      lookup: (_, options, callback) => guard.lookup(addresses.shift() ?? '127.0.0.2', options, callback),
    });
    const url = `http://rebind.test:${new URL(inside.url).port}/hook`;
    await expect(send(url, meaning('127.0.0.1', '127.0.0.2'))).rejects.toMatchObject(refused);
    expect(inside.received).toHaveLength(0);
    receiver.next({ status: 200 });
    await send(`http://rebind.test:${port()}/hook`, meaning('127.0.0.1', '127.0.0.1'));
    expect(receiver.received).toHaveLength(1);
  });

  test('a redirect is no way there', async () => {
    receiver.next({ status: 307, headers: { location: `${inside.url}/hook` } });
    await expect(send(`${receiver.url}/hook`, only('127.0.0.1', '127.0.0.2'))).rejects.toMatchObject({
      code: 'destination.unavailable',
      details: { status: 307 },
    });
    expect(inside.received).toHaveLength(0);
    inside.next({ status: 200 });
    await send(`${inside.url}/hook`, only('127.0.0.1', '127.0.0.2'));
    expect(inside.received).toHaveLength(1);
  });
});

test('an address outside is sent nothing without TLS, by number or by name', async () => {
  const outside: AddressGuard = {
    ...only(),
    lookup: (_, options, callback) => only().lookup('192.0.2.1', options, callback),
  };
  for (const host of ['192.0.2.1', 'receiver.test'])
    await expect(send(`http://${host}/hook`, outside)).rejects.toMatchObject({
      code: 'destination.rejected',
      details: { http: true },
    });
  receiver.next({ status: 200 });
  await send(`${receiver.url}/hook`, loopback());
});
