import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { asBrowser, cookiesOf, form, plainForms, post, receiptOf, textFile } from './plain.ts';
import { ask, filesOf } from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});

afterAll(() => portal.close());

const { send, latestOf } = plainForms(() => portal);

test('only the browser that sent sees where its submission stands', async () => {
  const request = await portal.openRequest({ allowedTypes: ['txt'] });
  const bad = { name: 'b.exe', content: 'x' };
  const posted = await send(request, form({ name: 'Hanako' }, [textFile, bad]), asBrowser);
  expect(posted.status).toBe(422);
  expect(posted.body).toContain('a.txt');
  expect(posted.body).toContain('b.exe');
  const row = await latestOf(request);
  const path = `/r/${request.token}/send/${row?.id}`;
  const mine = { ...asBrowser, cookie: cookiesOf(posted) };
  expect((await ask(portal.url, { path, headers: asBrowser })).status).toBe(404);
  expect((await ask(portal.url, { path, headers: mine })).body).toContain('a.txt');
  expect((await post(portal.url, `${path}/finish`, '', asBrowser)).status).toBe(404);
  const more = await post(portal.url, path, form({}, [{ name: 'c.txt', content: 'c' }]), mine);
  expect(more.status).toBe(303);
  await receiptOf(portal.url, path, mine.cookie);
  expect(filesOf(portal, request, { receiptNumber: row?.receiptNumber ?? '' })).toHaveLength(2);
});

test('who finishes with what has arrived gets a receipt for it', async () => {
  const request = await portal.openRequest({ allowedTypes: ['txt'] });
  const files = [textFile, { name: 'b.exe', content: 'x' }];
  const posted = await send(request, form({ name: 'Hanako' }, files), asBrowser);
  const cookie = cookiesOf(posted);
  const path = `/r/${request.token}/send/${(await latestOf(request))?.id}`;
  const finished = await post(portal.url, `${path}/finish`, '', { ...asBrowser, cookie });
  expect([finished.status, finished.headers.location]).toEqual([303, path]);
  const receipt = await ask(portal.url, {
    path: await receiptOf(portal.url, path, cookie),
    headers: asBrowser,
  });
  expect(receipt.body).toContain('a.txt');
  expect(receipt.body).not.toContain('b.exe');
});

test('who adds to what was sent from this browser is not asked again who they are', async () => {
  const request = await portal.openRequest();
  const first = await send(request, form({ name: 'Hanako' }, [textFile]), asBrowser);
  const cookie = cookiesOf(first);
  const before = await latestOf(request);
  await receiptOf(portal.url, first.headers.location ?? '', cookie);
  const mine = { ...asBrowser, cookie };
  const page = await ask(portal.url, { path: `/r/${request.token}?add=${before?.id}`, headers: mine });
  const path = `/r/${request.token}/send?add=${before?.id}`;
  expect(page.body).toContain(`action="${path}"`);
  const more = form({}, [{ name: 'more.txt', content: 'more' }]);
  expect((await post(portal.url, path, more, asBrowser)).status).toBe(404);
  expect((await post(portal.url, path, more, mine)).status).toBe(303);
  expect(await latestOf(request)).toMatchObject({ supplementOf: before?.id, submitterName: 'Hanako' });
});
