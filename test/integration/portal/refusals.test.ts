import { BlockList } from 'node:net';
import { eq, inArray } from 'drizzle-orm';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { insertStaff } from '../../../db/queries/people.ts';
import { auditEvents, secondFactors, sessions, staff, throttles } from '../../../db/schema/index.ts';
import { newTotpSecret } from '../../../server/auth/totp.ts';
import { networksOf } from '../../../server/lib/networks.ts';
import { hashPassword } from '../../../server/lib/passwords.ts';
import { startPortal, until } from '../../support/portal.ts';

/* Attempts to get in that were refused stand in the audit log, and can't fill it. */

const portal = await startPortal({ config: { trustedProxies: networksOf('127.0.0.1') ?? new BlockList() } });
const password = 'a first password of mine';
const passwordHash = await hashPassword(password);
let people = 0;
let login: string;
let staffId: string;
/** The last line of the log before a test. */
let before: number;

const actions = ['session.refused', 'second-factor.refused', 'confirmation.refused'] as const;
const all = () =>
  portal.db
    .select()
    .from(auditEvents)
    .where(inArray(auditEvents.action, [...actions]))
    .orderBy(auditEvents.id);
const lines = async () =>
  (await all())
    .filter(({ id }) => id > before)
    .map(({ actor, action, subject, address, details }) => ({ actor, action, subject, address, details }));
/** They are written behind the answer. */
const linesAre = (count: number) =>
  until(`${count} lines`, async () => {
    const told = await lines();
    return told.length >= count && told;
  });

beforeEach(async () => {
  people += 1;
  login = `hanako-${people}`;
  await portal.db.delete(throttles);
  const row = await insertStaff(portal.db, { login, name: 'Hanako', role: 'staff', passwordHash });
  staffId = row?.id ?? '';
  before = (await all()).at(-1)?.id ?? 0;
});
afterAll(() => portal.close());

const send = (path: string, fields: Record<string, string>, from: string, cookie = '') =>
  fetch(`${portal.url}/staff${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, accept: 'text/html', 'accept-language': 'en', 'x-forwarded-for': from },
    body: new URLSearchParams(fields),
  });
const guess = (who: string, from = '192.0.2.1', typed = 'a guess') =>
  send('/sign-in', { login: who, password: typed }, from);
const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? '';

describe('a sign-in that was refused', () => {
  test('is written down with who was tried and from which network, and not again for a while', async () => {
    for (let n = 0; n < 3; n += 1) expect((await guess(login)).status).toBe(401);
    await guess(login, '2001:db8:1:2:3:4:5:6');
    await guess(login, '2001:db8:1:2:ffff::1');
    const line = { actor: 'anonymous', action: 'session.refused', subject: staffId, details: {} };
    // Another one after it: so far, all have been written that ever will be.
    await guess(login, '198.51.100.7');
    const told = (await linesAre(3)).sort((a, b) => String(a.address).localeCompare(String(b.address)));
    expect(told).toEqual([
      { ...line, address: '192.0.2.1' },
      { ...line, address: '198.51.100.7' },
      { ...line, address: '2001:db8:1:2::/64' },
    ]);
  });

  test('never holds what was typed where a login is asked for', async () => {
    const mistyped = 'my-real-password-in-the-wrong-field';
    await guess(mistyped);
    const told = await linesAre(1);
    expect(told).toMatchObject([{ subject: 'unknown', address: '192.0.2.1' }]);
    expect(JSON.stringify(await all())).not.toContain(mistyped);
    expect(portal.log.join('')).not.toContain(mistyped);
  });

  test('of somebody who is disabled is written down like any other; a good one is not', async () => {
    expect((await guess(login, '192.0.2.9', password)).status).toBe(303);
    await portal.db.update(staff).set({ disabledAt: new Date() }).where(eq(staff.id, staffId));
    expect((await guess(login, '192.0.2.9', password)).status).toBe(401);
    expect(await linesAre(1)).toMatchObject([{ subject: staffId }]);
  });

  test('is told apart where there were too many', async () => {
    for (let n = 0; n < 10; n += 1) expect((await guess(login)).status).toBe(401);
    expect((await guess(login)).status).toBe(429);
    expect((await linesAre(2)).map(({ details }) => details)).toEqual([{}, { throttled: true }]);
  });

  test('fills no log, from however many networks', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, n) => guess(login, `203.0.113.${n}`)));
    await Promise.all(Array.from({ length: 40 }, (_, n) => guess(`nobody-${n}`, `198.51.100.${n}`)));
    await linesAre(40);
    // Of another person there is still a line: nobody hides behind a flood.
    await guess(portal.staff.login, '203.0.113.200');
    const told = await linesAre(41);
    const of = (subject: string) => told.filter((line) => line.subject === subject).length;
    expect([of(staffId), of('unknown'), told.length]).toEqual([20, 20, 41]);
  });
});

describe('a code that was refused', () => {
  test('is written down as one, and the password before it is not', async () => {
    const { sealing } = portal.composed.portal;
    await portal.db.insert(secondFactors).values({
      staffId,
      secretSealed: sealing.seal(newTotpSecret(), `second-factor:${staffId}`),
      confirmedAt: new Date(),
    });
    const ticket = cookieOf(await guess(login, '192.0.2.1', password));
    expect((await send('/sign-in/code', { code: 'wrong' }, '192.0.2.1', ticket)).status).toBe(422);
    expect(await linesAre(1)).toMatchObject([
      { action: 'second-factor.refused', subject: staffId, address: '192.0.2.1' },
    ]);
  });
});

describe('a password that was refused to somebody signed in', () => {
  test.each([
    ['to confirm who they are', '/account/address', { email: '', 'confirm-password': 'wrong' }],
    [
      'to change it',
      '/account/password',
      { current: 'wrong', password: 'xyzzy-xyzzy-xyzzy', again: 'xyzzy-xyzzy-xyzzy' },
    ],
  ])('%s is written down', async (_name, path, fields: Record<string, string>) => {
    const cookie = cookieOf(await guess(login, '192.0.2.1', password));
    await portal.db.update(sessions).set({ confirmedAt: new Date(0) });
    expect((await send(path, fields, '192.0.2.1', cookie)).status).toBe(422);
    expect(await linesAre(1)).toMatchObject([{ action: 'confirmation.refused', subject: staffId }]);
  });
});
