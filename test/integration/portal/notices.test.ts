import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { raiseNotice } from '../../../db/queries/notices.ts';
import { auditEvents } from '../../../db/schema/index.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, noticesOf } from './wire.ts';

let portal: TestPortal;
let cookie: string;
let token: string;

beforeAll(async () => {
  portal = await startPortal();
  cookie = await portal.signIn();
  token = await portal.apiToken();
});

afterAll(() => portal.close());

const lost = (subject: string) =>
  raiseNotice(portal.db, {
    level: 'problem',
    code: 'upload.lost',
    subject,
    params: { file: `${subject}.pdf`, title: 'Reports' },
  });
const idOf = async (subject: string) =>
  (await noticesOf(portal, 'upload.lost')).find((row) => row.subject === subject)?.id ?? '';
const page = async (path: string) => (await ask(portal.url, { path, headers: { cookie } })).body;
const api = (method: string, path: string, bearer = token) =>
  ask(portal.url, { method, path: `/api/v1${path}`, headers: { authorization: `Bearer ${bearer}` } });
const listed = async (path: string) =>
  (JSON.parse((await api('GET', path)).body) as { notices: { id: string; settledAt: string | null }[] })
    .notices;
const settledBy = async (id: string) =>
  (await portal.db.select().from(auditEvents).where(eq(auditEvents.subject, id))).map(({ action, actor }) => [
    action,
    /^(\w+):(stf|tok)_[0-9a-f]+$/.exec(actor)?.[1],
  ]);

test('staff settle a notice on its page, once; it goes to the settled ones', async () => {
  await lost('first');
  const id = await idOf('first');
  expect(await page('/staff/notices')).toContain('first.pdf');
  const settle = () =>
    ask(portal.url, {
      method: 'POST',
      path: `/staff/notices/${id}/settle`,
      headers: { cookie, origin: new URL(portal.url).origin },
    });
  expect([(await settle()).status, (await settle()).status]).toEqual([303, 303]);
  expect(await page('/staff/notices')).not.toContain('first.pdf');
  expect(await page('/staff')).not.toContain('first.pdf');
  expect(await page('/staff/notices?settled')).toContain('first.pdf');
  expect(await settledBy(id)).toEqual([['notice.settled', 'staff']]);
});

test('the same through the API, with a scope of its own', async () => {
  await lost('second');
  const id = await idOf('second');
  const reader = await portal.apiToken(['notices:read']);
  expect((await api('POST', `/notices/${id}/settle`, reader)).status).toBe(403);
  expect((await listed('/notices')).map((each) => each.id)).toContain(id);
  expect((await api('POST', `/notices/${id}/settle`)).status).toBe(204);
  expect((await listed('/notices')).map((each) => each.id)).not.toContain(id);
  expect((await listed('/notices?settled=true')).find((each) => each.id === id)?.settledAt).toMatch(/^20/);
  expect(await settledBy(id)).toEqual([['notice.settled', 'token']]);
  expect((await api('POST', '/notices/ntc_none/settle')).status).toBe(404);
});

test('what happens again after it was settled is told again', async () => {
  await lost('third');
  const id = await idOf('third');
  await api('POST', `/notices/${id}/settle`);
  await lost('third');
  const again = await listed('/notices');
  expect(again.some((each) => each.id === id)).toBe(false);
  expect(await page('/staff/notices')).toContain('third.pdf');
});
