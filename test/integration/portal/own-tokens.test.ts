import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { insertStaff } from '../../../db/queries/people.ts';
import { apiTokens, auditEvents, throttles } from '../../../db/schema/index.ts';
import { hashPassword } from '../../../server/lib/passwords.ts';
import { startPortal } from '../../support/portal.ts';

const portal = await startPortal();
const password = 'a first password of mine';
let people = 0;
let cookie: string;

const send = (path: string, fields: [string, string][], from = cookie) =>
  fetch(`${portal.url}/staff${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: from, accept: 'text/html', 'accept-language': 'en' },
    body: new URLSearchParams(fields),
  });

beforeEach(async () => {
  people += 1;
  const login = `hanako-${people}`;
  await portal.db.delete(throttles);
  await insertStaff(portal.db, {
    login,
    name: 'Hanako',
    role: 'viewer',
    passwordHash: await hashPassword(password),
  });
  const response = await send(
    '/sign-in',
    [
      ['login', login],
      ['password', password],
    ],
    '',
  );
  cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
});

afterAll(() => portal.close());

const make = (scopes: string[], lifeDays = '30') =>
  send('/account/tokens', [
    ['name', 'reader'],
    ['lifeDays', lifeDays],
    ...scopes.map((scope): [string, string] => ['scopes', scope]),
  ]);
const tokenIn = (html: string) => /uketori_[\w-]+/.exec(html)?.[0] ?? '';
const account = async () =>
  (await fetch(`${portal.url}/staff/account`, { headers: { cookie, 'accept-language': 'en' } })).text();
const call = (token: string, path: string, method = 'GET') =>
  fetch(`${portal.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${token}` } });

describe('a token of one’s own', () => {
  test('is shown once, does what its scopes say, tells its last use, and is revoked', async () => {
    const token = tokenIn(await (await make(['requests:read'])).text());
    expect(await account()).toContain('never used');
    expect((await call(token, '/requests')).status).toBe(200);
    expect((await call(token, '/submissions')).status).toBe(403);
    const page = await account();
    expect(page).toContain('last used');
    expect(page).not.toContain(token);
    const path = /\/staff(\/account\/tokens\/tok_\w+\/revoke)/.exec(page)?.[1] ?? '';
    expect((await send(path, [], await portal.signIn())).status).toBe(404);
    expect((await call(token, '/requests')).status).toBe(200);
    expect((await send(path, [])).status).toBe(303);
    expect((await call(token, '/requests')).status).toBe(401);
    const deeds = (await portal.db.select().from(auditEvents)).map(({ action }) => action);
    expect(deeds).toEqual(expect.arrayContaining(['token.created', 'token.revoked']));
  });

  test.each([
    ['with no scope', []],
    ['with one beyond the role', ['requests:read', 'requests:write']],
    ['with one that there is not', ['everything']],
  ])('is not made %s', async (_name, scopes) => {
    expect((await make(scopes)).status).toBe(400);
    expect((await make(['requests:read'])).status).toBe(200);
  });

  test('ends when it was to end, or never', async () => {
    await portal.db.delete(apiTokens);
    await make(['requests:read'], '30');
    await make(['requests:read'], '');
    const ends = (await portal.db.select().from(apiTokens)).map(({ expiresAt }) => expiresAt?.getTime());
    expect(ends.filter((end) => end === undefined)).toHaveLength(1);
    expect(Math.max(...ends.map((end) => end ?? 0)) / 86_400_000).toBeCloseTo(
      Date.now() / 86_400_000 + 30,
      1,
    );
  });

  test('says whose it is and what it may do, and no more of the account', async () => {
    const own = tokenIn(await (await make(['requests:read'])).text());
    const account = await (await call(own, '/account')).json();
    expect(account).toMatchObject({ name: expect.any(String), token: { scopes: ['requests:read'] } });
    expect(Object.keys(account as object).toSorted()).toEqual([
      'id',
      'login',
      'name',
      'role',
      'teams',
      'token',
    ]);
    expect((await call(own, '/account', 'PATCH')).status).toBe(405);
    expect((await call(own, '/tokens', 'POST')).status).toBe(405);
    expect((await call('uketori_wrong', '/account')).status).toBe(401);
  });

  test('is listed and revoked through the API, and nobody else’s', async () => {
    const theirs = await portal.apiToken(['requests:read']);
    const own = tokenIn(await (await make(['requests:read'])).text());
    const { tokens } = (await (await call(own, '/tokens')).json()) as {
      tokens: { id: string; name: string }[];
    };
    expect(tokens.map(({ name }) => name)).toEqual(['reader']);
    const path = `/tokens/${tokens[0]?.id}`;
    expect((await call(theirs, path, 'DELETE')).status).toBe(404);
    expect((await call(own, path, 'DELETE')).status).toBe(204);
    expect((await call(own, '/tokens')).status).toBe(401);
  });
});
