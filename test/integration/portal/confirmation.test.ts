import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { findStaffByLogin, insertStaff } from '../../../db/queries/people.ts';
import { apiTokens, sessions, staff, throttles } from '../../../db/schema/index.ts';
import { hashToken } from '../../../server/lib/ids.ts';
import { hashPassword } from '../../../server/lib/passwords.ts';
import { startOidcServer } from '../../standins/oidc/provider.ts';
import { grantAccess, nextcloudPerson, wayOn, withPeople } from '../../support/nextcloud-people.ts';
import { startPortal } from '../../support/portal.ts';

/*
 * A session alone lets nobody into an account for good. Who has just signed in is not asked: the tests of each page show that.
 */

let portalUrl = '';
const provider = await startOidcServer(() => `${portalUrl}/staff/sign-in/provider/back`);
const { issuer, clientId, clientSecret } = provider;
const hanako = nextcloudPerson('Hanako');
const portal = await startPortal({
  standinOptions: withPeople(hanako),
  config: {
    singleSignOn: {
      issuer,
      clientId,
      clientSecret,
      groupsClaim: 'groups',
      groups: { administrator: [], staff: ['office'], viewer: [] },
    },
  },
});
portalUrl = portal.url;
const password = 'a first password of mine';
const passwordHash = await hashPassword(password);
let people = 0;
let login: string;
let cookie: string;

beforeEach(async () => {
  people += 1;
  login = `hanako-${people}`;
  key = '';
  await portal.db.delete(throttles);
  await insertStaff(portal.db, { login, name: 'Hanako', role: 'staff', passwordHash });
  cookie = cookieIn(
    await send(
      '/sign-in',
      [
        ['login', login],
        ['password', password],
      ],
      '',
    ),
    'staff',
  );
  await unconfirm();
});
afterAll(async () => {
  vi.useRealTimers();
  await portal.close();
  await provider.close();
});

/** What the browser of these tests opens its form with. */
let key: string;

const ask = (path: string, from = cookie) =>
  fetch(new URL(path, `${portal.url}/`), {
    redirect: 'manual',
    headers: { cookie: `${from}; ${key}`, accept: 'text/html', 'accept-language': 'en' },
  });
