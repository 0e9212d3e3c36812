import { once } from 'node:events';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { Failure } from '../../../server/lib/failure.ts';
import { bodyOf, clientOf, davError, ocs, serve, wholeOf } from './small-server.ts';

const me = ocs({ id: 'someone' });

test('a server that never answers has stalled, and one that answers in time has not', async () => {
  const { url } = await serve(() => {});
  const silent = clientOf(url, { progressTimeoutMs: 150 });
  await expect(silent.me()).rejects.toMatchObject({ code: 'nextcloud.stalled', retry: 'later' });
  const { url: good } = await serve((_, response) => void response.end(me));
  await expect(clientOf(good, { progressTimeoutMs: 150 }).me()).resolves.toMatchObject({ id: 'someone' });
});

test('a server that stops reading a body has stalled', async () => {
  const { url } = await serve((request) => void request.pause());
  const nextcloud = clientOf(url, { progressTimeoutMs: 200 });
  const bytes = Buffer.alloc(64 * 1024 * 1024);
  await expect(nextcloud.files.put('/a', bytes, { sizeBytes: bytes.length })).rejects.toMatchObject({
    code: 'nextcloud.stalled',
  });
});

test('a body that moves has not stalled, however long it takes in all', async () => {
  const { url } = await serve(async (request, response) => {
    await bodyOf(request);
    response.writeHead(201).end();
  });
  const nextcloud = clientOf(url, { progressTimeoutMs: 300 });
  const startedMs = performance.now();
  async function* drip() {
    for (let n = 0; n < 10; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      yield Buffer.from('x');
    }
  }
  await nextcloud.files.put('/a', Readable.from(drip()), { sizeBytes: 10 });
  expect(performance.now() - startedMs).toBeGreaterThan(300);
});

test('a download that stops in the middle fails its stream, and a slow reader is no stalled server', async () => {
  const sizeBytes = 8 * 1024 * 1024;
  const { url } = await serve((request, response) => {
    response.writeHead(200, { etag: '"e"', 'content-length': sizeBytes });
    if (request.url?.endsWith('/stops')) response.write(Buffer.alloc(1000));
    else response.end(Buffer.alloc(sizeBytes));
  });
  const nextcloud = clientOf(url, { progressTimeoutMs: 150 });
  const stopped = await nextcloud.files.get('/stops');
  await expect(wholeOf(stopped.body)).rejects.toMatchObject({ code: 'nextcloud.stalled' });
  const slow = await nextcloud.files.get('/slow');
  let seenBytes = 0;
  for await (const chunk of slow.body as AsyncIterable<Buffer>) {
    if (seenBytes === 0) await new Promise((resolve) => setTimeout(resolve, 400));
    seenBytes += chunk.length;
  }
  expect(seenBytes).toBe(sizeBytes);
});

test('a download that is cut short fails its stream instead of ending', async () => {
  const { url } = await serve((_, response) => {
    response
      .writeHead(200, { etag: '"e"', 'content-length': 1000 })
      .write('only this', () => response.destroy());
  });
  const { body, sizeBytes } = await clientOf(url).files.get('/a');
  expect(sizeBytes).toBe(1000);
  await expect(wholeOf(body)).rejects.toMatchObject({ code: 'nextcloud.unreachable', retry: 'later' });
});

test('a refused connection and a reset one are unreachable', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await expect(clientOf(`http://127.0.0.1:${port}`).me()).rejects.toMatchObject({
    code: 'nextcloud.unreachable',
    retry: 'later',
    details: { errorCode: 'ECONNRESET' },
  });
  server.close();
  await once(server, 'close');
  await expect(clientOf(`http://127.0.0.1:${port}`).me()).rejects.toMatchObject({
    code: 'nextcloud.unreachable',
    details: { errorCode: 'ECONNREFUSED' },
  });
});

test('what is no HTTP is an unexpected reply', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('SSH-2.0-something\r\n'));
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await expect(clientOf(`http://127.0.0.1:${port}`).me()).rejects.toMatchObject({
    code: 'nextcloud.unexpected-reply',
  });
});

test('an answer that comes before the body is sent is heard: a refusal as itself, a success not believed', async () => {
  const { url } = await serve((request, response) => {
    const status = request.url?.endsWith('/full') ? 507 : 201;
    response.writeHead(status, { 'oc-fileid': '00000115ocx' }).end();
  });
  const nextcloud = clientOf(url);
  const endless = () => new Readable({ read() { this.push(Buffer.alloc(65_536)); } }); // biome-ignore format: short
  const sizeBytes = 2 ** 40;
  await expect(nextcloud.files.put('/full', endless, { sizeBytes })).rejects.toMatchObject({
    code: 'nextcloud.out-of-space',
  });
  const body = endless();
  await expect(nextcloud.files.put('/early', body, { sizeBytes })).rejects.toMatchObject({
    code: 'nextcloud.unexpected-reply',
  });
  expect(body.destroyed).toBe(true);
});

