import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { throttles } from '../../../db/schema/index.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask } from './wire.ts';

let portal: TestPortal;
let token: string;

beforeAll(async () => {
  portal = await startPortal();
  token = await portal.apiToken();
});

beforeEach(() => portal.db.delete(throttles));

afterAll(() => portal.close());

const call = (bearer: string, path = '/requests') =>
  ask(portal.url, { path: `/api/v1${path}`, headers: { authorization: `Bearer ${bearer}` } });

const spend = (points: number) => portal.db.execute(sql`update throttles set points = ${points}`);

test('every answer tells how many calls the token may still make', async () => {
  const [found, missing] = [await call(token), await call(token, '/requests/req_0')];
  expect([found.status, missing.status]).toEqual([200, 404]);
  expect([found, missing].map(({ headers }) => headers['ratelimit-policy'])).toEqual([
    '"token";q=600;w=60',
    '"token";q=600;w=60',
  ]);
  expect(found.headers.ratelimit).toMatch(/^"token";r=599;t=\d+$/);
  expect(missing.headers.ratelimit).toMatch(/^"token";r=598;t=\d+$/);
});

test('the call after the last is refused, with when to go on; another token goes on', async () => {
  await call(token);
  await spend(599);
  expect((await call(token)).status).toBe(200);
  const refused = await call(token);
  expect([refused.status, refused.headers['content-type']]).toEqual([429, 'application/problem+json']);
  expect(JSON.parse(refused.body)).toMatchObject({ code: 'api.throttled', retry: true });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await call(await portal.apiToken())).status).toBe(200);
});

test('too many wrong tokens are refused as such, and a good one from the same network is not', async () => {
  expect((await call('uketori_wrong')).status).toBe(401);
  await spend(59);
  expect((await call('uketori_wrong')).status).toBe(401);
  const refused = await call('uketori_wrong');
  expect([refused.status, JSON.parse(refused.body).code]).toEqual([429, 'auth.throttled']);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await call(token)).status).toBe(200);
});
