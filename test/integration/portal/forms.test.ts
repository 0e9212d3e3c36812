import { randomBytes } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Right } from '../../../db/schema/index.ts';
import { auditEvents } from '../../../db/schema/index.ts';
import { maxFormBytes, maxForms } from '../../../server/intake/request-forms.ts';
import { type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { ask } from './wire.ts';

let portal: TestPortal;
let cookie: string;

beforeAll(async () => {
  portal = await startPortal();
  cookie = await portal.signIn();
});

afterAll(() => portal.close());

const multipart = (name: string, content: Uint8Array<ArrayBuffer>): FormData => {
  const body = new FormData();
  // What a browser says of the type counts for nothing.
  body.append('file', new File([content], name, { type: 'text/html' }));
  return body;
};

const bytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(length));

const api = async (method: string, path: string, body?: FormData, scopes?: Right[]) =>
  fetch(`${portal.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${await portal.apiToken(scopes)}` },
    ...(body === undefined ? {} : { body }),
  });

interface Form {
  id: string;
  name: string;
  sizeBytes: number;
  sha256: string;
}

const attach = async (request: OpenRequest, name: string, content = bytes(100)): Promise<Form> => {
  const response = await api('POST', `/requests/${request.id}/forms`, multipart(name, content));
  if (response.status !== 201) throw new Error(`not attached: ${response.status} ${await response.text()}`);
  return (await response.json()) as Form;
};

const get = (request: OpenRequest, formId: string, headers: Record<string, string> = {}) =>
  fetch(`${request.link}/forms/${formId}`, { headers, redirect: 'manual' });

const problemOf = async (response: Response) => [
  response.status,
  ((await response.json()) as { code?: string }).code,
];

