import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { raiseNotice } from '../../../db/queries/notices.ts';
import { insertStaff } from '../../../db/queries/people.ts';
import { auditEvents, notices, requests, teams } from '../../../db/schema/index.ts';
import { createApiToken } from '../../../server/auth/api-tokens.ts';
import { hashPassword, passwordMatches } from '../../../server/lib/passwords.ts';
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
    await requestIn(replies[1]);
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
      await requestIn(replies[0]);
      expect(locationsOf(replies).size).toBe(1);
    }
  });
});

describe('the team of a request', () => {
  const path = '/requests/new';
  let ids: { audit: string; legal: string; sales: string };

  beforeAll(async () => {
    const rows = await portal.db
      .insert(teams)
      .values(['Audit', 'Legal', 'Sales'].map((name, place) => ({ name, createdAt: new Date(4e12 + place) })))
      .returning();
    ids = { audit: rows[0]?.id ?? '', legal: rows[1]?.id ?? '', sales: rows[2]?.id ?? '' };
  });

  let people = 0;
  const member = async (...of: string[]) => {
    people += 1;
    const login = `member-${people}`;
    const password = 'correct horse battery';
    const passwordHash = await hashPassword(password);
    const person = await insertStaff(portal.db, { login, name: login, role: 'staff', passwordHash }, of);
    const signedIn = await fetch(`${portal.url}/staff/sign-in`, {
      method: 'POST',
      body: new URLSearchParams({ login, password }),
      redirect: 'manual',
    });
    const staffId = person?.id ?? '';
    const { token } = await createApiToken(portal.db, {
      staffId,
      name: 'test',
      scopes: ['requests:read', 'requests:write'],
      expiresAt: null,
    });
    return { staffId, token, cookie: signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
  };

  const offered = (html: string): string[] => {
    const select = /<select[^>]* name="team".*?<\/select>/s.exec(html)?.[0] ?? '';
    return [...select.matchAll(/<option[^>]*>([^<]*)</g)].map(([, name]) => name ?? '');
  };

  const patch = (id: string, token: string, body: unknown) =>
    ask(portal.url, {
      method: 'PATCH',
      path: `/api/v1/requests/${id}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  test('is chosen by who is in several; who is in one has no choice', async () => {
    const two = await member(ids.audit, ids.legal);
    const html = (await page(path, two.cookie)).body;
    expect(offered(html)).toEqual(['Audit', 'Legal']);
    const chosen = await post(path, typedInto(html, { title: 'For Legal', team: ids.legal }), two.cookie);
    const request = await requestIn(chosen);
    expect(request.teamId).toBe(ids.legal);
    expect((await page(`/requests/${request.id}`, two.cookie)).body).toMatch(/<dt>Team<\/dt><dd>Legal<\/dd>/);
    const asEver = await post(path, typedInto(html, { title: 'For the first', team: '' }), two.cookie);
    expect((await requestIn(asEver)).teamId).toBe(ids.audit);
    const refused = await post(path, typedInto(html, { title: 'For Sales', team: ids.sales }), two.cookie);
    expect([refused.status, refused.body.includes('You are not in this team')]).toEqual([422, true]);
    expect(offered((await page(path, (await member(ids.sales)).cookie)).body)).toEqual([]);
    expect(offered((await page(path)).body)).toEqual(expect.arrayContaining(['Audit', 'Legal', 'Sales']));
  });

  test('is taken over from a template or another request, and can be another', async () => {
    const two = await member(ids.audit, ids.legal);
    const fields = typedInto((await page(path, two.cookie)).body, { title: 'Of Legal', team: ids.legal });
    const { id } = await requestIn(await post(path, fields, two.cookie));
    await post(path, new URLSearchParams([...fields, ['action', saveTemplate]]), two.cookie);
    const list = (await page('/templates', two.cookie)).body;
    const template = /\/staff(\/templates\/[^/"]+\/new)/.exec(list)?.[1] ?? '';
    for (const from of [template, `/requests/${id}/duplicate`]) {
      const html = (await page(from, two.cookie)).body;
      const like = await post(from, typedInto(html, { title: 'Like it' }), two.cookie);
      expect((await requestIn(like)).teamId).toBe(ids.legal);
      const other = await post(from, typedInto(html, { title: 'Other', team: ids.audit }), two.cookie);
      expect((await requestIn(other)).teamId).toBe(ids.audit);
    }
  });

  test('is changed to another that one is in, audited, and with what is told of the request', async () => {
    const two = await member(ids.audit, ids.legal);
    const legal = await member(ids.legal);
    const { id } = await portal.openRequest({ team: ids.audit });
    await raiseNotice(portal.db, {
      level: 'warning',
      code: 'submission.unfinished',
      subject: id,
      requestId: id,
    });
    expect((await patch(id, two.token, { team: ids.sales })).status).toBe(400);
    expect((await page(`/requests/${id}`, legal.cookie)).status).toBe(404);
    const change = `/requests/${id}/change`;
    const html = (await page(change, two.cookie)).body;
    expect((await requestIn(await post(change, fieldsIn(html), two.cookie))).teamId).toBe(ids.audit);
    const moved = await post(change, typedInto(html, { team: ids.legal }), two.cookie);
    expect((await requestIn(moved)).teamId).toBe(ids.legal);
    expect((await page(`/requests/${id}`, legal.cookie)).status).toBe(200);
    const [told] = await portal.db.select().from(notices).where(eq(notices.requestId, id));
    expect(told?.teamId).toBe(ids.legal);
    const lines = await portal.db.select().from(auditEvents).where(eq(auditEvents.subject, id));
    expect(lines.find(({ action }) => action === 'request.changed')).toMatchObject({
      actor: `staff:${two.staffId}`,
      details: { team: { from: ids.audit, to: ids.legal } },
    });
    expect((await patch(id, two.token, { team: ids.audit })).status).toBe(200);
    expect((await page(`/requests/${id}`, legal.cookie)).status).toBe(404);
  });

  test('is any one for an administrator', async () => {
    const { id } = await portal.openRequest({ team: ids.audit });
    const reply = await patch(id, await portal.apiToken(), { team: ids.sales });
    expect([reply.status, JSON.parse(reply.body)]).toMatchObject([200, { team: ids.sales }]);
  });

  test('is missed at once by who is in none: there is no form to fill in for nothing', async () => {
    const none = await member();
    const reply = await page(path, none.cookie);
    expect(reply.status).toBe(200);
    expect(reply.body).toContain('Ask an administrator to put you into a team');
    expect(reply.body).not.toContain('name="title"');
    const sent = await post(path, new URLSearchParams({ title: 'From before' }), none.cookie);
    expect([sent.status, sent.body.includes('Ask an administrator')]).toEqual([422, true]);
  });
});

describe('a number', () => {
  const path = '/requests/new';
  const sent = async (typed: Record<string, string>) =>
    post(path, typedInto((await page(path)).body, { title: 'Of numbers', ...typed }));

  test.each([
    ['maxFileMegabytes', '10MB', 'Please give a number alone'],
    ['maxTotalMegabytes', '0x10', 'Please give a number alone'],
    ['item.0.maxFileMegabytes', '1,5', 'Please give a number alone'],
    ['maxFiles', 'ten', 'Please give a whole number'],
    ['maxFiles', '0', 'Please give a whole number'],
    ['graceMinutes', '-5', 'Please give a whole number'],
    ['retentionDays', '99999', 'This number is too large'],
  ])(
    'in %s that is none, as %j, is told beside its field, in a fold that is open',
    async (name, value, words) => {
      const reply = await sent({ 'item.0.label': 'A', [name]: value });
      expect(reply.status).toBe(422);
      const fold = reply.body.split('<details').find((part) => part.includes(` name="${name}"`)) ?? '';
      expect(fold).toMatch(/^[^>]* open/);
      expect(fold).toContain(words);
    },
  );

  test('may have a part of a whole, and full-width digits', async () => {
    const { maxFileBytes, maxFilesPerSubmission } = await requestIn(
      await sent({ maxFileMegabytes: ' 1.5 ', maxFiles: '１０' }),
    );
    expect([maxFileBytes, maxFilesPerSubmission]).toEqual([1.5 * 1024 ** 2, 10]);
  });
});

describe('the form in another language', () => {
  const switchIn = (html: string, language: string): string => {
    const [button = ''] = html.match(new RegExp(`<button[^>]*lang="${language}"[^>]*>`)) ?? [];
    expect(button).toMatch(/type="submit" form="request".* formnovalidate.* name="action" value="language"/i);
    return (/formaction="\/staff([^"]*)"/i.exec(button)?.[1] ?? '').replaceAll('&amp;', '&');
  };

  test('holds what was typed, the password too, and opens nothing', async () => {
    const html = (await page('/requests/new')).body;
    const typed = {
      title: 'Half filled in',
      password: 'a-secret-one',
      'item.2.label': 'Slip',
      deadline: '2020-',
    };
    const fields = typedInto(html, { ...typed, action: 'language' });
    const reply = await post(switchIn(html, 'ja'), fields);
    expect([reply.status, /<html lang="(\w+)"/.exec(reply.body)?.[1]]).toEqual([200, 'ja']);
    expect(reply.headers['set-cookie']?.join()).toContain('ja');
    expect(reply.body).toContain('パスワードあり');
    const kept = fieldsIn(reply.body);
    for (const name of ['title', 'item.2.label', 'deadline', 'formKey'] as const)
      expect([name, kept.get(name)]).toEqual([name, fields.get(name)]);
    expect(await portal.db.select().from(requests).where(eq(requests.title, typed.title))).toEqual([]);
  });

  test('of a change changes nothing', async () => {
    const { id } = await portal.openRequest({ title: 'As it is' });
    const html = (await page(`/requests/${id}/change`)).body;
    const reply = await post(
      switchIn(html, 'ja'),
      typedInto(html, { title: 'Otherwise', action: 'language' }),
    );
    expect(fieldsIn(reply.body).get('title')).toBe('Otherwise');
    const [row] = await portal.db.select().from(requests).where(eq(requests.id, id));
    expect(row?.title).toBe('As it is');
  });

  test('is a page like any other for who has no form there', async () => {
    expect((await page('/')).body).toContain('hreflang="ja"');
  });
});

test('a title that shows nothing is asked for, and one that is turned about loses what turns it', async () => {
  const html = (await page('/requests/new')).body;
  const empty = await post('/requests/new', typedInto(html, { title: '\u200b' }));
  expect([empty.status, empty.body.includes('Please fill this in.')]).toEqual([422, true]);
  const opened = await post(
    '/requests/new',
    typedInto(html, { title: 'Invoice \u202efdp', instructions: 'a\r\nb\u2067' }),
  );
  expect(await requestIn(opened)).toMatchObject({ title: 'Invoice fdp', instructions: 'a\r\nb' });
});
