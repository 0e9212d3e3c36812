import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formsOf } from '../../../db/queries/request-forms.ts';
import { auditEvents, requests } from '../../../db/schema/index.ts';
import { systemActor } from '../../../server/intake/context.ts';
import type { RequestDescription } from '../../../server/intake/describe-request.ts';
import { attachForm } from '../../../server/intake/request-forms.ts';
import { type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, codeOf, tusOf } from './wire.ts';

let portal: TestPortal;
let token: string;
let cookie: string;

beforeAll(async () => {
  portal = await startPortal();
  token = await portal.apiToken();
  cookie = await portal.signIn();
});

afterAll(() => portal.close());

const change = (request: Pick<OpenRequest, 'id'>, body: unknown) =>
  ask(portal.url, {
    method: 'PATCH',
    path: `/api/v1/requests/${request.id}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const shown = async ({ id }: OpenRequest): Promise<RequestDescription> =>
  JSON.parse(
    (
      await ask(portal.url, {
        path: `/api/v1/requests/${id}`,
        headers: { authorization: `Bearer ${token}` },
      })
    ).body,
  ) as RequestDescription;

const audited = ({ id }: OpenRequest) =>
  portal.db
    .select()
    .from(auditEvents)
    .where(and(eq(auditEvents.subject, id), eq(auditEvents.action, 'request.changed')));

test('what is said is changed and audited, and the rest stays as it was', async () => {
  const request = await portal.openRequest({
    instructions: 'Before',
    maxFileBytes: 1500,
    password: 'the-first-one',
  });
  const before = await shown(request);
  const reply = await change(request, { title: 'After', takeBackMinutes: 0, password: null });
  expect(reply.status).toBe(200);
  const { title, takeBackMinutes, hasPassword, ...rest } = await shown(request);
  expect([title, takeBackMinutes, hasPassword]).toEqual(['After', 0, false]);
  expect(before).toMatchObject(rest);
  const [line, ...more] = await audited(request);
  expect(more).toEqual([]);
  expect(line?.details).toEqual({
    title: { from: before.title, to: 'After' },
    takeBackMinutes: { from: 10, to: 0 },
    password: 'changed',
  });
  // Said again, nothing is otherwise, and nothing is told.
  expect((await change(request, { title: 'After', takeBackMinutes: 0, password: null })).status).toBe(200);
  expect(await audited(request)).toHaveLength(1);
});

test('what breaks a rule of new requests changes nothing, and what stays for good is refused', async () => {
  const request = await portal.openRequest({ allowedTypes: ['pdf'] });
  const before = await shown(request);
  for (const wrong of [
    { title: '' },
    { folder: '/Elsewhere' },
    { team: 'tem_of_nobody' },
    { deadline: '2020-01-01T00:00Z' },
    { destinations: ['no such'] },
    { items: [{ id: 'itm_of_another', label: 'A' }] },
    // Against what stays: the request takes nothing but PDF.
    { items: [{ label: 'A', allowedTypes: ['docx'] }] },
  ])
    expect([wrong, (await change(request, wrong)).status]).toEqual([wrong, 400]);
  expect(await shown(request)).toEqual(before);
  expect((await change(request, { items: [{ label: 'A', allowedTypes: ['pdf'] }] })).status).toBe(200);
});

test('a checklist item that a file came for stays, and others come and go', async () => {
  const request = await portal.openRequest({ items: [{ label: 'Used' }, { label: 'Unused' }] });
  const begun = await portal.begin(request);
  const [used, unused] = (await shown(request)).items;
  if (used === undefined || unused === undefined) throw new Error('no items');
  expect((await tusOf(portal, begun).createNamed('a.txt', 5, { item: used.id })).status).toBe(201);
  const refused = await change(request, { items: [unused, { label: 'New' }] });
  expect([refused.status, codeOf(refused)]).toEqual([409, 'request.item-in-use']);
  expect((await change(request, { items: [{ label: 'New' }, { ...used, required: false }] })).status).toBe(
    200,
  );
  const after = (await shown(request)).items;
  expect(after.map(({ label, required }) => [label, required])).toEqual([
    ['New', true],
    ['Used', false],
  ]);
  expect(after[1]?.id).toBe(used.id);
});

test('a question that was answered stays', async () => {
  const fields = [
    { key: 'company', label: 'Company' },
    { key: 'branch', label: 'Branch' },
  ];
  const request = await portal.openRequest({ fields });
  await portal.begin(request, { answers: { company: 'Yamada' } });
  const refused = await change(request, { fields: [fields[1]] });
  expect([refused.status, codeOf(refused)]).toEqual([409, 'request.question-answered']);
  expect((await change(request, { fields: [fields[0]] })).status).toBe(200);
});

test('a deadline that has passed is extended, and until then all else can be changed', async () => {
  const request = await portal.openRequest();
  await portal.db
    .update(requests)
    .set({ deadlineAt: new Date(Date.now() - 3_600_000) })
    .where(eq(requests.id, request.id));
  expect((await change(request, { title: 'Late' })).status).toBe(200);
  const begin = () =>
    ask(portal.url, {
      method: 'POST',
      path: `/r/${request.token}/submissions`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Hanako' }),
    });
  expect((await begin()).status).toBe(410);
  const deadline = new Date(Date.now() + 3_600_000).toISOString();
  expect((await change(request, { deadline })).status).toBe(200);
  expect((await begin()).status).toBe(201);
});

test('a closed request is changed', async () => {
  const request = await portal.openRequest();
  const headers = { authorization: `Bearer ${token}` };
  await ask(portal.url, { method: 'POST', path: `/api/v1/requests/${request.id}/close`, headers });
  expect((await change(request, { title: 'Closed' })).status).toBe(200);
});

/** What a browser sends of the form that a page shows. */
const fieldsOf = (html: string): URLSearchParams => {
  const sent = new URLSearchParams();
  const read = (tag: string, name: string) => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
  for (const [tag] of html.matchAll(/<input [^>]*>/g)) {
    const name = read(tag, 'name');
    const isSent = read(tag, 'type') !== 'checkbox' || / checked/.test(tag);
    if (name !== undefined && isSent) sent.append(name, read(tag, 'value') ?? '');
  }
  for (const [, name = '', text = ''] of html.matchAll(/<textarea[^>]* name="([^"]*)"[^>]*>([^<]*)</g))
    sent.append(name, text);
  for (const [, name = '', options = ''] of html.matchAll(
    /<select[^>]* name="([^"]*)"[^>]*>(.*?)<\/select>/g,
  ))
    sent.append(
      name,
      /value="([^"]*)"[^>]* selected/.exec(
        options.replaceAll(/<option selected value="([^"]*)"/g, '<option value="$1" selected'),
      )?.[1] ?? '',
    );
  return sent;
};

test('a duplicate is the form of a new request, filled in without what hangs on the old one', async () => {
  const request = await portal.openRequest({
    title: 'Monthly report',
    deadline: '2099-03-31T17:00Z',
    password: 'a-secret-one',
    fields: [{ key: 'company', label: 'Company' }],
    items: [{ label: 'Report', allowedTypes: ['pdf'] }],
  });
  const page = await ask(portal.url, {
    path: `/staff/requests/${request.id}/duplicate`,
    headers: { cookie, accept: 'text/html' },
  });
  const sent = fieldsOf(page.body);
  expect([sent.get('title'), sent.get('deadline'), sent.get('password')]).toEqual(['Monthly report', '', '']);
  expect(page.body).not.toContain('itm_');
  const reply = await ask(portal.url, {
    method: 'POST',
    path: '/staff/requests/new',
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    body: sent.toString(),
  });
  expect(reply.status).toBe(303);
  const opened = { ...request, id: reply.headers.location?.split('/').at(-1) ?? '' };
  expect(opened.id).not.toBe(request.id);
  const { items, fields, title } = await shown(opened);
  expect([title, items[0]?.label, items[0]?.allowedTypes, fields[0]?.label]).toEqual([
    'Monthly report',
    'Report',
    ['pdf'],
    'Company',
  ]);
});

test('through the API a duplicate is opened once under its key, otherwise only where it was said', async () => {
  const settings = {
    title: 'Yearly report',
    instructions: 'As every year',
    fields: [{ key: 'company', label: 'Company', kind: 'text', required: true }],
    deliverPer: 'file',
    afterImport: 'move',
    retentionDays: 40,
    nextcloudPageAllowed: true,
    destinations: [],
  } as const;
  const request = await portal.openRequest({
    ...settings,
    fields: [...settings.fields],
    destinations: [],
    deadline: '2099-03-31T17:00Z',
    password: 'a-secret-one',
    items: [{ label: 'Report', allowedTypes: ['pdf'] }],
  });
  const { intake } = portal.composed.portal;
  await attachForm(intake, request.id, { name: 'blank.pdf', content: Buffer.from('blank') }, systemActor);
  const duplicate = (key: string, body: unknown) =>
    ask(portal.url, {
      method: 'POST',
      path: `/api/v1/requests/${request.id}/duplicate`,
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': key,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
  const first = await duplicate('the-same', {});
  expect(first.status).toBe(201);
  const same = JSON.parse(first.body) as RequestDescription;
  expect(same).toMatchObject({ ...settings, state: 'open', deadline: null, hasPassword: false });
  const before = await shown(request);
  expect(same.link).not.toBe(before.link);
  expect(same.folder).not.toBe(before.folder);
  expect(same.items).toEqual(before.items.map((item) => ({ ...item, id: expect.any(String) as string })));
  expect(same.items[0]?.id).not.toBe(before.items[0]?.id);
  expect(await formsOf(portal.db, same.id)).toMatchObject([{ name: 'blank.pdf', sizeBytes: 5 }]);
  const again = await duplicate('the-same', {});
  expect([again.status, again.headers['idempotency-replayed'], again.body]).toEqual([
    201,
    'true',
    first.body,
  ]);

  const other = await duplicate('another', {
    title: '2027',
    deadline: '2098-01-31T17:00Z',
    retentionDays: null,
  });
  expect(JSON.parse(other.body)).toMatchObject({
    ...settings,
    title: '2027',
    deadline: '2098-01-31T17:00:00.000Z',
    retentionDays: null,
  });
  // Other kinds of files than the checklist takes.
  const refused = await duplicate('refused', { allowedTypes: ['png'] });
  expect([refused.status, codeOf(refused)]).toEqual([400, 'input.invalid']);
  expect((await duplicate('over', { deadline: '2001-01-31T17:00Z' })).status).toBe(400);
});

test('the form shows what is there, and sent back as it is it changes nothing', async () => {
  const request = await portal.openRequest({
    instructions: 'First line\nsecond',
    deadline: '2099-03-31T17:00:42+09:00',
    deadlineZone: 'Asia/Tokyo',
    maxFileBytes: 1500,
    resumeMinutes: 60,
    fields: [{ key: 'size', label: 'Size', kind: 'choice', choices: ['S', 'L'], required: true }],
    items: [{ label: 'Report', maxFileBytes: 3 * 1024 * 1024, allowedTypes: ['pdf'] }],
  });
  const before = await shown(request);
  const path = `/staff/requests/${request.id}/change`;
  const page = await ask(portal.url, { path, headers: { cookie, accept: 'text/html' } });
  expect(page.status).toBe(200);
  const sent = fieldsOf(page.body);
  expect(sent.get('deadline')).toBe('2099-03-31T17:00');
  const post = (body: URLSearchParams) =>
    ask(portal.url, {
      method: 'POST',
      path,
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: body.toString(),
    });
  expect((await post(sent)).status).toBe(303);
  expect(await shown(request)).toEqual(before);
  expect(await audited(request)).toEqual([]);
  sent.set('title', 'Otherwise');
  sent.set('question.1.label', 'A new one');
  expect((await post(sent)).status).toBe(303);
  const after = await shown(request);
  expect([after.title, after.fields.map(({ key }) => key)]).toEqual(['Otherwise', ['size', 'q2']]);
  const anew = fieldsOf((await ask(portal.url, { path, headers: { cookie, accept: 'text/html' } })).body);
  anew.set('title', ' ');
  expect((await post(anew)).status).toBe(422);
});

test('what two change at once in their forms stays, and where it is the same the second is told before it is lost', async () => {
  const request = await portal.openRequest({
    title: 'Reports',
    instructions: 'One\ntwo',
    items: [{ label: 'Report' }],
  });
  const path = `/staff/requests/${request.id}/change`;
  const open = async () =>
    fieldsOf((await ask(portal.url, { path, headers: { cookie, accept: 'text/html' } })).body);
  const save = (sent: URLSearchParams) =>
    ask(portal.url, {
      method: 'POST',
      path,
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: sent.toString(),
    });
  const [first, second, third] = [await open(), await open(), await open()];
  first.set('title', 'Reports of 2027');
  first.set('item.0.label', 'The report');
  expect((await save(first)).status).toBe(303);
  second.set('instructions', 'One\r\ntwo\r\nthree');
  expect((await save(second)).status).toBe(303);
  const both = await shown(request);
  expect([both.title, both.instructions, both.items[0]?.label]).toEqual([
    'Reports of 2027',
    'One\r\ntwo\r\nthree',
    'The report',
  ]);

  third.set('title', 'Reports of 2028');
  third.set('takeBackMinutes', '3');
  const told = await save(third);
  expect(told.status).toBe(409);
  expect(await shown(request)).toEqual(both);
  expect(told.body).toContain('Reports of 2027');
  const again = fieldsOf(told.body);
  expect([again.get('title'), again.get('takeBackMinutes'), again.get('item.0.label')]).toEqual([
    'Reports of 2028',
    '3',
    'The report',
  ]);
  expect((await save(again)).status).toBe(303);
  const after = await shown(request);
  expect([after.title, after.takeBackMinutes, after.instructions]).toEqual([
    'Reports of 2028',
    3,
    both.instructions,
  ]);
});
