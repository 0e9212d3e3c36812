import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DestinationTools } from '../../../../server/importer/destinations/destination.ts';
import { webhook as module } from '../../../../server/importer/destinations/webhook/deliver.ts';
import type { DeliveryMessage } from '../../../../server/importer/destinations/webhook/message.ts';
import { createDeliveryCallbacks } from '../../../../server/lib/delivery-callbacks.ts';
import { Failure } from '../../../../server/lib/failure.ts';
import { createSealing } from '../../../../server/lib/sealing.ts';
import { type Mishap, type Receiver, startReceiver } from '../../../standins/webhook/receiver.ts';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { toolsOf } from '../tools.ts';
import { openWebhookPlace, otherSecret, signingSecret } from './harness.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver({ signingSecret });
});
afterEach(() => receiver.close());

const callbacks = createDeliveryCallbacks({
  publicUrl: new URL('https://portal.example.org'),
  sealing: createSealing(Buffer.alloc(32, 'k')),
});

interface Opened {
  config?: Record<string, unknown>;
  secrets?: Record<string, string>;
  tools?: Partial<DestinationTools>;
}
const open = ({ config = {}, secrets = {}, tools = {} }: Opened = {}) =>
  module.open(
    { url: `${receiver.url}/hook`, ...config },
    { ...toolsOf({ secrets: { signingSecret, ...secrets }, progressTimeoutMs: 1_000 }), ...tools },
  );
/** Where nothing is fetched: what is sent is what matters. */
const aDelivery = () => deliveryOf([fileOf('sub/a.txt', Buffer.from('a'))]);
/** The receiver answers so, and takes nothing. */
const answering = (mishap: Mishap) => receiver.next(mishap);
const lastMessage = (): DeliveryMessage =>
  JSON.parse(receiver.received.at(-1)?.text ?? '') as DeliveryMessage;

describe('the message', () => {
  beforeEach(() => answering({ status: 204 }));

  test('says who sent what, and where each file can be fetched without credentials', async () => {
    const delivery = aDelivery();
    await open().deliver(delivery, contextOf());
    const [message] = receiver.received;
    expect(message?.isVerified).toBe(true);
    expect(message?.headers['content-type']).toBe('application/json');
    expect(message?.id).toBe(delivery.key);
    expect(lastMessage()).toMatchObject({
      type: 'uketori.delivery',
      timestamp: '2026-11-22T01:05:00.000Z',
      data: {
        format: 'uketori-manifest',
        deliveryKey: delivery.key,
        per: 'submission',
        receiptNumber: delivery.receiptNumber,
        submitter: delivery.submitter,
        answers: delivery.answers,
        files: [
          {
            id: delivery.files[0]?.id,
            path: 'sub/a.txt',
            sizeBytes: 1,
            sha256: delivery.files[0]?.sha256,
            download: {
              url: 'https://cloud.invalid/direct/sub/a.txt',
              expiresAt: '2026-11-23T00:00:00.000Z',
            },
          },
        ],
      },
    });
    expect(Object.keys(lastMessage().data)).not.toContain('renew');
  });

  test('is the same message when it is sent again, with fresh links and another time', async () => {
    answering({ status: 204 });
    let minted = 0;
    const file = fileOf('a.txt', Buffer.from('a'));
    file.directLink = () => {
      minted += 1;
      return Promise.resolve({ url: `https://cloud.invalid/${minted}`, expiresAt: new Date() });
    };
    const delivery = deliveryOf([file]);
    const startMs = Date.parse('2026-11-26T00:00:00Z');
    for (const afterMs of [0, 3_600_000])
      await open().deliver(delivery, {
        ...contextOf(),
        clock: { now: () => new Date(startMs + afterMs) },
      });
    const [first, second] = receiver.received;
    expect(second?.id).toBe(first?.id);
    expect([first, second].map((message) => Number(message?.headers['webhook-timestamp']))).toEqual([
      startMs / 1000,
      startMs / 1000 + 3600,
    ]);
    expect(first?.text).toContain('https://cloud.invalid/1');
    expect(second?.text).toContain('https://cloud.invalid/2');
  });

  test('is signed with the new secret and the one before, and with no other', async () => {
    await open({ secrets: { signingSecret: otherSecret, previousSigningSecret: signingSecret } }).deliver(
      aDelivery(),
      contextOf(),
    );
    const { text = '', headers = {} } = receiver.received[0] ?? {};
    const verify = (secret: string) => () =>
      new Webhook(secret).verify(text, headers as Record<string, string>);
    expect(verify(signingSecret)).not.toThrow();
    expect(verify(otherSecret)).not.toThrow();
    expect(verify(`whsec_${Buffer.alloc(32).toString('base64')}`)).toThrow('No matching signature');
  });

  test('tells where to come back, with a token for this delivery alone', async () => {
    const delivery = aDelivery();
    await open({ tools: { callbacks } }).deliver(delivery, contextOf());
    const { renew, acknowledge } = lastMessage().data;
    const at = `https://portal.example.org/api/v1/deliveries/${delivery.key}`;
    expect(renew).toMatchObject({ method: 'POST', url: `${at}/links` });
    expect(acknowledge).toMatchObject({ method: 'POST', url: `${at}/acknowledgement`, required: false });
    const token = renew?.authorization.replace('Bearer ', '') ?? '';
    expect(callbacks.isGood(delivery.key, 0, token)).toBe(true);
    expect(callbacks.isGood(`${delivery.key}0`, 0, token)).toBe(false);
  });

  test('holds links and tokens, and what the ledger keeps holds neither', async () => {
    const delivery = aDelivery();
    const delivered = await open({ tools: { callbacks } }).deliver(delivery, contextOf());
    expect(receiver.received[0]?.text).toContain('https://cloud.invalid/direct/');
    expect(JSON.stringify(delivered)).not.toMatch(/cloud\.invalid|Bearer|\/api\/v1/);
  });
});

