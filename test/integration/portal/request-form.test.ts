import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requests } from '../../../db/schema/index.ts';
import { passwordMatches } from '../../../server/lib/passwords.ts';
import { itemList, preview, questionList, saveTemplate } from '../../../web/pages/staff/new-request-form.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, fieldsIn, type Reply } from './wire.ts';

let portal: TestPortal;
let cookie: string;

beforeAll(async () => {
  portal = await startPortal();
  cookie = await portal.signIn();
});

afterAll(() => portal.close());

const page = (path: string, as = cookie): Promise<Reply> =>
  ask(portal.url, { path: `/staff${path}`, headers: { cookie: as, accept: 'text/html' } });

const post = (path: string, fields: URLSearchParams, as = cookie): Promise<Reply> =>
  ask(portal.url, {
    method: 'POST',
    path: `/staff${path}`,
    headers: { cookie: as, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
    body: fields.toString(),
  });

/** The form as it is shown, with something typed into it. */
const typedInto = (html: string, typed: Record<string, string>): URLSearchParams => {
  const fields = fieldsIn(html);
  for (const [name, value] of Object.entries(typed)) fields.set(name, value);
  return fields;
};

const requestIn = async (reply: Reply) => {
  expect([reply.status, reply.headers.location]).toEqual([
    303,
    expect.stringMatching(/^\/staff\/requests\/req_/),
  ]);
  const id = reply.headers.location?.split('/').at(-1) ?? '';
  const [row] = await portal.db.select().from(requests).where(eq(requests.id, id));
  if (row === undefined) throw new Error(`no request ${id}`);
  return row;
};

const opensWith = async (reply: Reply, password: string): Promise<boolean> => {
  const { passwordHash } = await requestIn(reply);
  return passwordHash !== null && passwordMatches(passwordHash, password);
};

describe('a password that was typed', () => {
  const password = 'Tell-nobody-this';
  const path = '/requests/new';

  test.each([
    ['more items', { action: itemList.more }],
    ['more questions', { action: questionList.more }],
    ['a mistake elsewhere', { deadline: '2020-01-01T00:00' }],
  ])('is kept over %s, never in the clear, and the request opens with it', async (_, more) => {
    const first = await post(path, typedInto((await page(path)).body, { title: 'Kept', password, ...more }));
    expect(first.body).toContain('with a password');
    expect(first.body).not.toContain(password);
    const opened = await post(path, typedInto(first.body, { deadline: '' }));
    expect(await opensWith(opened, password)).toBe(true);
  });

  test('gives way to one that is typed anew, also when that one is not good', async () => {
    const first = await post(
      path,
      typedInto((await page(path)).body, { title: 'Anew', password, action: itemList.more }),
    );
    const short = await post(path, typedInto(first.body, { password: 'abc' }));
    expect(short.status).toBe(422);
    expect((await post(path, typedInto(short.body, {}))).status).toBe(422);
    const opened = await post(path, typedInto(short.body, { password: 'another-one' }));
    expect(await opensWith(opened, 'another-one')).toBe(true);
  });

  test('goes when that is asked for', async () => {
    const first = await post(
      path,
      typedInto((await page(path)).body, { title: 'None', password, action: itemList.more }),
    );
    const opened = await post(path, typedInto(first.body, { forgetPassword: 'yes' }));
    expect((await requestIn(opened)).passwordHash).toBeNull();
  });

  test('is of no use to another session, and there it is said that it is lost', async () => {
    const first = await post(
      path,
      typedInto((await page(path)).body, { title: 'Lost', password, action: itemList.more }),
    );
    const other = await portal.signIn();
    for (const more of [new Map(), new Map([['action', itemList.more]])]) {
      const reply = await post(path, typedInto(first.body, Object.fromEntries(more)), other);
      expect(reply.status).toBe(422);
      expect(reply.body).toContain('Please type it again');
      expect(reply.body).toContain('no password');
    }
  });

  test('is kept while a request is changed; without it the one from before stays', async () => {
    const { id } = await portal.openRequest({ password: 'from-before' });
    const change = `/requests/${id}/change`;
    const html = (await page(change)).body;
    const first = await post(change, typedInto(html, { password, action: questionList.more }));
    const forgotten = await post(change, typedInto(first.body, { forgetPassword: 'yes' }));
    expect(await opensWith(forgotten, 'from-before')).toBe(true);
    expect(await opensWith(await post(change, typedInto(first.body, {})), password)).toBe(true);
  });

  test.each([preview, saveTemplate])('is not told by %s', async (action) => {
    const fields = typedInto((await page(path)).body, { title: `Of ${action}`, password, action });
    expect((await post(path, fields)).body).not.toContain(password);
  });
});

describe('a deadline', () => {
  const path = '/requests/new';
  const opened = async (deadline: string, deadlineZone = 'America/New_York') =>
    post(path, typedInto((await page(path)).body, { title: 'Until then', deadline, deadlineZone }));

  test.each(['2027-02-30T09:00', '2027', '2027-03-01', '2027-01-01T24:00'])(
    '%s does not exist, and is refused by the form and by the API',
    async (deadline) => {
      const reply = await opened(deadline);
      expect(reply.status).toBe(422);
      expect(reply.body).toContain('Please give a date and a time that exist.');
      expect((await portal.post({ title: 'Until then', deadline: `${deadline}Z` })).status).toBe(400);
    },
  );

  test('in the hour that the clock skips is after the gap', async () => {
    const { deadlineAt } = await requestIn(await opened('2027-03-14T02:30'));
    expect(deadlineAt?.toISOString()).toBe('2027-03-14T07:30:00.000Z');
  });
});

describe('a form that is sent twice', () => {
  const path = '/requests/new';
  const titled = (title: string) => portal.db.select().from(requests).where(eq(requests.title, title));
  const locationsOf = (replies: Reply[]) => new Set(replies.map(({ headers }) => headers.location));

  test('at once, or again later, opens one request, and both are led to it', async () => {
    const fields = typedInto((await page(path)).body, { title: 'Pressed twice', password: 'a-secret-one' });
    const replies = await Promise.all([post(path, fields), post(path, fields)]);
    replies.push(await post(path, fields));
    await requestIn(replies[1] as Reply);
    expect(locationsOf(replies).size).toBe(1);
    expect(await titled('Pressed twice')).toHaveLength(1);
  });

  test('with something else in it, or by another, opens another', async () => {
    const fields = typedInto((await page(path)).body, { title: 'Once more' });
    const first = await post(path, fields);
    const other = await post(path, new URLSearchParams([...fields, ['nextcloudPageAllowed', 'yes']]));
    const anew = await post(path, typedInto((await page(path)).body, { title: 'Once more' }));
    expect(locationsOf([first, other, anew]).size).toBe(3);
    expect(await titled('Once more')).toHaveLength(3);
  });

  test('of which the first comes to nothing, opens one by the second', async () => {
    const fields = typedInto((await page(path)).body, { title: 'At second try' });
    portal.standin.control.fault({
      method: 'MKCOL',
      path: '/At second try',
      times: 1,
      action: { reply: 503 },
    });
    const replies = await Promise.all([post(path, fields), post(path, fields)]);
    portal.standin.control.calm();
    expect(replies.filter(({ status }) => status === 303)).toHaveLength(1);
    expect((await titled('At second try')).map(({ state }) => state)).toEqual(['open']);
  });

  test('goes for one that is filled in from a template or from another request, too', async () => {
    await post(path, typedInto((await page(path)).body, { title: 'Like it', action: saveTemplate }));
    const template = /\/staff\/templates\/[^/"]+\/new/.exec((await page('/templates')).body)?.[0] ?? '';
    const { id } = await portal.openRequest({ title: 'Like it' });
    for (const from of [template.replace('/staff', ''), `/requests/${id}/duplicate`]) {
      const fields = fieldsIn((await page(from)).body);
      const replies = await Promise.all([post(from, fields), post(from, fields)]);
      await requestIn(replies[0] as Reply);
      expect(locationsOf(replies).size).toBe(1);
    }
  });
});