describe('a blank form', () => {
  test('is listed on the page and fetched byte for byte, to be kept and never to be shown', async () => {
    const request = await portal.openRequest();
    const content = bytes(600_000);
    const form = await attach(request, '提出届 (様式"1").html', content);
    expect(form.name).toBe('提出届 (様式"1").html');
    const page = await (await fetch(request.link)).text();
    expect(page).toContain(`href="/r/${request.token}/forms/${form.id}" download`);
    expect(page).toContain('HTML, 585 KB');
    const response = await get(request, form.id);
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '600000',
      'content-disposition': `attachment; filename="___ (___1_).html"; filename*=UTF-8''%E6%8F%90%E5%87%BA%E5%B1%8A%20%28%E6%A7%98%E5%BC%8F%221%22%29.html`,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  test('never comes from Nextcloud: not a word is said to it', async () => {
    const request = await portal.openRequest();
    const form = await attach(request, 'a.pdf');
    const before = portal.standin.requests.all.length;
    expect((await get(request, form.id)).status).toBe(200);
    expect(portal.standin.requests.all.length).toBe(before);
    for (const path of ['../../status.php', '..%2f..%2fstatus.php', '%2e%2e', 'a.pdf', `${form.id}/..`, ''])
      expect([path, (await ask(portal.url, { path: `/r/${request.token}/forms/${path}` })).status]).toEqual([
        path,
        404,
      ]);
  });

  test('of another request is the same 404 as one that there is not', async () => {
    const [mine, other] = [await portal.openRequest(), await portal.openRequest()];
    const form = await attach(other, 'a.pdf');
    expect((await get(other, form.id)).status).toBe(200);
    const replies = await Promise.all(
      [form.id, 'frm_0', form.id.toUpperCase()].map(async (id) => {
        const response = await get(mine, id);
        return [response.status, await response.text()];
      }),
    );
    expect(replies[0]?.[0]).toBe(404);
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
    const wrongLink = await fetch(`${portal.url}/r/nolink/forms/${form.id}`);
    expect([wrongLink.status, await wrongLink.text()]).toEqual(replies[0]);
  });

  test('is behind the password of its request, and whether it is there too', async () => {
    const request = await portal.openRequest({ password: 'open sesame' });
    const form = await attach(request, 'secret.pdf', new Uint8Array(Buffer.from('the words of the form')));
    const replies = await Promise.all(
      [form.id, 'frm_0'].map(async (id) => [
        (await get(request, id)).status,
        (await (await get(request, id)).text()).includes('the words'),
      ]),
    );
    expect(replies).toEqual([
      [403, false],
      [403, false],
    ]);
    const shown = await fetch(`${request.link}/password`, {
      method: 'POST',
      body: new URLSearchParams({ password: 'open sesame' }),
      redirect: 'manual',
    });
    const opened = shown.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect(await (await get(request, form.id, { cookie: opened })).text()).toBe('the words of the form');
  });

  test('is not given out by a request that is closed, nor once it is removed', async () => {
    const request = await portal.openRequest();
    const [kept, removed] = [await attach(request, 'a.pdf'), await attach(request, 'b.pdf')];
    expect((await api('DELETE', `/requests/${request.id}/forms/${removed.id}`)).status).toBe(204);
    expect((await get(request, removed.id)).status).toBe(404);
    expect((await get(request, kept.id)).status).toBe(200);
    await api('POST', `/requests/${request.id}/close`);
    const closed = await get(request, kept.id);
    expect([closed.status, (await closed.text()).includes('This collection is closed')]).toEqual([410, true]);
  });
});

describe('who attaches forms', () => {
  test('through the API needs the scope that opens requests, and is in the audit log', async () => {
    const request = await portal.openRequest();
    const path = `/requests/${request.id}/forms`;
    const send = (scopes: Right[]) => api('POST', path, multipart('a.pdf', bytes(9)), scopes);
    expect(await problemOf(await send(['requests:read']))).toEqual([403, 'auth.forbidden']);
    const { id } = (await (await send(['requests:write'])).json()) as Form;
    expect(await problemOf(await api('DELETE', `${path}/${id}`, undefined, ['requests:read']))).toEqual([
      403,
      'auth.forbidden',
    ]);
    const listed = await api('GET', path, undefined, ['requests:read']);
    expect(await listed.json()).toMatchObject({ forms: [{ id, name: 'a.pdf', sizeBytes: 9 }] });
    await api('DELETE', `${path}/${id}`);
    const audit = await portal.db
      .select()
      .from(auditEvents)
      .where(and(eq(auditEvents.subject, request.id)));
    expect(audit.map(({ action, details }) => [action, (details as { form?: string }).form])).toEqual([
      ['request.opened', undefined],
      ['request.form-attached', id],
      ['request.form-removed', id],
    ]);
  });

  test('is told in words what can not be attached, and nothing of it is kept', async () => {
    const request = await portal.openRequest();
    const send = (name: string, content: Uint8Array<ArrayBuffer>) =>
      api('POST', `/requests/${request.id}/forms`, multipart(name, content));
    expect(await problemOf(await send('a.pdf', bytes(0)))).toEqual([422, 'form.empty']);
    expect(await problemOf(await send('a\\b.pdf', bytes(1)))).toEqual([422, 'upload.name-path']);
    expect(await problemOf(await send('large.pdf', new Uint8Array(maxFormBytes + 1)))).toEqual([
      413,
      'form.too-large',
    ]);
    expect(await problemOf(await send('huge.pdf', new Uint8Array(2 * maxFormBytes)))).toEqual([
      413,
      'form.too-large',
    ]);
    expect((await send('whole.pdf', new Uint8Array(maxFormBytes))).status).toBe(201);
    expect(await problemOf(await api('POST', '/requests/req_0/forms', multipart('a', bytes(1))))).toEqual([
      404,
      'not-found',
    ]);
    const replies = await Promise.all(Array.from({ length: maxForms + 2 }, () => send('same.pdf', bytes(5))));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(maxForms - 1);
    const listed = (await (await api('GET', `/requests/${request.id}/forms`)).json()) as { forms: Form[] };
    expect(new Set(listed.forms.map(({ name }) => name)).size).toBe(maxForms);
  });

  test('is known before a byte of a large body is read', async () => {
    const request = await portal.openRequest();
    for (const [path, status] of [
      [`/staff/requests/${request.id}/forms`, 401],
      [`/api/v1/requests/${request.id}/forms`, 401],
    ] as const) {
      const reply = await ask(portal.url, {
        method: 'POST',
        path,
        headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': '100000000' },
        body: 'x',
      }).catch(() => undefined);
      expect([path, reply?.status]).toEqual([path, status]);
    }
  });

  test('in the console sees them, looks at them, and takes them away; what is wrong stands on the page', async () => {
    const request = await portal.openRequest();
    const path = `${portal.url}/staff/requests/${request.id}`;
    const post = (to: string, body?: FormData) =>
      fetch(`${path}${to}`, { method: 'POST', headers: { cookie }, body: body ?? null, redirect: 'manual' });
    const empty = await post('/forms', multipart('', bytes(0)));
    expect(empty.status).toBe(422);
    expect(await empty.text()).toContain('No form was chosen');
    expect((await post('/forms', multipart('Form.docx', bytes(3000)))).status).toBe(303);
    const page = await (await fetch(path, { headers: { cookie } })).text();
    const id = /forms\/(frm_\w+)"/.exec(page)?.[1] ?? '';
    expect(page).toContain('DOCX, 2.9 KB');
    expect((await fetch(`${path}/forms/${id}`, { headers: { cookie } })).status).toBe(200);
    expect((await post(`/forms/${id}/remove`)).status).toBe(303);
    expect(await (await fetch(path, { headers: { cookie } })).text()).not.toContain('Form.docx');
  });
});
