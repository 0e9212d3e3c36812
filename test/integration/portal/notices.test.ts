import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { raiseNotice } from '../../../db/queries/notices.ts';
import { insertStaff } from '../../../db/queries/people.ts';
import { auditEvents, teams } from '../../../db/schema/index.ts';
import { createApiToken } from '../../../server/auth/api-tokens.ts';
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

const ids = (html: string) =>
  [...html.matchAll(/name="notice" value="(ntc_[0-9a-f]+)"/g)].map(([, id]) => id ?? '');

test('staff settle all that a page shows, and nothing else', async () => {
  for (let nth = 0; nth < 55; nth += 1)
    await raiseNotice(portal.db, {
      level: 'information',
      code: 'submission.sealed',
      subject: `sub_many${nth}`,
    });
  await lost('among many');
  const first = await page('/staff/notices');
  // What asks for something first, however much is only said.
  expect(ids(first)[0]).toBe(await idOf('among many'));
  const next = /href="(\/staff\/notices\?cursor=[^"]+)"/.exec(first)?.[1] ?? '';
  const second = await page(next);
  const shown = [...ids(first), ...ids(second)];
  expect(ids(first)).toHaveLength(50);
  expect(new Set(shown).size).toBe(shown.length);
  expect(shown.length).toBeGreaterThanOrEqual(56);
  expect(second).not.toContain('/staff/notices?cursor=');

  const said = await page('/staff/notices?level=information');
  expect(ids(said)).not.toContain(await idOf('among many'));
  const settle = await ask(portal.url, {
    method: 'POST',
    path: '/staff/notices/settle?level=information',
    headers: {
      cookie,
      origin: new URL(portal.url).origin,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(ids(said).map((id) => ['notice', id])).toString(),
  });
  expect([settle.status, settle.headers.location]).toEqual([303, '/staff/notices?level=information']);
  expect(await settledBy(ids(said)[0] ?? '')).toEqual([['notice.settled', 'staff']]);
  const left = ids(await page('/staff/notices'));
  expect(left.toSorted()).toEqual(shown.filter((id) => !ids(said).includes(id)).toSorted());
});

test('a program settles several; those of another team stay', async () => {
  const [own, foreign] = await portal.db
    .insert(teams)
    .values([{ name: 'Own' }, { name: 'Foreign' }])
    .returning();
  if (own === undefined || foreign === undefined) throw new Error('no teams');
  const person = await insertStaff(portal.db, { login: 'notices', name: 'N', role: 'staff' }, [own.id]);
  const bearer = await createApiToken(portal.db, {
    staffId: person?.id ?? '',
    name: 'test',
    scopes: ['notices:write'],
    expiresAt: null,
  });
  for (const teamId of [own.id, foreign.id])
    await raiseNotice(portal.db, { level: 'warning', code: 'upload.lost', subject: `of ${teamId}`, teamId });
  const asked = [await idOf(`of ${own.id}`), await idOf(`of ${foreign.id}`), 'ntc_none'];
  const settle = () =>
    ask(portal.url, {
      method: 'POST',
      path: '/api/v1/notices/settle',
      headers: { authorization: `Bearer ${bearer.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ids: asked }),
    });
  expect([(await settle()).body, (await settle()).body]).toEqual(['{"settled":1}', '{"settled":0}']);
  expect((await listed('/notices?level=warning')).map(({ id }) => id)).toContain(asked[1]);
  expect(await settledBy(asked[1] ?? '')).toEqual([]);
});
