import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiDocument, type Call, type Document } from '../../support/api-document.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask } from './wire.ts';

/*
 * The document is a good one, and what the API answers fits it. Every other test is held to it, too: see `startPortal`.
 */

let portal: TestPortal;
let token: string;
let text: string;
let api: ApiDocument;
let ids: Record<string, string>;

beforeAll(async () => {
  portal = await startPortal();
  token = await portal.apiToken();
  const request = await portal.openRequest({ title: 'Documented' });
  const { submissionId } = await portal.submit(request, [{ name: 'a.txt', content: 'content' }]);
  ids = { '/requests/': request.id, '/submissions/': submissionId };
  text = (await ask(portal.url, { path: '/api/openapi.json' })).body;
  api = new ApiDocument(JSON.parse(text) as Document);
});

afterAll(() => portal.close());

const lint = async (source: string) =>
  (
    await lintFromString({
      source,
      absoluteRef: '/openapi.json',
      config: await createConfig({
        extends: ['recommended-strict'],
        rules: {
          // Refusals are `default`: every call has the same.
          'operation-4xx-response': 'off',
          // Paths and methods are names enough.
          'operation-operationId': 'off',
          'no-server-example.com': 'off',
        },
      }),
    })
  ).map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]);

test('the document is OpenAPI 3.1, by a validator that finds mistakes', async () => {
  expect((JSON.parse(text) as Document).openapi).toMatch(/^3\.1\./);
  expect(await lint(text)).toEqual([]);
  const broken = text
    .replace('"in":"path"', '"in":"road"')
    .replace('#/components/schemas/Request"', '#/lost"');
  const found = (await lint(broken)).map(([rule]) => rule);
  expect(found).toEqual(expect.arrayContaining(['struct', 'no-unresolved-refs']));
});

test('every answer to a reading call fits the document', async () => {
  const found: Record<string, unknown> = {};
  let good = 0;
  for (const call of api.calls.filter(({ method }) => method === 'get')) {
    const reply = await get(filled(call));
    if (reply.status === 200) good += 1;
    const wrong = api.misfit(call, { ...reply, type: String(reply.headers['content-type']) });
    if (wrong !== undefined) found[call.path] = wrong;
  }
  expect(found).toEqual({});
  expect(good).toBeGreaterThan(8);
});

test('another method at an address of the document is refused with those that it takes', async () => {
  const refused = async (method: string, path: string) => {
    const reply = await ask(portal.url, {
      method,
      path: `/api/v1${path}`,
      headers: { authorization: `Bearer ${token}` },
    });
    return [reply.status, reply.headers.allow, (JSON.parse(reply.body) as { code: string }).code];
  };
  expect(await refused('PUT', '/requests')).toEqual([405, 'GET, HEAD, POST', 'method.not-allowed']);
  expect(await refused('POST', '/requests/req_none')).toEqual([
    405,
    'DELETE, GET, HEAD, PATCH',
    'method.not-allowed',
  ]);
  expect(await refused('DELETE', '/deliveries/replay')).toEqual([
    405,
    'GET, HEAD, POST',
    'method.not-allowed',
  ]);
  for (const nowhere of ['/nowhere', '/requests/', '/requests/a/b/c', '/'])
    expect(await refused('PUT', nowhere)).toEqual([404, undefined, 'not-found']);
});

test('an answer that does not fit is found', async () => {
  const call = api.find('GET', '/requests');
  if (call === undefined) throw new Error('no such call');
  const { body } = await get('/requests');
  const misfit = (status: number, type: string, body: string) => api.misfit(call, { status, type, body });
  expect(misfit(200, 'application/json', body)).toBeUndefined();
  expect(misfit(200, 'application/json', body.replace('"submissions":', '"sent":'))).toBeDefined();
  expect(misfit(200, 'text/html', body)).toBeDefined();
  const problem = { type: 'urn:uketori:not-found', title: 'x', status: 404, code: 'not-found', retry: false };
  expect(misfit(404, 'application/problem+json', JSON.stringify(problem))).toBeUndefined();
  expect(misfit(400, 'application/problem+json', JSON.stringify(problem))).toBeDefined();
  const other = JSON.stringify({ ...problem, code: 'odd' });
  expect(misfit(404, 'application/problem+json', other)).toBeDefined();
});

const filled = ({ path }: Call): string => {
  const id = Object.entries(ids).find(([start]) => path.startsWith(start))?.[1] ?? 'unknown';
  return path.replaceAll(/\{[^}]+\}/g, () => id);
};

const get = (path: string) =>
  ask(portal.url, { path: `/api/v1${path}`, headers: { authorization: `Bearer ${token}` } });
