import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { throttles } from '../../../db/schema/index.ts';
import { type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { type Ask, ask, metadata, type Reply, shareOf, tusOf } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;
let cookie: string;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest({ title: 'Quarterly figures' });
  cookie = await portal.signIn();
});

afterAll(() => portal.close());

const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const html = { accept: 'text/html' };

const signIn = (login: string, password: string, headers: Record<string, string> = {}): Promise<Reply> =>
  ask(portal.url, {
    method: 'POST',
    path: '/staff/sign-in',
    headers: { ...form, ...html, ...headers },
    body: new URLSearchParams({ login, password }).toString(),
  });

const calmThrottles = () => portal.db.delete(throttles);

describe('every kind of reply', () => {
  const kinds: [string, () => Ask | Promise<Ask>, number][] = [
    ['a page for anybody', () => ({ path: `/r/${request.token}`, headers: html }), 200],
    ['the sign-in page', () => ({ path: '/staff/sign-in', headers: html }), 200],
    ['a page for staff', () => ({ path: '/staff', headers: { ...html, cookie } }), 200],
    ['a redirect', () => ({ path: '/staff', headers: html }), 303],
    ['a page that is not there', () => ({ path: '/nowhere', headers: html }), 404],
    ['an unknown link', () => ({ path: '/r/unknown', headers: html }), 404],
    ['a failure as JSON', () => ({ path: '/nowhere' }), 404],
    ['a refusal of the API', () => ({ path: '/api/v1/requests' }), 401],
    ['the description of the API', () => ({ path: '/api/openapi.json' }), 200],
    ['health', () => ({ path: '/healthz' }), 200],
    ['the key of receipts', () => ({ path: '/receipts/key' }), 200],
    ['a refusal of an upload', () => ({ method: 'POST', path: '/uploads' }), 404],
    ['OPTIONS of uploads', () => ({ method: 'OPTIONS', path: '/uploads' }), 204],
    [
      'a refusal of another site',
      () => ({ method: 'POST', path: '/staff/sign-in', headers: { origin: 'https://evil.example' } }),
      403,
    ],
  ];

  test.each(kinds)('%s carries the headers that keep browsers from harm', async (_kind, wish, status) => {
    const reply = await ask(portal.url, await wish());
    expect(reply.status).toBe(status);
    const policy = String(reply.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(reply.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
    });
    // Over https it is no-referrer; over http the portal's own forms need their origin to be told to itself.
    expect(reply.headers['referrer-policy']).toMatch(/^(no-referrer|same-origin)$/);
    expect(reply.body).not.toMatch(
      /<script(?![^>]*\bsrc=)(?![^>]*type="application\/json")[^>]*>|\son\w+=|style="/i,
    );
  });

  test('over https asks for https from then on, and lets no address out', async () => {
    const secure = await startPortal({ config: { publicUrl: new URL('https://files.example.org') } });
    try {
      const reply = await ask(secure.url, { path: '/staff/sign-in', headers: html });
      expect(reply.headers['strict-transport-security']).toMatch(/max-age=\d{7,}/);
      expect(reply.headers['referrer-policy']).toBe('no-referrer');
      const made = await fetch(`${secure.url}/staff/sign-in`, {
        method: 'POST',
        body: new URLSearchParams(secure.staff),
        redirect: 'manual',
      });
      const [set = ''] = made.headers.getSetCookie();
      expect(set).toMatch(/^__Host-staff=/);
      for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
        expect(set).toContain(attribute);
    } finally {
      await secure.close();
    }
  });

  test('assets may be kept, for their names change with their content', async () => {
    const { assets } = portal.composed.portal;
    const reply = await ask(portal.url, { path: assets.css });
    expect(reply.status).toBe(200);
    expect(reply.headers['cache-control']).toContain('immutable');
    expect(reply.headers['x-content-type-options']).toBe('nosniff');
    for (const path of [
      '/assets/../package.json',
      '/assets/%2e%2e/package.json',
      '/assets/..%2f..%2fpackage.json',
      '/assets/%00',
    ])
      expect((await ask(portal.url, { path })).status).toBeGreaterThanOrEqual(400);
  });
});

