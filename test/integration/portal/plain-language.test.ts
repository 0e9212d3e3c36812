import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { asBrowser, cookiesOf, form, plainForms, post } from './plain.ts';
import { ask } from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});

afterAll(() => portal.close());

const { latestOf } = plainForms(() => portal);

/** As the switch does it: without the files themselves. */
const change = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  ask(portal.url, {
    method: 'POST',
    path,
    headers: { ...asBrowser, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  });

/** What a page has in a hidden input. */
const hidden = (body: string, name: string): string => {
  const value = new RegExp(`type="hidden" name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? '';
  return value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&');
};

const mixed = form({ name: 'Hanako' }, [
  { name: 'a.txt', content: 'a text' },
  { name: 'bad <b>.exe', content: 'x' },
]);

const sendMixed = async (request: OpenRequest) => {
  const posted = await post(portal.url, `/r/${request.token}/send`, mixed, asBrowser);
  const row = await latestOf(request);
  const path = `/r/${request.token}/send/${row?.id}`;
  return { posted, path, mine: { ...asBrowser, cookie: cookiesOf(posted) } };
};

test('what was typed comes back in the other language, and it is said that files do not', async () => {
  const request = await portal.openRequest();
  const path = `/r/${request.token}/language`;
  const fields = { name: 'Hanako "<b>', message: '<i>two', files: 'a.txt', foreign: 'unknown' };
  const changed = await change(`${path}?language=ja`, fields);
  expect(changed.status).toBe(200);
  expect(changed.headers['set-cookie']?.join()).toContain('language=ja');
  expect(changed.body).toContain('value="Hanako &quot;&lt;b>"');
  expect(changed.body).toContain('&lt;i>two');
  expect(changed.body).toContain('ファイルをもう一度選択してください');
  expect(changed.body).not.toContain('unknown');
  const bare = await change(`${path}?language=en`, { name: 'Hanako', files: '' });
  expect(bare.body).toContain('value="Hanako"');
  expect(bare.body).not.toContain('choose your files again');
  // What a browser restores, or a bookmark keeps.
  const again = await ask(portal.url, { path, headers: asBrowser });
  expect([again.status, again.headers.location]).toEqual([303, `/r/${request.token}`]);
});

test('what was wrong with a form is said in the other language, too', async () => {
  const request = await portal.openRequest();
  const send = `/r/${request.token}/send`;
  const wrong = await post(
    portal.url,
    send,
    form({ name: ' ' }, [{ name: 'a.txt', content: 'x' }]),
    asBrowser,
  );
  expect(wrong.body).toContain('Please fill this in.');
  const failure = hidden(wrong.body, 'failure');
  const path = `/r/${request.token}/language?language=ja`;
  expect((await change(path, { name: ' ', failure })).body).toContain('入力してください。');
  for (const forged of ['', 'no JSON', '{"code":"unknown"}', '{"code":"toString"}'])
    expect((await change(path, { name: 'Hanako', failure: forged })).status).toBe(200);
});

test('a body that is no form is refused, and breaks nothing', async () => {
  const request = await portal.openRequest();
  const path = `/r/${request.token}/language`;
  const broken = { 'content-type': 'multipart/form-data; boundary=x' };
  expect((await ask(portal.url, { method: 'POST', path, headers: broken, body: 'no form' })).status).toBe(
    400,
  );
  expect((await change(path, { name: 'Hanako' })).status).toBe(200);
});

test('what was not taken is said in the other language, too, to the browser that sent it', async () => {
  const request = await portal.openRequest({ allowedTypes: ['txt'] });
  const { posted, path, mine } = await sendMixed(request);
  const news = hidden(posted.body, 'news');
  const changed = await change(`${path}/language?language=ja`, { news }, mine);
  expect(changed.body).toContain('受け取れなかったもの');
  expect(changed.body).toContain('bad &lt;b>.exe');
  expect(changed.body).toContain('a.txt');
  expect(JSON.parse(hidden(changed.body, 'news'))).toEqual(JSON.parse(news));
  const forged = await change(`${path}/language`, { news: '{"refused":[{"name":"x"}]}' }, mine);
  expect(forged.status).toBe(200);
  expect(forged.body).not.toContain('Not taken');
  expect((await change(`${path}/language`, { news })).status).toBe(404);
  const foreign = { ...mine, 'sec-fetch-site': 'cross-site' };
  expect((await change(`${path}/language`, { news }, foreign)).status).toBe(403);
});

test('of a refused file it is said that it was not kept, that others are, and what to do', async () => {
  const request = await portal.openRequest({ allowedTypes: ['txt'] });
  const { posted } = await sendMixed(request);
  expect(posted.body).toContain(
    'It was not accepted, and nothing of it was kept; other files are not affected.',
  );
  expect(posted.body).toContain('1 file arrived');
  expect(posted.body).not.toContain('was not sent');
});
