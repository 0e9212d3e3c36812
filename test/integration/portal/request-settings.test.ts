import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shares } from '../../../db/schema/index.ts';
import type { RequestDescription } from '../../../server/intake/describe-request.ts';
import { sweepChanges } from '../../../server/intake/follow-changes.ts';
import { attachForm } from '../../../server/intake/request-forms.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, fieldsIn, type Reply } from './wire.ts';

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

const described = async (id: string): Promise<RequestDescription> =>
  JSON.parse((await api('GET', `/requests/${id}`)).body) as RequestDescription;

const page = (path: string): Promise<Reply> =>
  ask(portal.url, { path: `/staff${path}`, headers: { cookie, accept: 'text/html' } });

const post = (path: string, fields: URLSearchParams): Promise<Reply> =>
  ask(portal.url, {
    method: 'POST',
    path: `/staff${path}`,
    headers: { cookie, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
    body: fields.toString(),
  });

const visit = async (link: string, language: string) =>
  (await fetch(link, { headers: { 'accept-language': language } })).text();

const languageOf = (html: string): string | undefined => /<html lang="(\w+)"/.exec(html)?.[1];

test('a page is shown in the languages of its request, and starts in the first where a browser wants none', async () => {
  const both = await portal.openRequest({ languages: ['ja', 'en'] });
  expect(languageOf(await visit(both.link, 'en'))).toBe('en');
  expect(languageOf(await visit(both.link, 'de'))).toBe('ja');
  expect(await visit(both.link, 'en')).toContain('hreflang="ja"');
  const one = await portal.openRequest({ languages: ['ja'] });
  expect(languageOf(await visit(one.link, 'en'))).toBe('ja');
  expect(languageOf(await visit(`${one.link}?language=en`, 'en'))).toBe('ja');
  expect(await visit(one.link, 'en')).not.toContain('hreflang=');
  expect((await portal.post({ title: 'Papers', languages: [] })).status).toBe(400);
  expect((await portal.post({ title: 'Papers', languages: ['ja', 'ja'] })).status).toBe(400);
});

test('the share’s own page is shut: its password is told to nobody, unless staff allow it', async () => {
  const shut = await portal.openRequest();
  expect((await described(shut.id)).nextcloudPage).toBeNull();
  expect((await page(`/requests/${shut.id}`)).body).not.toContain('/index.php/s/');

  const open = await portal.openRequest({ nextcloudPageAllowed: true });
  const told = (await described(open.id)).nextcloudPage;
  const shown = (await page(`/requests/${open.id}`)).body;
  expect(shown).toContain(told?.url);
  expect(shown).toContain(told?.password);
  expect(told?.url).toMatch(new RegExp(`^${portal.standin.url}/index\\.php/s/\\w+$`));
  const shareToken = told?.url.split('/').at(-1);
  const leave = (password: string) =>
    fetch(`${portal.standin.url}/public.php/dav/files/${shareToken}/left.txt`, {
      method: 'PUT',
      headers: { authorization: `Basic ${Buffer.from(`anonymous:${password}`).toString('base64')}` },
      body: 'left there',
    });
  expect((await leave(told?.password ?? '')).status).toBe(201);

  // Those who were told it are shut out when it is not allowed any more, and the proof holds on.
  expect((await api('PATCH', `/requests/${open.id}`, { nextcloudPageAllowed: false })).status).toBe(200);
  expect((await described(open.id)).nextcloudPage).toBeNull();
  expect((await leave(told?.password ?? '')).status).toBe(401);
  expect(await portal.composed.portal.proofs.prove(open.id)).toBe('proven');
  portal.standin.control.calm();
});

test('what Nextcloud could not be told of a change, it is told by the sweep', async () => {
  const request = await portal.openRequest({ nextcloudPageAllowed: true });
  const password = (await described(request.id)).nextcloudPage?.password;
  portal.standin.control.fault({ method: 'PUT', path: '/shares/', times: 100, action: { reply: 503 } });
  await api('PATCH', `/requests/${request.id}`, { nextcloudPageAllowed: false });
  const passwordHash = () =>
    portal.standin.control.shares().find(({ token: each }) => each === shareToken)?.password;
  const shareToken = (await openedToken(request.id)) ?? '';
  const before = passwordHash();
  portal.standin.control.calm();
  await sweepChanges(portal.composed.portal.intake);
  expect(passwordHash()).not.toBe(before);
  expect(await portal.composed.portal.proofs.prove(request.id)).toBe('proven');
  await api('PATCH', `/requests/${request.id}`, { nextcloudPageAllowed: true });
  expect((await described(request.id)).nextcloudPage?.password).not.toBe(password);
});

const openedToken = async (requestId: string): Promise<string | undefined> => {
  const [row] = await portal.db.select().from(shares).where(eq(shares.requestId, requestId));
  return portal.standin.control.shares().find(({ id }) => id === row?.nextcloudShareId)?.token;
};

test('another like it has all of its settings, those that the form does not show too, and its blank forms', async () => {
  const settings = {
    deliverPer: 'file',
    unscanned: 'hold',
    afterImport: 'move',
    deleteAfterDays: 9,
    resumeMinutes: 60,
    maxBytesPerRequest: 123_456_789,
    languages: ['ja'],
    nextcloudPageAllowed: true,
    retentionDays: 40,
  } as const;
  const first = await portal.openRequest({
    ...settings,
    languages: ['ja'],
    password: 'secret of it',
    deadline: '2030-01-10T12:00Z',
  });
  const { intake } = portal.composed.portal;
  await attachForm(
    intake,
    first.id,
    { name: 'blank.pdf', content: Buffer.from('blank') },
    { name: 'system', teams: 'all' },
  );
  const shown = await page(`/requests/${first.id}/duplicate`);
  const fields = fieldsIn(shown.body);
  expect(fields.get('languages')).toBe('ja');
  fields.set('title', 'Another');
  const opened = await post(`/requests/${first.id}/duplicate`, fields);
  expect([opened.status, opened.headers.location]).toEqual([
    303,
    expect.stringMatching(/^\/staff\/requests\/req_/),
  ]);
  const id = opened.headers.location?.split('/').at(-1) ?? '';
  expect(await described(id)).toMatchObject({
    ...settings,
    title: 'Another',
    deadline: null,
    hasPassword: false,
  });
  const { forms } = JSON.parse((await api('GET', `/requests/${id}/forms`)).body) as {
    forms: { id: string; name: string; sizeBytes: number }[];
  };
  expect(forms).toMatchObject([{ name: 'blank.pdf', sizeBytes: 5 }]);
  // A change by the form leaves what it does not show.
  const change = fieldsIn((await page(`/requests/${id}/change`)).body);
  change.set('languages', 'en,ja');
  expect((await post(`/requests/${id}/change`, change)).status).toBe(303);
  expect(await described(id)).toMatchObject({ ...settings, languages: ['en', 'ja'] });
});

test('a form is shown as submitters would see it, and nothing is opened or changed by that', async () => {
  const fields = fieldsIn((await page('/requests/new')).body);
  fields.set('title', 'Papers for the audit');
  fields.set('instructions', 'Please **sign** them.');
  fields.set('item.0.label', 'The signed form');
  fields.set('languages', 'ja');
  fields.set('action', 'preview');
  const before = (await api('GET', '/requests')).body;
  const shown = await post('/requests/new', fields);
  expect(shown.status).toBe(200);
  expect(languageOf(shown.body)).toBe('ja');
  expect(shown.body).not.toContain('hreflang=');
  for (const part of [
    '<h1>Papers for the audit</h1>',
    '<strong>sign</strong>',
    'The signed form',
    'まだ何も保存されていません',
  ])
    expect(shown.body).toContain(part);
  fields.set('title', '');
  expect((await post('/requests/new', fields)).status).toBe(422);
  expect((await api('GET', '/requests')).body).toBe(before);

  const { id } = await portal.openRequest({ title: 'As it is' });
  const changed = fieldsIn((await page(`/requests/${id}/change`)).body);
  changed.set('title', 'As it would be');
  changed.set('action', 'preview');
  expect((await post(`/requests/${id}/change`, changed)).body).toContain('<h1>As it would be</h1>');
  expect((await described(id)).title).toBe('As it is');
});

test('what becomes of files is chosen in the form, and said again when it is changed', async () => {
  const fields = fieldsIn((await page('/requests/new')).body);
  fields.set('title', 'Handed on file by file');
  fields.set('deliverPer', 'file');
  fields.set('unscanned', 'hold');
  fields.set('afterImport', 'delete');
  fields.set('deleteAfterDays', '7');
  fields.set('maxRequestMegabytes', '100');
  const opened = await post('/requests/new', fields);
  const id = opened.headers.location?.split('/').at(-1) ?? '';
  const chosen = { deliverPer: 'file', unscanned: 'hold', afterImport: 'delete', deleteAfterDays: 7 };
  expect(await described(id)).toMatchObject({ ...chosen, maxBytesPerRequest: 100 * 1024 * 1024 });
  expect((await page(`/requests/${id}`)).body).toContain(
    'Deleted 7 days after every destination has confirmed them',
  );

  const changed = fieldsIn((await page(`/requests/${id}/change`)).body);
  expect(Object.fromEntries(changed)).toMatchObject({
    ...chosen,
    deleteAfterDays: '7',
    maxRequestMegabytes: '100',
  });
  changed.set('afterImport', 'move');
  expect((await post(`/requests/${id}/change`, changed)).status).toBe(303);
  expect(await described(id)).toMatchObject({ ...chosen, afterImport: 'move' });
});
