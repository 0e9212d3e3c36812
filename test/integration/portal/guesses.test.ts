import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { throttles } from '../../../db/schema/index.ts';
import { networksOf } from '../../../server/lib/networks.ts';
import { type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, codeOf, type Reply, tusOf } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

const password = 'open sesame';

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest({ title: 'Behind a password', password });
});

afterAll(() => portal.close());

afterEach(() => portal.db.delete(throttles));

const form = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' };

const signIn = (login: string, guess: string, headers: Record<string, string> = {}): Promise<Reply> =>
  ask(portal.url, {
    method: 'POST',
    path: '/staff/sign-in',
    headers: { ...form, ...headers },
    body: new URLSearchParams({ login, password: guess }).toString(),
  });

const show = (guess: string, headers: Record<string, string> = {}): Promise<Reply> =>
  ask(portal.url, {
    method: 'POST',
    path: `/r/${request.token}/password`,
    headers: { ...form, ...headers },
    body: new URLSearchParams({ password: guess }).toString(),
  });

const begin = (more: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Reply> =>
  ask(portal.url, {
    method: 'POST',
    path: `/r/${request.token}/submissions`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ name: 'Hanako', ...more }),
  });

/** Tries until it is refused for being one too many. @returns how many were looked at */
const guess = async (attempt: (n: number) => Promise<Reply>): Promise<number> => {
  for (let n = 0; n < 80; n += 1) if ((await attempt(n)).status === 429) return n;
  throw new Error('eighty guesses, and no end');
};

describe('guessing at the sign-in', () => {
  test('is answered alike for a wrong password and for a login that nobody has', async () => {
    const [known, unknown] = [await signIn(portal.staff.login, 'wrong'), await signIn('nobody', 'wrong')];
    expect([known.status, unknown.status]).toEqual([401, 401]);
    expect(known.body.replaceAll(portal.staff.login, '')).toBe(unknown.body.replaceAll('nobody', ''));
    expect(known.headers['set-cookie']).toBeUndefined();
  });

  test('ends after ten, the right password included, and says when to come back', async () => {
    expect(await guess((n) => signIn(portal.staff.login, `wrong ${n}`))).toBe(10);
    const right = await signIn(portal.staff.login, portal.staff.password);
    expect(right.status).toBe(429);
    expect(right.headers['set-cookie']).toBeUndefined();
    await portal.db.delete(throttles);
    expect((await signIn(portal.staff.login, portal.staff.password)).status).toBe(303);
  });

  test('does not count what was right', async () => {
    for (let n = 0; n < 12; n += 1)
      expect((await signIn(portal.staff.login, portal.staff.password)).status).toBe(303);
  });

  test('of many logins from one network ends too', async () => {
    expect(await guess((n) => signIn(`login-${n}`, 'wrong'))).toBe(60);
  });

  test('is not helped by X-Forwarded-For, which nobody here may write', async () => {
    const forged = (n: number) => ({
      'x-forwarded-for': `203.0.113.${n}`,
      'x-real-ip': `203.0.113.${n}`,
      forwarded: `for=203.0.113.${n}`,
    });
    expect(await guess((n) => signIn(portal.staff.login, 'wrong', forged(n)))).toBe(10);
  });
});

describe('behind a proxy that is trusted', () => {
  let behind: TestPortal;

  beforeAll(async () => {
    behind = await startPortal({ config: { trustedProxies: networksOf('127.0.0.0/8, 10.0.0.0/8') } });
  });

  afterAll(() => behind.close());

  test('each client is counted by itself, by the address that the nearest proxy saw', async () => {
    const attempt = (forwarded: string) =>
      ask(behind.url, {
        method: 'POST',
        path: '/staff/sign-in',
        headers: { ...form, 'x-forwarded-for': forwarded },
        body: new URLSearchParams({ login: behind.staff.login, password: 'wrong' }).toString(),
      });
    // What stands before the address that the proxy wrote is the client's own invention.
    expect(await guess((n) => attempt(`198.51.100.${n}, 203.0.113.7, 10.1.2.3`))).toBe(10);
    expect((await attempt('203.0.113.8')).status).toBe(401);
    // One subscriber's /64 of IPv6 counts as one.
    expect(await guess((n) => attempt(`2001:db8:0:1::${n.toString(16)}`))).toBe(10);
    expect((await attempt('2001:db8:0:2::1')).status).toBe(401);
  });
});

describe("guessing at a link's password", () => {
  test('is never forwarded to Nextcloud, and ends after ten', async () => {
    portal.standin.requests.clear();
    expect(await guess((n) => show(`wrong ${n}`))).toBe(10);
    expect((await show(password)).status).toBe(429);
    expect(portal.standin.requests.all).toEqual([]);
  });

  test('is counted together on the page and by program', async () => {
    for (let n = 0; n < 5; n += 1) expect((await show('wrong')).status).toBe(401);
    const left = await guess(async (n) => begin({ password: `wrong ${n}` }));
    expect(left).toBe(5);
  });

  test('shows nothing of the request before the right one', async () => {
    const before = await ask(portal.url, { path: `/r/${request.token}`, headers: { accept: 'text/html' } });
    expect(before.status).toBe(200);
    expect(before.body).not.toContain('Behind a password');
    const wrong = await show('wrong');
    expect([wrong.status, wrong.headers['set-cookie'], wrong.body.includes('Behind a password')]).toEqual([
      401,
      undefined,
      false,
    ]);
    const right = await show(password);
    const cookie = right.headers['set-cookie']?.[0] ?? '';
    expect([right.status, right.headers.location]).toEqual([303, `/r/${request.token}`]);
    expect(cookie).toContain('HttpOnly');
    const after = await ask(portal.url, {
      path: `/r/${request.token}`,
      headers: { accept: 'text/html', cookie: cookie.split(';')[0] ?? '' },
    });
    expect(after.body).toContain('Behind a password');
  });

  test('is asked of programs too', async () => {
    expect(codeOf(await begin({}))).toBe('submission.password-wrong');
    expect(codeOf(await begin({ password: 'wrong' }))).toBe('submission.password-wrong');
    const begun = await begin({ password });
    expect(begun.status).toBe(201);
    const { credential } = JSON.parse(begun.body) as { credential: string };
    expect((await tusOf(portal, { credential }).createNamed('a.txt', 1)).status).toBe(201);
  });

  test('is not helped by the cookie of another request, or by a changed one', async () => {
    const other = await portal.openRequest({ password });
    const shown = await ask(portal.url, {
      method: 'POST',
      path: `/r/${other.token}/password`,
      headers: form,
      body: new URLSearchParams({ password }).toString(),
    });
    const [name = '', value = ''] = (shown.headers['set-cookie']?.[0]?.split(';')[0] ?? '').split('=');
    const mine = ((await show(password)).headers['set-cookie']?.[0]?.split(';')[0] ?? '').split('=');
    expect((await begin({}, { cookie: mine.join('=') })).status).toBe(201);
    const later = value.replace(/^\d+/, (until) => String(Number(until) + 1));
    for (const cookie of [`${name}=${value}`, `${mine[0]}=${value}`, `${mine[0]}=${later}`])
      expect((await begin({}, { cookie })).status).toBe(401);
  });
});
