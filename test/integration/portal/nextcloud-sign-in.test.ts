import { eq } from 'drizzle-orm';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { findOwnAccount } from '../../../db/queries/own-accounts.ts';
import { findStaffByLogin, insertStaff, setStaff } from '../../../db/queries/people.ts';
import { accounts, auditEvents, type StaffRole, throttles } from '../../../db/schema/index.ts';
import { enrol } from '../../../server/auth/second-factor.ts';
import { grantAccess, nextcloudPerson, wayOn, withPeople } from '../../support/nextcloud-people.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';

const [hanako, taro, jiro, viewer] = [
  nextcloudPerson('Hanako'),
  nextcloudPerson('taro'),
  nextcloudPerson('jiro', ['office']),
  nextcloudPerson('onlooker'),
];
const portal = await startPortal({ standinOptions: withPeople(hanako, taro, jiro, viewer) });

beforeEach(() => portal.db.delete(throttles));
afterAll(() => portal.close());

const ask = (at: TestPortal, method: string, path: string, cookie = '') =>
  fetch(`${at.url}/staff${path}`, {
    method,
    redirect: 'manual',
    headers: { cookie, accept: 'text/html', 'accept-language': 'en' },
  });
const cookieIn = (response: Response, name: string) =>
  response.headers
    .getSetCookie()
    .find((each) => each.startsWith(`${name}=`) && !each.startsWith(`${name}=;`))
    ?.split(';')[0] ?? '';

const begin = async (at = portal) => {
  const begun = await ask(at, 'POST', '/sign-in/nextcloud');
  expect(begun.headers.get('location')).toBe('/staff/sign-in/nextcloud');
  const cookie = cookieIn(begun, 'staff-nextcloud');
  const html = await (await ask(at, 'GET', '/sign-in/nextcloud', cookie)).text();
  return { cookie, html, ...wayOn(html) };
};
const finish = (cookie: string, at = portal) => ask(at, 'POST', '/sign-in/nextcloud/finish', cookie);

const signIn = async (who: typeof hanako, at = portal) => {
  const { address, cookie } = await begin(at);
  await grantAccess(address, who);
  return finish(cookie, at);
};
const isOpen = async (response: Response, at = portal) =>
  (await ask(at, 'GET', '/account', cookieIn(response, 'staff'))).status === 200;

const person = async (login: string, nextcloudUser: string | null, role: StaffRole = 'staff') => {
  const row = await insertStaff(portal.db, { login, name: login, role, nextcloudUser });
  if (row === undefined) throw new Error('no row');
  return row;
};
const deedsOf = async (id: string) =>
  (await portal.db.select().from(auditEvents).where(eq(auditEvents.subject, id))).map(({ action }) => action);

/** App passwords of a person that Nextcloud accepts, beside the first. */
const appPasswordsOf = ({ id }: typeof hanako) => portal.standin.control.appPasswords(id);

describe('somebody whose Nextcloud user an administrator has named', () => {
  test('is offered it, signs in, and has their account connected', async () => {
    expect(await (await ask(portal, 'GET', '/sign-in')).text()).not.toContain('/staff/sign-in/nextcloud');
    const { id } = await person('hanako-here', 'hanako');
    expect(await (await ask(portal, 'GET', '/sign-in')).text()).toContain('/staff/sign-in/nextcloud');
    expect(await isOpen(await signIn(hanako))).toBe(true);
    expect(await findOwnAccount(portal.db, id)).toMatchObject({ userId: 'Hanako', revoked: false });
    expect(await deedsOf(id)).toEqual(['account.connected', 'session.begun']);
  });

  test('leaves no app password behind at every later sign-in', async () => {
    const before = appPasswordsOf(hanako);
    expect(before).toBe(1);
    expect(await isOpen(await signIn(hanako))).toBe(true);
    expect(appPasswordsOf(hanako)).toBe(before);
  });

  test('has a connection that Nextcloud refuses mended by the next sign-in', async () => {
    const who = await findStaffByLogin(portal.db, 'hanako-here');
    const before = await findOwnAccount(portal.db, who?.id ?? '');
    portal.standin.control.revokeAppPasswords('Hanako');
    expect(await isOpen(await signIn(hanako))).toBe(true);
    const after = await findOwnAccount(portal.db, who?.id ?? '');
    expect(after?.id).toBe(before?.id);
    expect(after?.appPasswordSealed).not.toBe(before?.appPasswordSealed);
    const nextcloud = await portal.composed.portal.intake.accounts.nextcloudFor(after?.id ?? '');
    expect(await nextcloud.me()).toMatchObject({ id: 'Hanako' });
  });

  test('is still asked for the second factor that they have here', async () => {
    const { id } = await person('taro-here', 'taro');
    const { portal: parts } = portal.composed;
    await enrol(parts, { staffId: id, sessionId: '', address: '' });
    await portal.db.execute(`update second_factors set confirmed_at = now() where staff_id = '${id}'`);
    const response = await signIn(taro);
    expect(response.headers.get('location')).toBe('/staff/sign-in/code');
    expect(cookieIn(response, 'staff')).toBe('');
  });

  test('is not connected where they may open no request', async () => {
    const { id } = await person('onlooker-here', 'onlooker', 'viewer');
    expect(await isOpen(await signIn(viewer))).toBe(true);
    expect(await findOwnAccount(portal.db, id)).toBeUndefined();
    expect(appPasswordsOf(viewer)).toBe(0);
  });
});

