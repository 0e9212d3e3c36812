import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditEvents, requests as requestRows } from '../../../db/schema/index.ts';
import type { RequestDescription } from '../../../server/intake/describe-request.ts';
import type { TemplateDescription } from '../../../server/intake/templates.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, type Reply } from './wire.ts';

let portal: TestPortal;
let token: string;
let cookie: string;

beforeAll(async () => {
  portal = await startPortal();
  token = await portal.apiToken();
  cookie = await portal.signIn();
});

afterAll(() => portal.close());

const api = (method: string, path: string, body?: unknown): Promise<Reply> =>
  ask(portal.url, {
    method,
    path: `/api/v1${path}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

const form = (path: string, fields: Record<string, string>): Promise<Reply> =>
  ask(portal.url, {
    method: 'POST',
    path: `/staff${path}`,
    headers: { cookie, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });

const page = async (path: string): Promise<Reply> =>
  ask(portal.url, { path: `/staff${path}`, headers: { cookie, accept: 'text/html' } });

const read = ({ body }: Reply): unknown => JSON.parse(body);

const listed = async (): Promise<TemplateDescription[]> =>
  (read(await api('GET', '/templates')) as { templates: TemplateDescription[] }).templates;

const save = async (name: string, content: unknown): Promise<TemplateDescription> => {
  const reply = await api('POST', '/templates', { name, content });
  expect([reply.status, reply.body]).toEqual([201, expect.any(String)]);
  return read(reply) as TemplateDescription;
};

const requestIdIn = ({ headers }: Reply): string => headers.location?.split('/').at(-1) ?? '';

test('a template keeps what is asked for, and a request made from it is otherwise only where it was said', async () => {
  const template = await save('Monthly', {
    title: 'Monthly report',
    deliverPer: 'file',
    items: [{ label: 'Report', allowedTypes: ['pdf'] }],
    fields: [{ key: 'month', label: 'Month' }],
  });
  const reply = await api('POST', `/templates/${template.id}/requests`, {
    title: 'Report of May',
    password: 'only-of-may',
  });
  expect(reply.status).toBe(201);
  const opened = read(reply) as RequestDescription;
  expect(opened).toMatchObject({
    state: 'open',
    team: template.team,
    title: 'Report of May',
    hasPassword: true,
    deliverPer: 'file',
    items: [{ label: 'Report', allowedTypes: ['pdf'] }],
    fields: [{ key: 'month', label: 'Month' }],
  });
  expect(read(await api('GET', `/templates/${template.id}`)) as TemplateDescription).toEqual(template);
});

test('the document of the API tells of them', async () => {
  const { status, body } = await ask(portal.url, { path: '/api/openapi.json' });
  expect(status).toBe(200);
  const { paths, components } = JSON.parse(body) as {
    paths: Record<string, unknown>;
    components: { schemas: Record<string, { properties?: Record<string, unknown> }> };
  };
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/templates', '/templates/{id}/requests']));
  const kept = Object.keys(components.schemas.TemplateContent?.properties ?? {});
  expect(kept).toEqual(expect.arrayContaining(['title', 'items', 'retentionDays']));
  for (const never of ['password', 'deadline', 'folder', 'team']) expect(kept).not.toContain(never);
});

test('what does not go together with the template opens nothing', async () => {
  const template = await save('Pictures', {
    title: 'Pictures',
    items: [{ label: 'Front', allowedTypes: ['png'] }],
  });
  const refused = await api('POST', `/templates/${template.id}/requests`, { allowedTypes: ['pdf'] });
  expect([refused.status, (read(refused) as { code: string }).code]).toEqual([400, 'input.invalid']);
  const taken = await api('POST', `/templates/${template.id}/requests`, { allowedTypes: ['png', 'pdf'] });
  expect(taken.status).toBe(201);
});

test('a template never keeps a password, a deadline or a folder', async () => {
  for (const kept of [{ password: 'secret' }, { deadline: '2030-01-01T00:00Z' }, { folder: '/A' }]) {
    const reply = await api('POST', '/templates', { name: 'Wrong', content: { title: 'T', ...kept } });
    expect(reply.status).toBe(400);
  }
  const request = await portal.openRequest({ password: 'secret-word', deadline: '2030-01-01T00:00Z' });
  const reply = await api('POST', `/requests/${request.id}/templates`, { name: 'From a request' });
  expect(reply.status).toBe(201);
  expect(Object.keys((read(reply) as TemplateDescription).content)).not.toEqual(
    expect.arrayContaining(['deadline']),
  );
  expect(reply.body).not.toContain('secret');
});

test('a name is there once in a team; what is renamed and deleted is audited', async () => {
  const first = await save('First', { title: 'A' });
  const second = await save('Second', { title: 'B' });
  expect((await api('POST', '/templates', { name: 'First', content: { title: 'C' } })).status).toBe(409);
  expect((await api('PATCH', `/templates/${second.id}`, { name: 'First' })).status).toBe(409);
  const renamed = await api('PATCH', `/templates/${second.id}`, { name: 'Third' });
  expect(read(renamed) as TemplateDescription).toEqual({ ...second, name: 'Third' });
  expect((await api('DELETE', `/templates/${second.id}`)).status).toBe(204);
  expect((await api('GET', `/templates/${second.id}`)).status).toBe(404);
  expect((await listed()).map(({ id }) => id)).toContain(first.id);
  const lines = await portal.db.select().from(auditEvents).where(eq(auditEvents.subject, second.id));
  expect(lines.map(({ action }) => action).sort()).toEqual([
    'template.changed',
    'template.deleted',
    'template.saved',
  ]);
});

test('in the console one is saved from the form, which opens nothing, and fills in the next', async () => {
  const requests = () => portal.db.select().from(requestRows);
  const before = (await requests()).length;
  const saved = await form('/requests/new', {
    title: 'By the form',
    instructions: 'Please send it.',
    deadlineZone: 'Asia/Tokyo',
    action: 'save-template',
  });
  expect([saved.status, saved.headers.location]).toEqual([303, '/staff/templates']);
  expect((await requests()).length).toBe(before);
  const template = (await listed()).find(({ name }) => name === 'By the form');
  expect((await page('/templates')).body).toContain('By the form');
  const shown = await page(`/templates/${template?.id}/new`);
  expect(shown.body).toContain('Please send it.');
  expect(shown.body).toContain(`action="/staff/templates/${template?.id}/new"`);
  // Twice under one name: said on the form, with what was typed.
  const again = await form('/requests/new', { title: 'By the form', action: 'save-template' });
  expect([again.status, again.body]).toEqual([409, expect.stringContaining('value="By the form"')]);
});

test('in the console a request made from one has what the form does not show', async () => {
  const template = await save('Each hour', { title: 'Each hour', resumeMinutes: 60 });
  const opened = await form(`/templates/${template.id}/new`, { title: 'This time', takeBackMinutes: '0' });
  expect(opened.status).toBe(303);
  const request = read(await api('GET', `/requests/${requestIdIn(opened)}`)) as RequestDescription;
  expect(request).toMatchObject({
    title: 'This time',
    takeBackMinutes: 0,
    resumeMinutes: 60,
  });
});

test('in the console one is saved from a request, renamed and deleted', async () => {
  const request = await portal.openRequest({ title: 'Asked once' });
  expect((await form(`/requests/${request.id}/template`, { name: 'Asked again' })).status).toBe(303);
  const id = (await listed()).find(({ name }) => name === 'Asked again')?.id;
  expect((await form(`/templates/${id}`, { name: ' ' })).status).toBe(400);
  expect((await form(`/templates/${id}`, { name: 'Asked often' })).status).toBe(303);
  expect((await listed()).map(({ name }) => name)).toContain('Asked often');
  expect((await form(`/templates/${id}/remove`, {})).status).toBe(303);
  expect((await listed()).map(({ name }) => name)).not.toContain('Asked often');
});

test.each([
  ['half a character', '\ud800'],
  ['a NUL', 'a\0b'],
])('%s, which no database of ours keeps, is the sender’s mistake', async (_, title) => {
  const reply = await api('POST', '/templates', { name: 'Odd', content: { title } });
  expect([reply.status, (read(reply) as { code: string }).code]).toEqual([400, 'input.invalid']);
});