describe('what is sent', () => {
  test.each([
    ['a form', '/staff/sign-in', form],
    ['JSON for the API', '/api/v1/requests', json],
    ['JSON of a submitter', '/r/x/submissions', json],
  ])(
    '%s that is too large is refused with 413, also when it does not say its length',
    async (_case, path, headers) => {
      const body = `{"title":"${'x'.repeat(1100 * 1024)}"}`;
      expect((await ask(portal.url, { method: 'POST', path, headers, body })).status).toBe(413);
      const chunked = { ...headers, 'transfer-encoding': 'chunked' };
      expect((await ask(portal.url, { method: 'POST', path, headers: chunked, body })).status).toBe(413);
      expect((await ask(portal.url, { method: 'POST', path, headers, body: '{}' })).status).not.toBe(413);
    },
  );

  test.each([
    ['JSON that is none', () => ({ method: 'POST', path: '/api/v1/requests', headers: json, body: '{' })],
    [
      'a title with NUL',
      () => ({ method: 'POST', path: '/api/v1/requests', headers: json, body: '{"title":"a\\u0000b"}' }),
    ],
    ['an id with NUL', () => ({ path: '/api/v1/requests/%00', headers: {} })],
    [
      'half a surrogate',
      () => ({ method: 'POST', path: '/api/v1/requests', headers: json, body: '{"title":"a\\ud800b"}' }),
    ],
  ])('%s is no error of ours', async (_case, wish) => {
    const asked: Ask = wish();
    const authorization = `Bearer ${await portal.apiToken()}`;
    const reply = await ask(portal.url, { ...asked, headers: { ...asked.headers, authorization } });
    expect(reply.status).toBeLessThan(500);
  });

  test.each([
    ['GET', '/staff/requests/%00'],
    ['POST', '/staff/requests/%00/close'],
    ['POST', '/staff/requests/new'],
    ['GET', '/r/%00'],
    ['GET', '/r/%e0%a4%a'],
    ['GET', '/receipts/%00.x'],
  ])('%s %s is no error of ours', async (method, path) => {
    const headers = { ...html, cookie, ...(method === 'POST' ? json : {}) };
    const reply = await ask(portal.url, {
      method,
      path,
      headers,
      ...(method === 'POST' ? { body: '{}' } : {}),
    });
    expect(reply.status).toBeLessThan(500);
  });

  test('a sign-in with NUL is refused, and is no error of ours', async () => {
    expect((await signIn('a\0b', 'c\0d')).status).toBe(400);
    await calmThrottles();
  });

  test('never decides where a submitter is sent: Location is a path of ours', async () => {
    const begun = await portal.begin(request);
    const reply = await tusOf(portal, begun).create({
      'upload-length': '1',
      'upload-metadata': metadata({ filename: 'a.txt' }),
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example;proto=https',
    });
    expect(reply.headers.location).toMatch(/^\/uploads\/upl_[0-9a-f]{32}$/);
    const signed = await signIn(portal.staff.login, portal.staff.password, { host: 'evil.example' });
    expect(signed.headers.location).toBe('/staff');
  });
});

const textOf = ({ headers, body }: Reply): string => JSON.stringify(headers) + body;

describe('planted secrets', () => {
  test('of Nextcloud appear in no page, no header and no line of the log', async () => {
    const { standin } = portal;
    const share = await shareOf(portal, request.id);
    const sent = await portal.submit(request, [{ name: 'a.txt', content: 'a' }]);
    const token = await portal.apiToken();
    const authorization = `Bearer ${token}`;
    const credential = { authorization: `Bearer ${sent.credential}` };
    standin.control.changeShare(share.id, { permissions: 31 });
    await portal.db.execute(sql`update shares set proven_at = now() - interval '1 hour'`);
    const refused = await tusOf(portal, await portal.begin(request)).createNamed('b.txt', 1);
    expect(refused.status).toBe(503);
    standin.control.calm();
    standin.control.set({ stubbornPermissions: 31 });
    const notOpened = await portal.post({ title: 'Not to be' });
    standin.control.calm();
    standin.control.changeShare(share.id, { permissions: 4 });
    standin.control.fault({ times: 3, action: { reply: 500 } });
    const failed = await portal.post({ title: 'Broken' });
    standin.control.calm();
    const wishes: Ask[] = [
      { path: `/r/${request.token}`, headers: html },
      { path: '/api/openapi.json' },
      { path: '/healthz' },
      { path: `/submissions/${sent.submissionId}`, headers: credential },
      { path: sent.description.receiptUrl ?? '', headers: html },
      { path: '/nowhere', headers: html },
    ];
    const ofStaff: Ask[] = [
      { path: '/staff', headers: { ...html, cookie } },
      { path: `/staff/requests/${request.id}`, headers: { ...html, cookie } },
      { path: '/staff/requests/new', headers: { ...html, cookie } },
      { path: `/staff/submissions/${sent.submissionId}`, headers: { ...html, cookie } },
      { path: '/api/v1/requests', headers: { authorization } },
      { path: '/api/v1/notices', headers: { authorization } },
    ];
    const [publicly, toStaff] = await Promise.all(
      [wishes, ofStaff].map(async (asked) =>
        (await Promise.all(asked.map((wish) => ask(portal.url, wish)))).map(textOf).join('\n'),
      ),
    );
    const said = [textOf(refused), publicly, toStaff, await notOpened.text(), await failed.text()].join('\n');
    const log = portal.log.join('');
    const basic = Buffer.from(`${standin.user.id}:${standin.user.appPassword}`).toString('base64');
    const secrets = { token: share.token, password: share.password, app: standin.user.appPassword, basic };
    for (const [name, secret] of Object.entries(secrets)) {
      expect([name, said.includes(secret)]).toEqual([name, false]);
      expect([name, log.includes(secret)]).toEqual([name, false]);
    }
    // Staff are led to the files in Nextcloud; nobody else is told where it is.
    expect(publicly).not.toContain(standin.url);
    expect(toStaff).toContain(standin.url);
    // What opens our own doors is told once to who may have it, and to no log.
    for (const [name, secret] of Object.entries({
      link: request.token,
      api: token,
      credential: sent.credential,
      session: cookie.replace('staff=', ''),
      password: portal.staff.password,
    }))
      expect([name, log.includes(secret)]).toEqual([name, false]);
    // The search finds what is there.
    expect(said).toContain(sent.receiptNumber);
    expect(log).toContain('nextcloud answered');
  });

  test('of Nextcloud are in nothing that browsers load', async () => {
    const { assetsDir } = portal.composed.portal;
    expect(dirname(assetsDir)).not.toBe(assetsDir);
    for (const name of await readdir(assetsDir))
      expect((await readFile(join(assetsDir, name), 'utf8')).includes('NEXTCLOUD_APP_PASSWORD')).toBe(false);
  });
});
