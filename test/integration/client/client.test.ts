import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest';
import { requests } from '../../../db/schema/index.ts';
import { createClient, type SendingState, UketoriError } from '../../../server/client/client.ts';
import type { SubmissionDescription } from '../../../server/intake/describe-submission.ts';
import { clientTypes, target } from '../../../tools/client-types.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';

let portal: TestPortal;
let token: string;

beforeAll(async () => {
  portal = await startPortal();
  token = await portal.apiToken();
});

afterAll(() => portal.close());

const failureOf = async (call: Promise<unknown>): Promise<UketoriError> => {
  const error: unknown = await call.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof UketoriError)) throw new Error('no UketoriError', { cause: error });
  return error;
};

/** Between the client and the portal; loses the answers to the first calls, after the portal has done its work. */
const losing = async (count: number) => {
  const keys: unknown[] = [];
  let left = count;
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    keys.push(request.headers['idempotency-key']);
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const reply = await fetch(`${portal.url}${request.url ?? ''}`, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    const body = await reply.text();
    left -= 1;
    if (left >= 0) request.socket.destroy();
    else
      response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? '' }).end(body);
  };
  const server = createServer((request, response) => void pass(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    close: () => server.close(),
  };
};

test('the types of the client are those of the document', async () => {
  // Otherwise: npm run client
  expect(await readFile(target, 'utf8')).toBe(await clientTypes());
  expectTypeOf<SubmissionDescription>().toExtend<SendingState>();
});

test('a request whose answer was lost is asked for again, and opened once', async () => {
  const line = await losing(2);
  const client = createClient({ url: line.url, token });
  const { id } = await client.post('/requests', { body: { title: 'Opened once' } });
  line.close();
  const rows = await portal.db.select().from(requests);
  expect(rows.filter(({ title }) => title === 'Opened once').map((row) => row.id)).toEqual([id]);
  expect(line.keys).toHaveLength(3);
  expect(new Set(line.keys).size).toBe(1);
});

test('what might be done twice is not asked again', async () => {
  const line = await losing(1);
  const client = createClient({ url: line.url, token });
  const { id } = await portal.openRequest({ title: 'Before' });
  const change = client.patch('/requests/{id}', { path: { id }, body: { title: 'After' } });
  await expect(change).rejects.toThrow(TypeError);
  expect(line.keys).toHaveLength(1);
  line.close();
});

test('a refusal is an error with a code, and where the input is wrong', async () => {
  const client = createClient({ url: portal.url, token, language: 'ja' });
  const missing = await failureOf(client.get('/requests/{id}', { path: { id: 'req_0' } }));
  expect(missing).toMatchObject({ code: 'not-found', status: 404, retry: false });
  expect(missing.message).toMatch(/[ぁ-ん]/);
  const wrong = await failureOf(client.post('/requests', { body: { title: '' } }));
  expect(wrong).toMatchObject({ code: 'input.invalid', status: 400, errors: [{ path: 'title' }] });
  const stranger = createClient({ url: portal.url, token: () => Promise.resolve('nonsense') });
  expect(await failureOf(stranger.get('/requests'))).toMatchObject({ code: 'auth.required', status: 401 });
});

test('what something in front of the portal answers is an error of its own', async () => {
  const client = createClient({
    url: portal.url,
    token,
    repeats: 0,
    fetch: () => Promise.resolve(new Response('<h1>Bad gateway</h1>', { status: 502 })),
  });
  expect(await failureOf(client.get('/requests'))).toMatchObject({ code: 'unexpected-answer', retry: true });
});

test('every entry of a list comes once, page by page', async () => {
  const client = createClient({ url: portal.url, token });
  for (const title of ['Listed 1', 'Listed 2', 'Listed 3']) await portal.openRequest({ title });
  const titles: string[] = [];
  for await (const { title } of client.each('/requests', { query: { search: 'Listed', limit: 1 } }))
    titles.push(title);
  expect(titles).toEqual(['Listed 3', 'Listed 2', 'Listed 1']);
});

test('a call can be called off, also between two attempts', async () => {
  const abort = new AbortController();
  const client = createClient({
    url: portal.url,
    token,
    fetch: () => {
      abort.abort(new Error('called off'));
      return Promise.reject(new TypeError('broken'));
    },
  });
  await expect(client.get('/requests', { signal: abort.signal })).rejects.toThrow('broken');
  await expect(
    createClient({ url: portal.url, token }).get('/requests', { signal: abort.signal }),
  ).rejects.toThrow('called off');
});

test('a blank form comes as the bytes that it is, tables and pictures as text', async () => {
  const client = createClient({ url: portal.url, token });
  const { id } = await client.post('/requests', { body: { title: 'With a form' } });
  const content = Buffer.from([0xff, 0x00, 0xfe, 0xc3, 0x28]);
  const form = new FormData();
  form.append('file', new File([content], 'blank.bin'));
  const attached = await client.post('/requests/{id}/forms', { path: { id }, form });
  const fetched = await client.get('/requests/{id}/forms/{form}', { path: { id, form: attached.id } });
  expectTypeOf(fetched).toEqualTypeOf<Uint8Array>();
  expect(Buffer.from(fetched)).toEqual(content);
  expect(await client.get('/requests/{id}/link.svg', { path: { id } })).toMatch(/^<svg /);
  expect(await client.get('/requests/{id}/files.csv', { path: { id } })).toMatch(/^receipt,submitter,/);
  const nobody = await failureOf(
    client.get('/requests/{id}/forms/{form}', { path: { id, form: 'frm_none' } }),
  );
  expect(nobody.code).toBe('not-found');
});
