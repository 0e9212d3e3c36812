import { eq } from 'drizzle-orm';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { insertStaff } from '../../../db/queries/people.ts';
import { recoveryCodes, secondFactors, staff, throttles } from '../../../db/schema/index.ts';
import { removeSecondFactor } from '../../../server/auth/second-factor.ts';
import { stepAt, totpCode } from '../../../server/auth/totp.ts';
import { hashPassword } from '../../../server/lib/passwords.ts';
import { startPortal } from '../../support/portal.ts';

const portal = await startPortal();
const password = 'a password of mine';
const passwordHash = await hashPassword(password);
let staffId: string;
let login: string;
let people = 0;

beforeEach(async () => {
  people += 1;
  login = `taro-${people}`;
  staffId = (await insertStaff(portal.db, { login, name: 'Taro', role: 'staff', passwordHash }))?.id ?? '';
  await portal.db.delete(throttles);
});

afterAll(() => portal.close());

const send = (path: string, fields: Record<string, string> = {}, cookie = '') =>
  fetch(`${portal.url}/staff${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, accept: 'text/html', 'accept-language': 'en' },
    body: new URLSearchParams(fields),
  });

const cookieIn = (response: Response, name: string): string | undefined =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0] ?? '')
    .find((pair) => pair.startsWith(`${name}=`) && pair !== `${name}=`);

const account = async (cookie: string) => {
  const response = await fetch(`${portal.url}/staff/account`, {
    headers: { cookie, 'accept-language': 'en' },
    redirect: 'manual',
  });
  return { status: response.status, html: await response.text() };
};

const signIn = async () => cookieIn(await send('/sign-in', { login, password }), 'staff') ?? '';

/** The password alone. @returns the cookie of the half sign-in */
const firstHalf = async (): Promise<string> => {
  const response = await send('/sign-in', { login, password });
  expect(response.headers.get('location')).toBe('/staff/sign-in/code');
  expect(cookieIn(response, 'staff')).toBeUndefined();
  return cookieIn(response, 'staff-ticket') ?? '';
};

const code = (secret: string, ahead = 0) => totpCode(secret, stepAt(Date.now()) + ahead);

/** As if the last code had been taken long ago. */
const later = () =>
  portal.db.update(secondFactors).set({ lastStep: 0 }).where(eq(secondFactors.staffId, staffId));

const setUp = async () => {
  const cookie = await signIn();
  await send('/account/second-factor', {}, cookie);
  const shown = /<code class="hash">([A-Z2-7 ]+)<\/code>/.exec((await account(cookie)).html)?.[1] ?? '';
  const secret = shown.replaceAll(' ', '');
  // Not asked for yet: an app that was told wrongly shuts nobody out.
  expect(await signIn()).not.toBe('');
  const response = await send('/account/second-factor/confirm', { code: code(secret) }, cookie);
  expect(response.status).toBe(200);
  const codes = (await response.text()).match(/[0-9A-Z]{5}-[0-9A-Z]{5}/g) ?? [];
  return { cookie, secret, codes };
};

describe('a second factor', () => {
  test('is asked for after the password, and half a sign-in opens nothing', async () => {
    const { secret } = await setUp();
    await later();
    const ticket = await firstHalf();
    expect((await account(ticket)).status).toBe(303);
    expect((await account(ticket.replace('staff-ticket', 'staff'))).status).toBe(303);
    const done = await send('/sign-in/code', { code: code(secret) }, ticket);
    expect(done.headers.get('location')).toBe('/staff');
    expect((await account(cookieIn(done, 'staff') ?? '')).status).toBe(200);
  });

  test('takes a code once, also when it is sent twice at a time', async () => {
    const { secret } = await setUp();
    const ticket = await firstHalf();
    // The one that confirmed it.
    expect((await send('/sign-in/code', { code: code(secret) }, ticket)).status).toBe(422);
    await later();
    const good = code(secret);
    const tries = await Promise.all([1, 2, 3].map(() => send('/sign-in/code', { code: good }, ticket)));
    expect(tries.map(({ status }) => status).sort((a, b) => a - b)).toEqual([303, 422, 422]);
  });

  test('answers alike to a wrong code, a used one and a recovery code that is none', async () => {
    const { secret } = await setUp();
    const ticket = await firstHalf();
    const used = await (await send('/sign-in/code', { code: code(secret) }, ticket)).text();
    for (const wrong of [code('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'), 'ABCDE-FGHJK', ''])
      expect(await (await send('/sign-in/code', { code: wrong }, ticket)).text()).toBe(used);
  });

  test('is no way to guess, from wherever', async () => {
    const { secret } = await setUp();
    await later();
    const ticket = await firstHalf();
    for (let n = 0; n < 10; n += 1)
      expect((await send('/sign-in/code', { code: 'wrong' }, ticket)).status).toBe(422);
    expect((await send('/sign-in/code', { code: code(secret) }, ticket)).status).toBe(429);
  });

  test.each([
    ['is nonsense', () => Promise.resolve('staff-ticket=v1.a.b.c')],
    [
      'is from before the password changed',
      async () => {
        const ticket = await firstHalf();
        await portal.db
          .update(staff)
          .set({ passwordHash: await hashPassword('another') })
          .where(eq(staff.id, staffId));
        return ticket;
      },
    ],
    [
      'is somebody’s who has been disabled',
      async () => {
        const ticket = await firstHalf();
        await portal.db.update(staff).set({ disabledAt: new Date() }).where(eq(staff.id, staffId));
        return ticket;
      },
    ],
  ])('opens nothing where the first half %s', async (_name, ticketOf) => {
    const { secret } = await setUp();
    await later();
    expect((await send('/sign-in/code', { code: code(secret) }, await ticketOf())).status).toBe(401);
  });
});

describe('recovery codes', () => {
  test('open the account once each, and are nowhere in the clear', async () => {
    const { codes } = await setUp();
    expect(new Set(codes).size).toBe(10);
    const kept = await portal.db.select().from(recoveryCodes).where(eq(recoveryCodes.staffId, staffId));
    expect(JSON.stringify(kept)).not.toContain(codes[0]?.replace('-', ''));
    const typed = { code: codes[0]?.toLowerCase() ?? '' };
    expect((await send('/sign-in/code', typed, await firstHalf())).status).toBe(303);
    expect((await send('/sign-in/code', typed, await firstHalf())).status).toBe(422);
    expect((await send('/sign-in/code', { code: codes[1] ?? '' }, await firstHalf())).status).toBe(303);
  });

  test('of somebody else open nothing', async () => {
    const { codes } = await setUp();
    people += 1;
    login = `taro-${people}`;
    staffId = (await insertStaff(portal.db, { login, name: 'T', role: 'staff', passwordHash }))?.id ?? '';
    await setUp();
    expect((await send('/sign-in/code', { code: codes[0] ?? '' }, await firstHalf())).status).toBe(422);
  });
});

test('one that is lost is removed, with every session of its owner', async () => {
  const { cookie } = await setUp();
  expect(await removeSecondFactor(portal.db, staffId, { name: 'system' })).toBe(true);
  expect((await account(cookie)).status).toBe(303);
  expect(await signIn()).not.toBe('');
  expect(await portal.db.select().from(recoveryCodes).where(eq(recoveryCodes.staffId, staffId))).toEqual([]);
});

describe('turning it off', () => {
  test('takes the password and a code; then the password is enough', async () => {
    const { cookie, secret } = await setUp();
    await later();
    const off = (current: string, typed: string) =>
      send('/account/second-factor/turn-off', { current, code: typed }, cookie);
    expect((await off('not this', code(secret))).status).toBe(422);
    expect((await off(password, 'wrong')).status).toBe(422);
    await firstHalf();
    expect((await off(password, code(secret))).status).toBe(303);
    expect(await signIn()).not.toBe('');
  });

  test('is not done by setting up another', async () => {
    const { cookie } = await setUp();
    expect((await send('/account/second-factor', {}, cookie)).status).toBe(409);
    await firstHalf();
  });
});
