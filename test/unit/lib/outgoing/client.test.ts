import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BlockList } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../../server/lib/failure.ts';
import { createOutgoingClient, type OutgoingClient } from '../../../../server/lib/outgoing/client.ts';
import { createAddressGuard } from '../../../../server/lib/outgoing/guard.ts';
import { failureOfStatus, retryAfter } from '../../../../server/lib/outgoing/status.ts';
import { loopback } from '../../../contract/destination/tools.ts';

let answer: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
const server = createServer();
let client: OutgoingClient;
let url: string;
let asked: number;

beforeEach(async () => {
  asked = 0;
  server.removeAllListeners('request').on('request', (request, response) => {
    asked += 1;
    void answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  client = createOutgoingClient({ guard: loopback(), progressTimeoutMs: 300 });
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  await client.close();
});

test('a stream goes out with its length, and the answer comes back', async () => {
  let received: Buffer | undefined;
  answer = async (request, response) => {
    received = await buffer(request);
    response.setHeader('X-Length', request.headers['content-length'] ?? 'none');
    response.end('{"fine":true}');
  };
  const body = { stream: Readable.from([Buffer.from('ab'), Buffer.from('c')]), sizeBytes: 3 };
  const reply = await client.call({ method: 'PUT', url, body });
  expect([reply.status, reply.json(), reply.headers['x-length']]).toEqual([200, { fine: true }, '3']);
  expect(received?.toString()).toBe('abc');
});

test('a form arrives as a form, with the names that were given', async () => {
  let body = Buffer.alloc(0);
  let headers: IncomingMessage['headers'] = {};
  answer = async (request, response) => {
    headers = request.headers;
    body = await buffer(request);
    response.end();
  };
  const stream = Readable.from([Buffer.from('file '), Buffer.from('bytes')]);
  const filename = '確定申告 "最終"\r\nX-Evil: 1.pdf';
  await client.call({
    method: 'POST',
    url,
    body: {
      form: [
        { name: 'attributes', body: '{"a":1}' },
        { name: 'file', filename, contentType: 'application/pdf', body: { stream, sizeBytes: 10 } },
      ],
    },
  });
  expect(headers['content-length']).toBe(String(body.length));
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': headers['content-type'] ?? '' },
  }).formData();
  expect(form.get('attributes')).toBe('{"a":1}');
  const file = form.get('file') as File;
  expect([file.name, file.type, await file.text()]).toEqual([filename, 'application/pdf', 'file bytes']);
});

test('what a stream fails with is what the call fails with', async () => {
  answer = () => undefined;
  const failure = new Failure('upload.integrity');
  const stream = Readable.from(
    (async function* () {
      yield Buffer.from('ab');
      throw failure;
    })(),
  );
  await expect(client.call({ method: 'PUT', url, body: { stream, sizeBytes: 3 } })).rejects.toBe(failure);
});

test('a server that says nothing is given up; one that is slow but moves is not', async () => {
  answer = () => undefined;
  await expect(client.call({ method: 'GET', url })).rejects.toMatchObject({
    code: 'destination.unavailable',
    retry: 'later',
    details: { stalled: true },
  });
  answer = (_, response) => {
    let left = 5;
    const drip = setInterval(() => {
      response.write('x');
      left -= 1;
      if (left > 0) return;
      clearInterval(drip);
      response.end();
    }, 150);
  };
  expect((await client.call({ method: 'GET', url })).text).toBe('xxxxx');
});

test('a redirect is an answer, and is not followed', async () => {
  answer = (_, response) => {
    response.writeHead(302, { location: url }).end();
  };
  expect((await client.call({ method: 'GET', url })).status).toBe(302);
  expect(asked).toBe(1);
});

test('an answer that is too long is not read to its end', async () => {
  answer = (_, response) => {
    response.end(Buffer.alloc(2_000_000, 'x'));
  };
  await expect(client.call({ method: 'GET', url, mostAnswerBytes: 1_000_000 })).rejects.toMatchObject({
    code: 'destination.unavailable',
  });
});

test('who stops gets the reason', async () => {
  answer = () => undefined;
  const stop = new AbortController();
  const calling = client.call({ method: 'GET', url, signal: stop.signal });
  stop.abort();
  await expect(calling).rejects.toMatchObject({ name: 'AbortError' });
});

describe('an address inside', () => {
  test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])(
    '%s is not called, nor is anything behind it',
    async (host) => {
      answer = (_, response) => {
        response.end();
      };
      const guarded = createOutgoingClient({ guard: createAddressGuard(new BlockList()) });
      const { port } = new URL(url);
      await expect(guarded.call({ method: 'GET', url: `http://${host}:${port}/` })).rejects.toMatchObject({
        code: 'destination.address-refused',
      });
      expect(asked).toBe(0);
      await guarded.close();
    },
  );
});

test.each([
  [401, 'destination.auth', 'later'],
  [403, 'destination.auth', 'later'],
  [429, 'destination.unavailable', 'later'],
  [503, 'destination.unavailable', 'later'],
  [409, 'destination.conflict', 'never'],
  [400, 'destination.rejected', 'never'],
  [302, 'destination.rejected', 'never'],
])('status %s means %s, to be tried %s', (status, code, retry) => {
  expect(failureOfStatus({ status, headers: {} })).toMatchObject({ code, retry });
});

test('when to come again is taken from the answer, within a day', () => {
  const now = Date.parse('2026-11-26T00:00:00Z');
  expect(retryAfter('7', now)).toEqual({ afterMs: 7000 });
  expect(retryAfter('Thu, 26 Nov 2026 00:00:30 GMT', now)).toEqual({ afterMs: 30_000 });
  expect(retryAfter('999999999', now)).toEqual({ afterMs: 86_400_000 });
  expect([retryAfter('soon', now), retryAfter(undefined), retryAfter('0')]).toEqual([
    'later',
    'later',
    'later',
  ]);
});
