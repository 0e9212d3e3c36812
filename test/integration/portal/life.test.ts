import { and, eq, like } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { auditEvents, deliveries, requests, shares, submissions } from '../../../db/schema/index.ts';
import { sweepSharesOfClosed } from '../../../server/intake/shares-of-closed.ts';
import { type OpenRequest, startPortal, type TestPortal, until } from '../../support/portal.ts';
import { ask, codeOf } from './wire.ts';

let portal: TestPortal;
let token: string;
let cookie: string;

beforeAll(async () => {
  portal = await startPortal();
  token = await portal.apiToken();
  cookie = await portal.signIn();
});

afterEach(() => portal.standin.control.calm());

afterAll(() => portal.close());

const bearer = () => ({ authorization: `Bearer ${token}` });

const step = ({ id }: OpenRequest, name: 'close' | 'reopen' | 'archive') =>
  ask(portal.url, { method: 'POST', path: `/api/v1/requests/${id}/${name}`, headers: bearer() });

const remove = ({ id }: OpenRequest, files: string) =>
  ask(portal.url, { method: 'DELETE', path: `/api/v1/requests/${id}${files}`, headers: bearer() });

const rowOf = async ({ id }: OpenRequest) =>
  (await portal.db.select().from(requests).where(eq(requests.id, id)))[0];

const shareRow = async ({ id }: OpenRequest) => {
  const [row] = await portal.db.select().from(shares).where(eq(shares.requestId, id));
  if (row === undefined) throw new Error('no share');
  return row;
};

const nextcloud = async () => {
  const { intake } = portal.composed.portal;
  return intake.accounts.nextcloudFor((await intake.portalAccount()).accountId);
};

const sharesOn = async ({ folder }: OpenRequest) => (await nextcloud()).shares.listOn(folder);

const auditOf = async ({ id }: OpenRequest) =>
  (
    await portal.db
      .select()
      .from(auditEvents)
      .where(and(eq(auditEvents.subject, id), like(auditEvents.action, 'request.%')))
      .orderBy(auditEvents.id)
  ).map(({ action }) => action);

/** As if every delivery had been confirmed. */
const settle = async (request: OpenRequest) => {
  const own = await portal.db.select().from(submissions).where(eq(submissions.requestId, request.id));
  for (const { id } of own)
    await portal.db.update(deliveries).set({ state: 'delivered' }).where(eq(deliveries.submissionId, id));
};

test('a closed request leaves no share behind, and one that is reopened takes files by the same link again', async () => {
  const request = await portal.openRequest();
  expect(await sharesOn(request)).toHaveLength(1);
  expect((await step(request, 'close')).status).toBe(200);
  expect(await sharesOn(request)).toEqual([]);
  expect((await shareRow(request)).state).toBe('gone');
  expect((await step(request, 'reopen')).status).toBe(200);
  const [share, ...more] = await sharesOn(request);
  expect([share?.permissions, more]).toEqual([4, []]);
  expect(await shareRow(request)).toMatchObject({ state: 'proven', nextcloudShareId: share?.id });
  const { description } = await portal.submit(request, [{ name: 'a.txt', content: 'again' }]);
  expect(description.state).toBe('sealed');
  expect(await auditOf(request)).toEqual(['request.opened', 'request.closed', 'request.reopened']);
});

test('a share that Nextcloud could not remove at the close is removed later', async () => {
  const request = await portal.openRequest();
  const { nextcloudShareId } = await shareRow(request);
  await portal.db.update(requests).set({ state: 'closed' }).where(eq(requests.id, request.id));
  expect((await sharesOn(request)).map(({ id }) => id)).toEqual([nextcloudShareId]);
  await sweepSharesOfClosed(portal.composed.portal.intake);
  expect(await sharesOn(request)).toEqual([]);
});

test('a request is not reopened after its deadline, nor without its folder, nor when it is open', async () => {
  const request = await portal.openRequest();
  expect(codeOf(await step(request, 'reopen'))).toBe('request.wrong-state');
  await step(request, 'close');
  const set = (values: { deadlineAt: Date | null }) =>
    portal.db.update(requests).set(values).where(eq(requests.id, request.id));
  await set({ deadlineAt: new Date(Date.now() - 60_000) });
  expect(codeOf(await step(request, 'reopen'))).toBe('input.invalid');
  await set({ deadlineAt: null });
  const { files } = await nextcloud();
  await files.move(request.folder, `${request.folder} elsewhere`, { overwrite: false });
  // Another stands in its place: it is not opened for anybody.
  await files.makeDirectory(request.folder);
  expect(codeOf(await step(request, 'reopen'))).toBe('nextcloud.not-found');
  expect(await sharesOn(request)).toEqual([]);
  expect((await rowOf(request))?.state).toBe('closed');
});

test('a request is archived and deleted when it is closed and nothing is under way', async () => {
  const request = await portal.openRequest();
  await portal.submit(request, [{ name: 'a.txt', content: 'content' }]);
  for (const reply of [await step(request, 'archive'), await remove(request, '?files=keep')])
    expect([reply.status, codeOf(reply)]).toEqual([409, 'request.wrong-state']);
  await step(request, 'close');
  for (const reply of [await step(request, 'archive'), await remove(request, '?files=keep')])
    expect([reply.status, codeOf(reply)]).toEqual([409, 'request.under-way']);
  await settle(request);
  const archived = await until('the archive', async () => {
    const reply = await step(request, 'archive');
    return reply.status === 200 && reply;
  });
  expect(JSON.parse(archived.body)).toMatchObject({ state: 'archived' });
  // What becomes of the files has to be said.
  expect((await remove(request, '')).status).toBe(400);
  expect((await remove(request, '?files=keep')).status).toBe(204);
  expect(await rowOf(request)).toBeUndefined();
  expect(await (await nextcloud()).files.list(request.folder)).toHaveLength(1);
  expect((await ask(portal.url, { path: `/r/${request.token}` })).status).toBe(404);
  expect((await auditOf(request)).at(-1)).toBe('request.deleted');
});

test('the folder goes with the request where staff want it, on a page that says so', async () => {
  const request = await portal.openRequest();
  await step(request, 'close');
  const path = `/staff/requests/${request.id}/delete`;
  const page = await ask(portal.url, { path, headers: { cookie, accept: 'text/html' } });
  expect(page.body).toContain(request.folder);
  const form = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
  expect((await ask(portal.url, { method: 'POST', path, headers: form })).status).toBe(400);
  const { files } = await nextcloud();
  expect(await files.stat(request.folder)).toBeDefined();
  const reply = await ask(portal.url, { method: 'POST', path, headers: form, body: 'files=remove' });
  expect([reply.status, reply.headers.location]).toEqual([303, '/staff']);
  expect(await files.stat(request.folder)).toBeUndefined();
});

test('a folder that held files before the request is never removed with it', async () => {
  const { files } = await nextcloud();
  await files.makeDirectory('/Older');
  await files.put('/Older/kept.txt', Buffer.from('kept'), { sizeBytes: 4 });
  const request = await portal.openRequest({ folder: '/Older' });
  await step(request, 'close');
  expect(codeOf(await remove(request, '?files=remove'))).toBe('request.folder-older');
  expect(await files.stat('/Older/kept.txt')).toBeDefined();
  expect((await remove(request, '?files=keep')).status).toBe(204);
});
