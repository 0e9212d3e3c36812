import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { insertPasswordTicket } from '../../../db/queries/password-tickets.ts';
import { insertStaff } from '../../../db/queries/people.ts';
import { auditEvents, staff, throttles } from '../../../db/schema/index.ts';
import { createApiToken } from '../../../server/auth/api-tokens.ts';
import { hashToken, newToken } from '../../../server/lib/ids.ts';
import { passwordLink } from '../../../server/lib/password-link.ts';
import { hashPassword } from '../../../server/lib/passwords.ts';
import { startPortal } from '../../support/portal.ts';

const portal = await startPortal();
const password = 'a first password of mine';
const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
let staffId: string;
let login: string;
let passwordHash: string;
let people = 0;

beforeAll(async () => {
  passwordHash = await hashPassword(password);
});

beforeEach(async () => {
  people += 1;
  login = `hanako-${people}`;
  const row = await insertStaff(portal.db, { login, name: 'Hanako', role: 'viewer', passwordHash });
  staffId = row?.id ?? '';
  await portal.db.delete(throttles);
});

afterAll(() => portal.close());

const send = (path: string, fields: Record<string, string>, cookie = '', userAgent = firefox) =>
  fetch(`${portal.url}/staff${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, accept: 'text/html', 'user-agent': userAgent },
    body: new URLSearchParams(fields),
  });

const signIn = async (userAgent = firefox, typed = password) => {
  const response = await send('/sign-in', { login, password: typed }, '', userAgent);
  if (response.status !== 303) throw new Error(`no sign-in: ${response.status}`);
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
};

const account = (cookie: string) =>
  fetch(`${portal.url}/staff/account`, { headers: { cookie, 'accept-language': 'en' }, redirect: 'manual' });

const isOpen = async (cookie: string) => (await account(cookie)).status === 200;

const change = (cookie: string, current: string, next: string, again = next) =>
  send('/account/password', { current, password: next, again }, cookie);

const passwordLinkPath = (ticketId: string) =>
  new URL(passwordLink({ sealing: portal.composed.portal.sealing, publicUrl: new URL(portal.url) }, ticketId))
    .pathname;

const deedsOf = async (id: string) =>
  (await portal.db.select().from(auditEvents).where(eq(auditEvents.subject, id))).map(({ action }) => action);

describe('a new password', () => {
  test('opens the console from then on, ends every other session, and is audited', async () => {
    const [here, elsewhere] = [await signIn(), await signIn(safari)];
    const response = await change(here, password, 'a second password of mine');
    expect(response.headers.get('location')).toBe('/staff/account?done=password');
    expect(await isOpen(here)).toBe(true);
    expect(await isOpen(elsewhere)).toBe(false);
    await expect(signIn()).rejects.toThrow('401');
    expect(await isOpen(await signIn(firefox, 'a second password of mine'))).toBe(true);
    expect(await deedsOf(staffId)).toContain('staff.password-changed');
  });

  test('leaves API tokens alone, or revokes them with it, as its owner says', async () => {
    const { token } = await createApiToken(portal.db, {
      staffId,
      name: 'test',
      scopes: ['requests:read'],
      expiresAt: null,
    });
    const call = async () =>
      (await fetch(`${portal.url}/api/v1/requests`, { headers: { authorization: `Bearer ${token}` } }))
        .status;
    const here = await signIn();
    expect(await (await account(here)).text()).toContain('name="revokeTokens"');
    const [second, third] = ['a second password of mine', 'a third password of mine'];
    expect((await change(here, password, second)).status).toBe(303);
    expect(await call()).toBe(200);
    const fields = { password: third, again: third, revokeTokens: 'yes' };
    await send('/account/password', { ...fields, current: 'not this one' }, here);
    expect(await call()).toBe(200);
    await send('/account/password', { ...fields, current: second }, here);
    expect(await call()).toBe(401);
    expect(await (await account(here)).text()).not.toContain('name="revokeTokens"');
  });

  test.each([
    ['a new password', (cookie: string) => change(cookie, password, 'a second password of mine')],
    ['a new address', (cookie: string) => send('/account/address', { email: 'new@example.org' }, cookie)],
  ])('is set by no link from before %s', async (_name, doIt) => {
    const ticket = { staffId, purpose: 'reset' as const, lifeMinutes: 60 };
    const path = passwordLinkPath(await insertPasswordTicket(portal.db, ticket));
    expect((await fetch(`${portal.url}${path}`)).status).toBe(200);
    expect((await doIt(await signIn())).status).toBe(303);
    expect((await fetch(`${portal.url}${path}`)).status).toBe(410);
  });

  test.each([
    ['the old one is wrong', 'not this one', 'a second password of mine', 'a second password of mine'],
    ['it is short', password, 'xq7-under', 'xq7-under'],
    ['it was typed in two ways', password, 'a second password of mine', 'a second passwort of mine'],
  ])('is not taken when %s', async (_name, current, next, again) => {
    const [here, elsewhere] = [await signIn(), await signIn(safari)];
    const response = await change(here, current, next, again);
    expect(response.status).toBe(422);
    expect(await response.text()).not.toContain(next);
    expect(await isOpen(elsewhere)).toBe(true);
    expect(await isOpen(await signIn())).toBe(true);
  });

  test('is not a way to guess the old one', async () => {
    const here = await signIn();
    for (let n = 0; n < 10; n += 1)
      expect((await change(here, `guess ${n}`, 'a second password of mine')).status).toBe(422);
    expect((await change(here, password, 'a second password of mine')).status).toBe(429);
  });
});

describe('the list of sessions', () => {
  test('says from where and by which browser, and which is this one', async () => {
    const [here] = [await signIn(), await signIn(safari)];
    const html = await (await account(here)).text();
    expect(html).toContain('Firefox on Windows');
    expect(html).toContain('Safari on iPhone');
    expect(html).toContain('127.0.0.1');
    expect(html.match(/This session/g)).toHaveLength(1);
    // What opens a session is in no page.
    expect(html).not.toContain(here.slice('staff='.length));
  });

  test('ends one, or all others', async () => {
    const [here, second, third] = [await signIn(), await signIn(safari), await signIn('curl/8')];
    const page = await (await account(here)).text();
    const path = /\/staff(\/account\/sessions\/[0-9a-f]+\/end)/.exec(page)?.[1] ?? '';
    await send(path, {}, here);
    expect([await isOpen(second), await isOpen(third)].filter(Boolean)).toHaveLength(1);
    await send('/account/end-other-sessions', {}, here);
    expect([await isOpen(second), await isOpen(third)]).toEqual([false, false]);
    expect(await isOpen(here)).toBe(true);
  });

  test('ends nobody else’s', async () => {
    const here = await signIn();
    const theirs = await portal.signIn();
    const sessionId = hashToken(theirs.slice('staff='.length));
    expect((await send(`/account/sessions/${sessionId}/end`, {}, here)).status).toBe(404);
    expect(await isOpen(theirs)).toBe(true);
  });
});

describe('what somebody says of themselves', () => {
  test('is kept, and the language comes back at the next sign-in', async () => {
    const here = await signIn();
    const saved = await send('/account', { name: '花子', language: 'ja', mailing: 'daily' }, here);
    expect(saved.headers.get('location')).toBe('/staff/account?done=saved');
    const moved = await send('/account/address', { email: 'h@example.org' }, here);
    expect(moved.headers.get('location')).toBe('/staff/account?done=address');
    expect(await deedsOf(staffId)).toEqual(expect.arrayContaining(['staff.address-changed']));
    const [row] = await portal.db.select().from(staff).where(eq(staff.id, staffId));
    expect(row).toMatchObject({
      name: '花子',
      email: 'h@example.org',
      language: 'ja',
      mailing: 'daily',
      role: 'viewer',
    });
    const again = await send('/sign-in', { login, password });
    expect(again.headers.getSetCookie().join()).toContain('language=ja');
  });

  test.each([
    ['no name', '/account', { name: ' ', language: 'en', mailing: 'each' }],
    ['another language', '/account', { name: 'H', language: 'xx', mailing: 'each' }],
    ['two addresses', '/account/address', { email: 'a@example.org,b@example.org' }],
  ])('is not taken with %s', async (_name, path, fields: Record<string, string>) => {
    expect((await send(path, fields, await signIn())).status).toBe(400);
  });
});

test('a sign-in with a login of any length is refused like any other', async () => {
  const long = Array.from({ length: 100 }, () => newToken()).join('');
  expect((await send('/sign-in', { login: long, password })).status).toBe(401);
});
