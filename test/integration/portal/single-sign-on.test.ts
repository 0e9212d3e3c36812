import { eq } from 'drizzle-orm';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { findStaffByLogin, insertStaff, setStaff } from '../../../db/queries/people.ts';
import { auditEvents, throttles } from '../../../db/schema/index.ts';
import { createApiToken } from '../../../server/auth/api-tokens.ts';
import { startOidcServer } from '../../standins/oidc/provider.ts';
import { startPortal, until } from '../../support/portal.ts';

let portalUrl = '';
const provider = await startOidcServer(() => `${portalUrl}/staff/sign-in/provider/back`);
const { issuer, clientId, clientSecret } = provider;
const portal = await startPortal({
  config: {
    singleSignOn: {
      issuer,
      clientId,
      clientSecret,
      groupsClaim: 'groups',
      groups: { administrator: ['uketori-admins'], staff: ['office', 'sales'], viewer: ['audit'] },
    },
  },
});
portalUrl = portal.url;

beforeEach(() => portal.db.delete(throttles));
afterAll(async () => {
  await portal.close();
  await provider.close();
});

const get = (address: string, cookie = '') =>
  fetch(address, {
    redirect: 'manual',
    headers: { cookie, accept: 'text/html', 'accept-language': 'en' },
  });
const cookieIn = (response: Response, name: string) =>
  response.headers
    .getSetCookie()
    .find((each) => each.startsWith(`${name}=`) && !each.startsWith(`${name}=;`))
    ?.split(';')[0] ?? '';

const begin = async () => {
  const response = await get(`${portal.url}/staff/sign-in/provider`);
  return { address: response.headers.get('location') ?? '', way: cookieIn(response, 'staff-provider') };
};

const signIn = async (subject: string) => {
  const { address, way } = await begin();
  return get(await provider.signIn(address, subject), way);
};
const isOpen = async (response: Response) =>
  (await get(`${portal.url}/staff/account`, cookieIn(response, 'staff'))).status === 200;

describe('somebody whom the provider knows', () => {
  test('is added with the role of their groups, which follows them at every sign-in', async () => {
    provider.people.set('17', { preferred_username: 'Sato', name: '佐藤', groups: ['audit', 'sales'] });
    expect(await isOpen(await signIn('17'))).toBe(true);
    const person = await findStaffByLogin(portal.db, 'sato');
    expect(person).toMatchObject({ name: '佐藤', role: 'staff', passwordHash: null, email: null });
    provider.people.set('17', { preferred_username: 'other', groups: ['audit'] });
    expect(await isOpen(await signIn('17'))).toBe(true);
    expect(await findStaffByLogin(portal.db, 'sato')).toMatchObject({ id: person?.id, role: 'viewer' });
    const deeds = await portal.db
      .select()
      .from(auditEvents)
      .where(eq(auditEvents.subject, person?.id ?? ''));
    expect(deeds.map(({ action }) => action)).toEqual([
      'staff.added',
      'session.begun',
      'staff.changed',
      'session.begun',
    ]);
  });

  test('is refused when disabled, or in no group of ours (any more)', async () => {
    provider.people.set('18', { preferred_username: 'suzuki', groups: ['office'] });
    expect(await isOpen(await signIn('18'))).toBe(true);
    provider.people.set('18', { preferred_username: 'suzuki', groups: ['elsewhere'] });
    expect((await signIn('18')).status).toBe(401);
    provider.people.set('18', { preferred_username: 'suzuki', groups: ['office'] });
    const person = await findStaffByLogin(portal.db, 'suzuki');
    await setStaff(portal.db, person?.id ?? '', { disabledAt: new Date() });
    expect((await signIn('18')).status).toBe(401);
  });

  test('is out with all that they had from before, when they come and are in no group any more', async () => {
    const others = await portal.apiToken(['requests:read']);
    provider.people.set('21', { preferred_username: 'mori', groups: ['office'] });
    const here = await signIn('21');
    const person = await findStaffByLogin(portal.db, 'mori');
    const { token } = await createApiToken(portal.db, {
      staffId: person?.id ?? '',
      name: 'test',
      scopes: ['requests:read'],
      expiresAt: null,
    });
    const call = async (by: string) =>
      (await fetch(`${portal.url}/api/v1/requests`, { headers: { authorization: `Bearer ${by}` } })).status;
    provider.people.set('21', { preferred_username: 'mori', groups: ['audit'] });
    await signIn('21');
    // Another group is another role, and nothing ends.
    expect([await isOpen(here), await call(token)]).toEqual([true, 200]);
    provider.people.set('21', { preferred_username: 'mori', groups: ['elsewhere'] });
    expect((await signIn('21')).status).toBe(401);
    expect([await isOpen(here), await call(token), await call(others)]).toEqual([false, 401, 200]);
    const deeds = await portal.db
      .select()
      .from(auditEvents)
      .where(eq(auditEvents.subject, person?.id ?? ''));
    expect(deeds.at(-1)).toMatchObject({
      actor: 'system',
      action: 'staff.groups-left',
      details: { by: 'single sign-on', sessionsEnded: 2, tokensRevoked: 1 },
    });
  });

  test('never becomes somebody who is here already, whatever they call themselves', async () => {
    await insertStaff(portal.db, {
      login: 'tanaka',
      name: 'Tanaka',
      role: 'administrator',
      email: 't@example.org',
    });
    provider.people.set('19', {
      preferred_username: 'tanaka',
      email: 't@example.org',
      email_verified: true,
      groups: ['office'],
    });
    expect((await signIn('19')).status).toBe(401);
    expect(await findStaffByLogin(portal.db, 'tanaka')).toMatchObject({ providerSubject: null });
  });
});

describe('an answer of the provider', () => {
  test('opens nothing in another browser, and nothing twice', async () => {
    provider.people.set('20', { preferred_username: 'abe', groups: ['office'] });
    const [first, second] = [await begin(), await begin()];
    const answer = await provider.signIn(first.address, '20');
    for (const way of ['', 'staff-provider=nonsense', second.way])
      expect((await get(answer, way)).status).toBe(401);
    const refused = await until('the line of the audit log', async () => {
      const rows = await portal.db.select().from(auditEvents).where(eq(auditEvents.subject, 'unknown'));
      return rows.length > 0 && rows;
    });
    expect(refused.at(-1)).toMatchObject({ action: 'session.refused', details: { by: 'single sign-on' } });
    expect(await isOpen(await get(answer, first.way))).toBe(true);
    expect((await get(answer, first.way)).status).toBe(401);
  });
});

test('the sign-in page offers it', async () => {
  expect(await (await get(`${portal.url}/staff/sign-in`)).text()).toContain('/staff/sign-in/provider');
});

test('a provider that is away is said to be', async () => {
  const lone = await startPortal({
    config: {
      singleSignOn: {
        issuer: new URL('http://127.0.0.1:9'),
        clientId,
        clientSecret,
        groupsClaim: 'groups',
        groups: { administrator: ['a'], staff: [], viewer: [] },
      },
    },
  });
  expect((await get(`${lone.url}/staff/sign-in/provider`)).status).toBe(503);
  await lone.close();
});