describe('somebody who is not to come in', () => {
  test.each([
    ['is unknown', async () => undefined],
    [
      'is named by login and address alone',
      () =>
        insertStaff(portal.db, {
          login: 'jiro',
          name: 'Jiro',
          role: 'administrator',
          email: 'jiro@example.org',
        }),
    ],
    [
      'is disabled',
      async () => {
        const row = await findStaffByLogin(portal.db, 'jiro');
        await setStaff(portal.db, row?.id ?? '', { nextcloudUser: 'jiro', disabledAt: new Date() });
      },
    ],
  ])('and %s, is refused alike, and leaves nothing behind', async (_name, prepare) => {
    await prepare();
    const rows = (await portal.db.select().from(accounts)).length;
    const response = await signIn(jiro);
    expect([response.status, cookieIn(response, 'staff')]).toEqual([401, '']);
    expect(await response.text()).toContain('You were not let in');
    expect((await portal.db.select().from(accounts)).length).toBe(rows);
    expect(appPasswordsOf(jiro)).toBe(0);
  });
});

describe('a way that was begun', () => {
  test('shows Nextcloud’s page the code that its own page shows, and no secret', async () => {
    const { html, address, code, cookie } = await begin();
    expect(code).toMatch(/^[0-9A-Z]{4}$/);
    expect(await (await fetch(address)).text()).toContain(`page shows ${code}`);
    const poll = portal.standin.control.pollTokens();
    expect(poll.length).toBeGreaterThan(0);
    for (const token of poll) expect(html + cookie).not.toContain(token);
  });

  test('waits until access is granted, and opens once, in the browser that began it alone', async () => {
    const [own, other] = [await begin(), await begin()];
    const waiting = await finish(own.cookie);
    expect([waiting.status, await waiting.text()]).toEqual([
      200,
      expect.stringContaining('has not said yet'),
    ]);
    await grantAccess(own.address, hanako);
    for (const cookie of ['', 'staff-nextcloud=nonsense', other.cookie])
      expect(await isOpen(await finish(cookie))).toBe(false);
    expect(await isOpen(await finish(own.cookie))).toBe(true);
    expect(await isOpen(await finish(own.cookie))).toBe(false);
  });

  test('is none for connecting, nor the other way round', async () => {
    const staff = await portal.signIn();
    const { cookie, address } = await begin();
    await grantAccess(address, hanako);
    const connecting = await ask(portal, 'POST', '/account/nextcloud/finish', `${staff}; ${cookie}`);
    expect(connecting.status).toBe(409);
    const begun = await ask(portal, 'POST', '/account/nextcloud', staff);
    expect((await finish(cookieIn(begun, 'staff-nextcloud'))).status).toBe(401);
    expect(await isOpen(await finish(cookie))).toBe(true);
  });

  test('is refused to who begins too many', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 61; n += 1) statuses.push((await ask(portal, 'POST', '/sign-in/nextcloud')).status);
    expect([statuses.at(0), statuses.at(-1)]).toEqual([303, 429]);
  });

  test('is not begun by another site', async () => {
    const response = await fetch(`${portal.url}/staff/sign-in/nextcloud`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    expect(response.status).toBe(403);
  });
});

describe('where groups decide', () => {
  test('who is in one is added with its role, which follows, and nobody else is let in', async () => {
    const member = nextcloudPerson('Member', ['sales', 'office']);
    const stranger = nextcloudPerson('stranger');
    const at = await startPortal({
      standinOptions: withPeople(member, stranger),
      config: { nextcloudSignIn: { groups: { administrator: [], staff: ['office'], viewer: ['audit'] } } },
    });
    expect(await isOpen(await signIn(member, at), at)).toBe(true);
    expect(await findStaffByLogin(at.db, 'member')).toMatchObject({
      role: 'staff',
      name: 'Member of the tests',
      nextcloudUser: 'member',
      email: null,
    });
    expect((await signIn(stranger, at)).status).toBe(401);
    member.groups = ['audit'];
    const here = await signIn(member, at);
    expect(await isOpen(here, at)).toBe(true);
    expect(await findStaffByLogin(at.db, 'member')).toMatchObject({ role: 'viewer' });
    member.groups = [];
    expect((await signIn(member, at)).status).toBe(401);
    expect(await isOpen(here, at)).toBe(false);
    await at.close();
  });
});

test('where it is switched off it is not there', async () => {
  const at = await startPortal({
    standin: portal.standin,
    config: { nextcloudSignIn: undefined },
  });
  expect((await ask(at, 'POST', '/sign-in/nextcloud')).status).toBe(404);
  expect((await finish('', at)).status).toBe(404);
  await at.close();
});

test('a Nextcloud that is away is said to be', async () => {
  const at = await startPortal({
    standin: portal.standin,
    nextcloud: { url: new URL('http://127.0.0.1:9') },
  });
  expect((await ask(at, 'POST', '/sign-in/nextcloud')).status).toBe(503);
  await at.close();
});