describe('who says that it is delivered', () => {
  beforeEach(() => answering({ status: 202 }));

  test('the answer to the message, where nothing else is asked for', async () => {
    const delivered = await open({ tools: { callbacks } }).deliver(aDelivery(), contextOf());
    expect(delivered).not.toHaveProperty('awaiting');
  });

  test('the acknowledgement of the receiver, where it is asked for', async () => {
    const config = { acknowledge: 'receiver' };
    const delivered = await open({ config, tools: { callbacks } }).deliver(aDelivery(), contextOf());
    expect(delivered.awaiting).toBe('acknowledgement');
    expect(lastMessage().data.acknowledge?.required).toBe(true);
  });

  test('a portal that can not be told refuses to wait for it', () => {
    expect(() => open({ config: { acknowledge: 'receiver' } })).toThrow(Failure);
    expect(() => open({ config: { acknowledge: 'receiver' }, tools: { callbacks } })).not.toThrow();
  });
});

describe('what the receiver answers', () => {
  test.each([200, 201, 202, 204, 299])('%i is success', async (status) => {
    answering({ status });
    await expect(open().deliver(aDelivery(), contextOf())).resolves.toMatchObject({ details: { status } });
  });

  test.each([
    [301, 'destination.unavailable', 'later'],
    [400, 'destination.rejected', 'never'],
    [403, 'destination.auth', 'later'],
    [404, 'destination.unavailable', 'later'],
    [409, 'destination.conflict', 'never'],
    [410, 'destination.rejected', 'never'],
    [422, 'destination.rejected', 'never'],
    [500, 'destination.unavailable', 'later'],
  ])('%i is %s, to be tried again: %s', async (status, code, retry) => {
    answering({ status });
    await expect(open().deliver(aDelivery(), contextOf())).rejects.toMatchObject({ code, retry });
  });

  test('410 says that the destination is done with, another refusal does not', async () => {
    answering({ status: 410 });
    answering({ status: 404 });
    const failures = [
      await open()
        .deliver(aDelivery(), contextOf())
        .catch((error: unknown) => error),
      await open()
        .deliver(aDelivery(), contextOf())
        .catch((error: unknown) => error),
    ];
    expect(failures.map((failure) => (failure as Failure).details.gone)).toEqual([true, undefined]);
  });

  test('how long it wants to be left alone is heeded', async () => {
    answering({ status: 503, headers: { 'retry-after': '120' } });
    await expect(open().deliver(aDelivery(), contextOf())).rejects.toMatchObject({
      retry: { afterMs: 120_000 },
    });
  });

  test('an answer of 32 MiB is success, and little of it is read', async () => {
    answering({ status: 200, body: Buffer.alloc(32 * 1024 * 1024) });
    const { http } = toolsOf();
    let readBytes = 0;
    const counting: DestinationTools['http'] = {
      ...http,
      async open(call) {
        const reply = await http.open(call);
        reply.body
          .on('data', (chunk: Buffer) => {
            readBytes += chunk.length;
          })
          .pause();
        return reply;
      },
    };
    await open({ tools: { http: counting } }).deliver(aDelivery(), contextOf());
    expect(readBytes).toBeGreaterThan(64 * 1024);
    expect(readBytes).toBeLessThan(1024 * 1024);
  });

  test('an answer that never ends is success when its status has come', async () => {
    answering({ status: 200, headers: { 'content-length': '100' }, body: 'only the beginning' });
    await open().deliver(aDelivery(), contextOf());
    expect(receiver.received).toHaveLength(1);
  });

  test('an importer that stops does not wait for it', async () => {
    answering('silent');
    const stop = new AbortController();
    const delivering = open().deliver(aDelivery(), contextOf(stop.signal));
    const outcome = delivering.catch((error: unknown) => error);
    await expect.poll(() => receiver.received.length).toBe(1);
    stop.abort();
    expect(await outcome).toMatchObject({ name: 'AbortError' });
  });
});

test('a file that is gone from Nextcloud is the failure of the source, and nothing is sent', async () => {
  const gone = new Failure('nextcloud.not-found', { retry: 'later' });
  const delivery = deliveryOf([
    { ...fileOf('a.txt', Buffer.from('a')), directLink: () => Promise.reject(gone) },
  ]);
  await expect(open().deliver(delivery, contextOf())).rejects.toBe(gone);
  expect(receiver.received).toHaveLength(0);
});

test('a check sends one signed message that carries nothing', async () => {
  expect((await open().check()).fit).toBe(true);
  const [message] = receiver.received;
  expect([receiver.received.length, message?.isVerified]).toEqual([1, true]);
  expect(JSON.parse(message?.text ?? '')).toMatchObject({ type: 'uketori.check', data: {} });
  expect(receiver.taken.size).toBe(0);
});

test('a receiver that was away takes the files over when it is back, once', async () => {
  const place = await openWebhookPlace();
  const delivery = deliveryOf([await place.file('a.txt', Buffer.from('a'))]);
  place.receiver.next({ status: 503 });
  await expect(place.destination().deliver(delivery, contextOf())).rejects.toMatchObject({ retry: 'later' });
  expect(await place.effects(delivery.key)).toBe(0);
  await place.destination().deliver(delivery, contextOf());
  await place.destination().deliver(delivery, contextOf());
  expect(await place.effects(delivery.key)).toBe(1);
  expect(place.receiver.received).toHaveLength(3);
  await place.remove();
});
