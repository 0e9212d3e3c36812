import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditEvents } from '../../../db/schema/index.ts';
import { type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { ask } from './wire.ts';

let portal: TestPortal;
let cookie: string;
let token: string;
let request: OpenRequest;
let submissionId: string;

beforeAll(async () => {
  portal = await startPortal();
  cookie = await portal.signIn();
  token = await portal.apiToken();
  request = await portal.openRequest({ title: 'Noted' });
  ({ submissionId } = await portal.submit(request, [{ name: 'a.txt', content: 'content' }]));
});

afterAll(() => portal.close());

const page = async () =>
  (await ask(portal.url, { path: `/staff/requests/${request.id}`, headers: { cookie } })).body;
const post = (path: string, body = '') =>
  ask(portal.url, {
    method: 'POST',
    path: `/staff/submissions/${submissionId}/notes${path}`,
    headers: {
      cookie,
      origin: new URL(portal.url).origin,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body,
  });
const api = async (method: string, path = '', body?: unknown) => {
  const reply = await ask(portal.url, {
    method,
    path: `/api/v1/submissions/${submissionId}/notes${path}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: reply.status, json: reply.body === '' ? undefined : JSON.parse(reply.body) };
};

test('a note is shown to staff with its author, and removed with a line in the audit log', async () => {
  const { status, headers } = await post('', 'text=Called%20them%0Aon%20Monday');
  expect([status, headers.location]).toEqual([303, `/staff/requests/${request.id}#${submissionId}`]);
  expect(await page()).toContain('Called them\non Monday');
  const [note] = (await api('GET')).json.notes;
  expect(note).toMatchObject({ text: 'Called them\non Monday', author: { name: expect.any(String) } });
  expect((await post(`/${note.id}/remove`)).status).toBe(303);
  expect((await post(`/${note.id}/remove`)).status).toBe(404);
  expect(await page()).not.toContain('Called them');
  const told = await portal.db.select().from(auditEvents).where(eq(auditEvents.subject, submissionId));
  expect(told.map(({ action }) => action)).toEqual(expect.arrayContaining(['note.added', 'note.removed']));
  expect(JSON.stringify(told)).not.toContain('Called them');
});

test('the same through the API; what is empty or too long is refused', async () => {
  const made = await api('POST', '', { text: 'By a program' });
  expect([made.status, made.json.text]).toEqual([201, 'By a program']);
  expect((await api('GET')).json.notes).toEqual([made.json]);
  for (const text of ['', '   ', 'x'.repeat(4001)])
    expect((await api('POST', '', { text })).status).toBe(400);
  expect((await post('', 'text=')).status).toBe(400);
  expect((await api('DELETE', '/not_none')).status).toBe(404);
  expect((await api('DELETE', `/${made.json.id}`)).status).toBe(204);
  expect((await api('GET')).json.notes).toEqual([]);
});

test('a stored file leads to itself in Nextcloud', async () => {
  expect(await page()).toContain(`href="${portal.standin.url.replace(/\/+$/, '')}/f/`);
});
