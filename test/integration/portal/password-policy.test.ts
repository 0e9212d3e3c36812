import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requests } from '../../../db/schema/index.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, codeOf } from './wire.ts';

let portal: TestPortal;
let token: string;
let cookie: string;

beforeAll(async () => {
  portal = await startPortal();
  token = await portal.apiToken();
  cookie = await portal.signIn();
});

afterAll(() => portal.close());

/** Where requests have their folders. */
const folderOnDisk = () => join(portal.standin.root, 'files', portal.standin.user.id, 'Uketori');

const api = (method: string, path: string, body: unknown) =>
  ask(portal.url, {
    method,
    path: `/api/v1${path}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('a password that breaks Nextcloud’s rules for shares is refused with them, and one that keeps them taken', async () => {
  await api('POST', '/requests', { title: 'First' });
  const folders = readdirSync(folderOnDisk()).length;
  // Too short; among the common ones, which only Nextcloud knows.
  for (const password of ['ab12', 'password123']) {
    const refused = await api('POST', '/requests', { title: 'Weak', password });
    expect([password, refused.status, codeOf(refused)]).toEqual([password, 422, 'request.password-weak']);
    expect(JSON.parse(refused.body)).toMatchObject({ params: { limit: 10, uncommon: 1 } });
  }
  expect(readdirSync(folderOnDisk())).toHaveLength(folders);
  expect(await portal.db.select().from(requests).where(eq(requests.title, 'Weak'))).toEqual([]);
  expect((await api('POST', '/requests', { title: 'Good', password: 'akutsu-kaikei' })).status).toBe(201);
});

test('a change is held to the same rules, and leaves the old password where it breaks them', async () => {
  const request = await portal.openRequest({ password: 'akutsu-kaikei' });
  const refused = await api('PATCH', `/requests/${request.id}`, { title: 'Other', password: 'short' });
  expect([refused.status, codeOf(refused)]).toEqual([422, 'request.password-weak']);
  await portal.begin(request, { password: 'akutsu-kaikei' });
  expect((await api('PATCH', `/requests/${request.id}`, { password: 'another-long-one' })).status).toBe(200);
  await portal.begin(request, { password: 'another-long-one' });
});

test('the form says the rules beforehand, and again where they are broken', async () => {
  const path = '/staff/requests/new';
  const form = await ask(portal.url, { path, headers: { cookie, accept: 'text/html' } });
  expect(form.body).toContain('at least 10 characters');
  const reply = await ask(portal.url, {
    method: 'POST',
    path,
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ title: 'Weak', deadlineZone: 'UTC', password: 'ab12' }).toString(),
  });
  expect(reply.status).toBe(422);
  expect(reply.body).toContain('id="password-problem"');
  expect(reply.body).toContain('It needs at least 10 characters');
  expect(reply.body).not.toContain('ab12');
});

test('where Nextcloud lets no share be without a password, no request is', async () => {
  const before = await portal.openRequest();
  const others = await portal.openRequest({ password: 'akutsu-kaikei' });
  const { intake } = portal.composed.portal;
  const { accountId } = await intake.portalAccount();
  const facts = await intake.accounts.factsOf(accountId);
  facts.passwordRules.isEnforced = true;
  const refused = await api('POST', '/requests', { title: 'Open to all' });
  expect([refused.status, codeOf(refused)]).toEqual([422, 'request.password-required']);
  const taken = await api('PATCH', `/requests/${others.id}`, { password: null });
  expect([taken.status, codeOf(taken)]).toEqual([422, 'request.password-required']);
  // One that was opened before stays as it is.
  expect((await api('PATCH', `/requests/${before.id}`, { title: 'Older', password: null })).status).toBe(200);
  facts.passwordRules.isEnforced = false;
  expect((await api('PATCH', `/requests/${others.id}`, { password: null })).status).toBe(200);
});
