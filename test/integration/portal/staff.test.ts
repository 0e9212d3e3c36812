import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requests, sessions, staff, submissions, throttles, uploads } from '../../../db/schema/index.ts';
import { hashToken } from '../../../server/lib/ids.ts';
import { type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, codeOf, type Reply, tusOf } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;
let cookie: string;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest({ title: 'Quarterly figures' });
  cookie = await portal.signIn();
});

afterAll(() => portal.close());

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const html = { accept: 'text/html' };

const signIn = (login: string, password: string, headers: Record<string, string> = {}): Promise<Reply> =>
  ask(portal.url, {
    method: 'POST',
    path: '/staff/sign-in',
    headers: { ...form, ...html, ...headers },
    body: new URLSearchParams({ login, password }).toString(),
  });

const sessionOf = (reply: Reply): string => reply.headers['set-cookie']?.[0]?.split(';')[0] ?? '';

const calmThrottles = () => portal.db.delete(throttles);

describe('what is for staff', () => {
  const pages = ['/staff', '/staff/', '/staff/requests/new', '/staff/requests/x', '/staff/nowhere'];

  test.each(pages)('%s sends a stranger to the sign-in page', async (path) => {
    for (const headers of [
      html,
      { ...html, cookie: 'staff=nonsense' },
      { ...html, cookie: '__Host-staff=x' },
    ]) {
      const reply = await ask(portal.url, { path, headers });
      expect([reply.status, reply.headers.location]).toEqual([303, '/staff/sign-in']);
      expect(reply.body).not.toContain('Quarterly figures');
    }
  });

  test.each(['/staff/requests/new', '/staff/sign-out', `/staff/requests/req_x/close`])(
    'POST %s is refused to a stranger',
    async (path) => {
      expect((await ask(portal.url, { method: 'POST', path, headers: form })).status).toBe(401);
    },
  );

  test.each([
    '//staff',
    '/%2Fstaff',
    '/%5Cstaff',
    '/./staff',
    '/x/../staff',
    '/staff%2F',
    '/STAFF',
    '/staff/%2e%2e/staff',
    '/%73taff',
    '//staff//requests/new',
    '/staff//',
    '/staff;x',
    '/staff%00',
    '/\\staff',
    '/api/..//staff',
  ])('%s shows a stranger nothing', async (path) => {
    const reply = await ask(portal.url, { path, headers: html });
    expect(
      reply.status === 303 ||
        reply.status === 302 ||
        reply.status === 301 ||
        (reply.status >= 400 && reply.status < 500),
    ).toBe(true);
    expect(reply.body).not.toContain('Quarterly figures');
    // Where it leads, if anywhere, is here.
    expect(reply.headers.location ?? '/').toMatch(/^\/(?![/\\])/);
  });

  test('is there for a member of staff', async () => {
    const reply = await ask(portal.url, { path: '/staff', headers: { ...html, cookie } });
    expect(reply.status).toBe(200);
    expect(reply.body).toContain('Quarterly figures');
  });

  test('is only looked at by those who may only look', async () => {
    await portal.db.update(staff).set({ role: 'viewer' });
    try {
      const asked = { path: `/staff/requests/${request.id}/close`, headers: { ...form, cookie } };
      expect((await ask(portal.url, { ...asked, method: 'POST' })).status).toBe(403);
      expect((await ask(portal.url, { path: '/staff', headers: { ...html, cookie } })).status).toBe(200);
    } finally {
      await portal.db.update(staff).set({ role: 'administrator' });
    }
    const [row] = await portal.db.select().from(requests).where(eq(requests.id, request.id));
    expect(row?.state).toBe('open');
  });
});