const send = async (path: string, fields: readonly (readonly [string, string])[] = [], from = cookie) => {
  const response = await fetch(`${portal.url}/staff${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: from, accept: 'text/html', 'accept-language': 'en' },
    body: new URLSearchParams(fields.map(([name, value]) => [name, value])),
  });
  const given = cookieIn(response, 'staff-form');
  if (given !== '') key = given;
  return response;
};
const cookieIn = (response: Response, name: string): string =>
  response.headers
    .getSetCookie()
    .find((each) => each.startsWith(`${name}=`) && !each.startsWith(`${name}=;`))
    ?.split(';')[0] ?? '';

/** As if the last sign-in, of everybody, had been a while ago. */
const unconfirm = () => portal.db.update(sessions).set({ confirmedAt: sql`now() - interval '10 minutes'` });
const sessionOf = async (from: string) => {
  const id = hashToken(from.slice('staff='.length));
  return (await portal.db.select().from(sessions).where(eq(sessions.id, id)))[0];
};

const typed = [
  ['name', '月次 "報告" <b>'],
  ['scopes', 'requests:read'],
  ['scopes', 'notices:read'],
  ['lifeDays', '30'],
] as const;

/** The form of a page, as a browser sends it. */
const formIn = (html: string) => ({
  action: /<form method="post" action="\/staff([^"]+)" class="part">/.exec(html)?.[1] ?? '',
  fields: [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']) =>
      [
        name,
        value
          .replaceAll('&quot;', '"')
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&amp;', '&'),
      ] as const,
  ),
});
const confirmPage = async (from = cookie) => (await ask('/staff/confirm', from)).text();
const tokensOf = async (who = login) => {
  const person = await findStaffByLogin(portal.db, who);
  return portal.db
    .select()
    .from(apiTokens)
    .where(eq(apiTokens.staffId, person?.id ?? ''));
};

describe('somebody who signed in a while ago', () => {
  test('is asked for the password, and nothing of what was typed is lost', async () => {
    const asked = await send('/account/tokens', typed);
    expect([asked.status, asked.headers.get('location')]).toEqual([303, '/staff/confirm']);
    expect(await tokensOf()).toEqual([]);
    const html = await confirmPage();
    expect(html).toContain('make an API token');
    expect(formIn(html)).toEqual({ action: '/account/tokens', fields: typed });
    const made = await send('/account/tokens', [...formIn(html).fields, ['confirm-password', password]]);
    expect([made.status, await made.text()]).toEqual([200, expect.stringContaining('uketori_')]);
    expect(await tokensOf()).toMatchObject([
      { name: typed[0][1], scopes: ['requests:read', 'notices:read'] },
    ]);
    // Not again for some minutes, and nothing is left to be sent.
    expect((await send('/account/address', [['email', 'h@example.org']])).headers.get('location')).toBe(
      '/staff/account?done=address',
    );
    expect((await ask('/staff/confirm')).headers.get('location')).toBe('/staff');
  });

  test('is asked again after a wrong password, which is on no page, and is no way to guess', async () => {
    const guess = (word: string) => send('/account/tokens', [...typed, ['confirm-password', word]]);
    for (let n = 0; n < 10; n += 1) {
      const response = await guess(`a guess of mine ${n}`);
      const html = await response.text();
      expect([response.status, formIn(html)]).toEqual([422, { action: '/account/tokens', fields: typed }]);
      expect(html).not.toContain('a guess of mine');
    }
    expect((await guess(password)).status).toBe(429);
    expect(await tokensOf()).toEqual([]);
  });

  test('keeps the rest open: reading, ending sessions, revoking tokens, their name', async () => {
    expect((await ask('/staff/account')).status).toBe(200);
    for (const path of ['/account', '/account/end-other-sessions'])
      expect(
        (
          await send(path, [
            ['name', 'H'],
            ['language', 'en'],
            ['mailing', 'each'],
          ])
        ).headers.get('location'),
      ).toMatch(/^\/staff\/account\?done=/);
  });

  test('is asked in one session whatever was confirmed in another', async () => {
    const other = cookieIn(
      await send(
        '/sign-in',
        [
          ['login', login],
          ['password', password],
        ],
        '',
      ),
      'staff',
    );
    expect((await send('/account/tokens', typed, other)).status).toBe(200);
    expect((await send('/account/tokens', typed)).headers.get('location')).toBe('/staff/confirm');
  });

  test('finds what they typed in their own session alone, unreadable at rest, and not for long', async () => {
    await send('/account/address', [['email', 'planted@example.org']]);
    expect((await sessionOf(cookie))?.heldFormSealed).not.toContain('planted');
    const theirs = await portal.signIn();
    expect((await ask('/staff/confirm', theirs)).headers.get('location')).toBe('/staff');
    expect(await confirmPage()).toContain('planted@example.org');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 21 * 60_000 });
    expect((await ask('/staff/confirm')).headers.get('location')).toBe('/staff');
    vi.useRealTimers();
  });

  test('is shown no form that somebody else has sent with their session', async () => {
    await send('/account/address', [['email', 'attacker@example.org']]);
    key = '';
    expect((await ask('/staff/confirm')).headers.get('location')).toBe('/staff');
    // Also when it comes between what they send and the page that they are led to.
    await send('/account/tokens', typed);
    const own = key;
    await send('/account/address', [['email', 'attacker@example.org']]);
    key = own;
    expect((await ask('/staff/confirm')).headers.get('location')).toBe('/staff');
    const again = await send('/sign-in', [
      ['login', login],
      ['password', password],
    ]);
    expect((await ask('/staff/confirm', cookieIn(again, 'staff'))).headers.get('location')).toBe('/staff');
  });

  test('is held to no more than a form of the console has', async () => {
    expect((await send('/account/tokens', [['name', 'x'.repeat(70_000)]])).status).toBe(413);
  });
});

describe('a sign-in', () => {
  test('ends the session that its browser had, and hands on what its person had typed', async () => {
    await send('/account/tokens', typed);
    const again = await send('/sign-in', [
      ['login', login],
      ['password', password],
    ]);
    expect(again.headers.get('location')).toBe('/staff/confirm');
    const next = cookieIn(again, 'staff');
    expect(next).not.toBe(cookie);
    expect(await sessionOf(cookie)).toBeUndefined();
    const html = await confirmPage(next);
    expect(html).not.toContain('type="password"');
    const { action, fields } = formIn(html);
    expect((await send(action, fields, next)).status).toBe(200);
    expect(await tokensOf()).toHaveLength(1);
  });

  test('of somebody else hands on nothing', async () => {
    await send('/account/tokens', typed);
    const other = await send('/sign-in', [
      ['login', portal.staff.login],
      ['password', portal.staff.password],
    ]);
    expect(other.headers.get('location')).toBe('/staff');
    expect((await ask('/staff/confirm', cookieIn(other, 'staff'))).headers.get('location')).toBe('/staff');
    expect(await sessionOf(cookie)).toBeUndefined();
  });

  test('that is refused leaves the session that there is', async () => {
    expect(
      (
        await send('/sign-in', [
          ['login', login],
          ['password', 'wrong'],
        ])
      ).status,
    ).toBe(401);
    expect((await ask('/staff/account')).status).toBe(200);
  });
});

describe('somebody without a password', () => {
  const browser = new Map<string, string>();
  const through = async (address: string, from = '', visits = new Map<string, string>()) => {
    const begun = await ask(address, from);
    const there = begun.headers.get('location') ?? '';
    const back = await provider.signIn(there, '17', visits);
    return { there: new URL(there), done: await ask(back, `${from}; ${cookieIn(begun, 'staff-provider')}`) };
  };
  beforeEach(() => {
    provider.people.set('17', { preferred_username: 'sato', groups: ['office'] });
  });

  test('confirms by signing in at the provider anew, and goes on with what they typed', async () => {
    const own = cookieIn((await through('/staff/sign-in/provider')).done, 'staff');
    await unconfirm();
    await send('/account/tokens', typed, own);
    const html = await confirmPage(own);
    expect(html).not.toContain('type="password"');
    // Nor does any password, where there is none.
    expect((await send('/account/tokens', [...typed, ['confirm-password', '']], own)).status).toBe(422);
    const { there, done } = await through(/href="([^"]+provider[^"]*)"/.exec(html)?.[1] ?? '', own);
    expect([there.searchParams.get('prompt'), there.searchParams.get('max_age')]).toEqual(['login', '0']);
    expect(done.headers.get('location')).toBe('/staff/confirm');
    const next = cookieIn(done, 'staff');
    const { action, fields } = formIn(await confirmPage(next));
    expect((await send(action, fields, next)).status).toBe(200);
    expect(await tokensOf('sato')).toHaveLength(1);
  });

  test('has confirmed when they showed the provider who they are, not when they came from it', async () => {
    const first = cookieIn((await through('/staff/sign-in/provider', '', browser)).done, 'staff');
    const at = (await sessionOf(first))?.confirmedAt;
    await vi.waitUntil(() => Date.now() >= (at?.getTime() ?? 0) + 1000);
    // The provider knows them still, and asks nothing.
    const second = cookieIn((await through('/staff/sign-in/provider', '', browser)).done, 'staff');
    expect((await sessionOf(second))?.confirmedAt).toEqual(at);
  });

  test('confirms through Nextcloud, and goes on with what they typed', async () => {
    const row = await insertStaff(portal.db, {
      login: 'of-nextcloud',
      name: 'N',
      role: 'viewer',
      nextcloudUser: 'hanako',
    });
    const byNextcloud = async (from: string) => {
      const begun = await send('/sign-in/nextcloud', [], from);
      const way = cookieIn(begun, 'staff-nextcloud');
      const { address } = wayOn(await (await ask('/staff/sign-in/nextcloud', way)).text());
      await grantAccess(address, hanako);
      return send('/sign-in/nextcloud/finish', [], `${from}; ${way}`);
    };
    const own = cookieIn(await byNextcloud(''), 'staff');
    await unconfirm();
    await send('/account/address', [['email', 'n@example.org']], own);
    expect(await confirmPage(own)).toContain('action="/staff/sign-in/nextcloud"');
    const done = await byNextcloud(own);
    expect(done.headers.get('location')).toBe('/staff/confirm');
    const next = cookieIn(done, 'staff');
    const { action, fields } = formIn(await confirmPage(next));
    expect((await send(action, fields, next)).status).toBe(303);
    const [changed] = await portal.db
      .select()
      .from(staff)
      .where(eq(staff.id, row?.id ?? ''));
    expect(changed?.email).toBe('n@example.org');
  });
});