test.each([
  ['shorter', 12],
  ['longer', 10],
])('a body that is %s than was said never becomes a whole request', async (_, sizeBytes) => {
  let whole = 0;
  const { url } = await serve((request, response) => {
    request.resume().on('error', () => {});
    request.on('end', () => {
      whole += 1;
      response.writeHead(201).end();
    });
  });
  const nextcloud = clientOf(url);
  const body = () => Readable.from([Buffer.from('hello '), Buffer.from('world')]);
  await expect(nextcloud.files.put('/a', body, { sizeBytes })).rejects.toMatchObject({
    code: 'internal',
    details: { saidBytes: sizeBytes },
  });
  expect(whole).toBe(0);
  await nextcloud.files.put('/a', body, { sizeBytes: 11 });
  expect(whole).toBe(1);
});

test('an empty body says so with Content-Length: 0, and one that is not empty is refused', async () => {
  const { url, requests } = await serve((_, response) => void response.writeHead(201).end());
  const nextcloud = clientOf(url);
  await nextcloud.files.put('/a', Buffer.alloc(0), { sizeBytes: 0 });
  expect(requests[0]?.headers['content-length']).toBe('0');
  await expect(nextcloud.files.put('/a', Buffer.from('x'), { sizeBytes: 0 })).rejects.toMatchObject({
    code: 'internal',
  });
  expect(requests).toHaveLength(1);
});

test('what a source fails with comes through as it is, and its file is not stored', async () => {
  const { url } = await serve((request) => void request.resume().on('error', () => {}));
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from('x');
      throw new Failure('upload.integrity');
    })(),
  );
  const nextcloud = clientOf(url);
  await expect(nextcloud.files.put('/a', broken, { sizeBytes: 10 })).rejects.toMatchObject({
    code: 'upload.integrity',
  });
  const unmade = () => {
    throw new Failure('upload.busy');
  };
  await expect(nextcloud.files.put('/a', unmade, { sizeBytes: 10 })).rejects.toMatchObject({
    code: 'upload.busy',
  });
});

test('a call that is aborted fails with the reason, while it waits, sends or reads', async () => {
  const { url, requests } = await serve((request, response) => {
    if (request.method === 'GET') response.writeHead(200, { etag: '"e"', 'content-length': 10 }).write('x');
  });
  const nextcloud = clientOf(url, { connections: 2 });
  const reason = new Error('enough');
  const abort = new AbortController();
  const { signal } = abort;
  const download = await nextcloud.files.get('/a', { signal });
  const reading = wholeOf(download.body);
  const sending = nextcloud.files.stat('/a', { signal });
  const waiting = nextcloud.files.stat('/a', { signal });
  await expect.poll(() => requests.length).toBe(2);
  abort.abort(reason);
  const outcomes = await Promise.allSettled([reading, sending, waiting]);
  expect(outcomes).toEqual([1, 2, 3].map(() => ({ status: 'rejected', reason })));
  expect(requests).toHaveLength(2);
});

test('no more requests are in flight than was said, and streams leave room for others', async () => {
  let inFlight = 0;
  let most = 0;
  const { url } = await serve((request, response) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    response.once('close', () => (inFlight -= 1));
    if (request.method === 'GET') response.writeHead(200, { etag: '"e"', 'content-length': 10 }).write('x');
    else
      setTimeout(() => response.writeHead(404).end(davError('Sabre\\DAV\\Exception\\NotFound', 'none')), 20);
  });
  const nextcloud = clientOf(url, { connections: 4 });
  const downloads = [await nextcloud.files.get('/a'), await nextcloud.files.get('/b')];
  const third = nextcloud.files.get('/c');
  await Promise.all(Array.from({ length: 10 }, () => nextcloud.files.stat('/x')));
  expect(most).toBe(4);
  for (const { body } of downloads) body.destroy();
  (await third).body.destroy();
  await expect.poll(() => inFlight).toBe(0);
});

test('after close, calls fail and nothing is sent', async () => {
  const { url, requests } = await serve((_, response) => void response.end(me));
  const nextcloud = clientOf(url);
  await nextcloud.me();
  await nextcloud.close();
  await expect(nextcloud.me()).rejects.toMatchObject({ code: 'nextcloud.unreachable' });
  expect(requests).toHaveLength(1);
});