describe('a change', () => {
  const close = (headers: Record<string, string>) =>
    ask(portal.url, {
      method: 'POST',
      path: '/staff/requests/req_none/close',
      headers: { ...form, cookie, ...headers },
    });

  test.each([
    ['Origin', { origin: 'https://evil.example' }],
    ['Origin of another port', { origin: 'http://127.0.0.1:1' }],
    ['Origin null', { origin: 'null' }],
    ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site' }],
  ])('that another site asks for is refused: %s', async (_case, headers) => {
    const reply = await close(headers);
    expect([reply.status, codeOf(reply)]).toEqual([403, 'auth.foreign-origin']);
  });

  test('that our own page, or a program, asks for is looked at', async () => {
    const own: Record<string, string>[] = [{ origin: portal.url }, { 'sec-fetch-site': 'same-origin' }, {}];
    for (const headers of own) expect((await close(headers)).status).toBe(404);
  });

  test('is never made by a GET', async () => {
    const begun = await portal.begin(request);
    const id = await tusOf(portal, begun).made('a.txt', 5);
    const state = async () =>
      JSON.stringify([
        await portal.db.select().from(requests).orderBy(requests.id),
        await portal.db.select().from(submissions).orderBy(submissions.id),
        await portal.db.select().from(uploads).orderBy(uploads.id),
        (await portal.db.select().from(sessions)).length,
      ]);
    const before = await state();
    const credential = { authorization: `Bearer ${begun.credential}` };
    for (const path of [
      `/r/${request.token}`,
      `/r/${request.token}/password`,
      `/r/${request.token}/submissions`,
      `/submissions/${begun.submissionId}/finish`,
      `/submissions/${begun.submissionId}`,
      `/uploads/${id}`,
      `/staff/requests/${request.id}/close`,
      '/staff/sign-out',
      '/staff/requests/new',
      `/api/v1/requests/${request.id}/close`,
    ])
      for (const method of ['GET', 'HEAD'])
        for (const headers of [credential, { cookie, ...html }])
          await ask(portal.url, { method, path, headers });
    expect(await state()).toBe(before);
    expect((await ask(portal.url, { path: '/staff', headers: { ...html, cookie } })).status).toBe(200);
  });
});

describe('a session', () => {
  test('is a new one at every sign-in: what its browser had before opens nothing, planted or not', async () => {
    const planted = 'staff=planted-by-somebody-else';
    const reply = await signIn(portal.staff.login, portal.staff.password, { cookie: planted });
    expect([reply.status, reply.headers.location]).toEqual([303, '/staff']);
    const given = sessionOf(reply);
    expect(given).not.toBe(planted);
    const next = sessionOf(await signIn(portal.staff.login, portal.staff.password, { cookie: given }));
    expect(next).not.toBe(given);
    for (const [cookie, status] of [
      [planted, 303],
      [given, 303],
      [next, 200],
    ] as const)
      expect((await ask(portal.url, { path: '/staff', headers: { ...html, cookie } })).status).toBe(status);
  });

  test('is kept as a hash: who reads the database can not sign in with it', async () => {
    const token = sessionOf(await signIn(portal.staff.login, portal.staff.password)).replace('staff=', '');
    const ids = (await portal.db.select().from(sessions)).map(({ id }) => id);
    expect(ids).toContain(hashToken(token));
    expect(ids).not.toContain(token);
  });

  test('ends with the sign-out, also for who kept its token', async () => {
    const mine = sessionOf(await signIn(portal.staff.login, portal.staff.password));
    const reply = await ask(portal.url, {
      method: 'POST',
      path: '/staff/sign-out',
      headers: { ...form, cookie: mine },
    });
    expect(reply.status).toBe(303);
    expect((await ask(portal.url, { path: '/staff', headers: { ...html, cookie: mine } })).status).toBe(303);
    expect((await ask(portal.url, { path: '/staff', headers: { ...html, cookie } })).status).toBe(200);
  });

  test('of somebody who was disabled ends at once, with their API tokens, and can not be had again', async () => {
    const mine = sessionOf(await signIn(portal.staff.login, portal.staff.password));
    const token = await portal.apiToken();
    const list = () =>
      ask(portal.url, { path: '/api/v1/requests', headers: { authorization: `Bearer ${token}` } });
    expect((await list()).status).toBe(200);
    const wrong = await signIn(portal.staff.login, 'wrong');
    await portal.db.update(staff).set({ disabledAt: sql`now()` });
    try {
      expect((await ask(portal.url, { path: '/staff', headers: { ...html, cookie: mine } })).status).toBe(
        303,
      );
      expect((await list()).status).toBe(401);
      const refused = await signIn(portal.staff.login, portal.staff.password);
      expect([refused.status, refused.body]).toEqual([401, wrong.body]);
    } finally {
      await portal.db.update(staff).set({ disabledAt: null });
      await calmThrottles();
      cookie = await portal.signIn();
    }
  });

  test('does not go beyond its last day, however often it is renewed', async () => {
    const mine = sessionOf(await signIn(portal.staff.login, portal.staff.password));
    await portal.db
      .update(sessions)
      .set({ absoluteExpiresAt: sql`now() - interval '1 second'` })
      .where(eq(sessions.id, hashToken(mine.replace('staff=', ''))));
    expect((await ask(portal.url, { path: '/staff', headers: { ...html, cookie: mine } })).status).toBe(303);
  });
});
