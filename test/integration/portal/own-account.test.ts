import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { findOwnAccount } from '../../../db/queries/own-accounts.ts';
import { findStaff, insertStaff, setStaff } from '../../../db/queries/people.ts';
import {
  auditEvents,
  deliveries,
  notices,
  type Right,
  requests,
  type StaffRole,
  sessions,
  throttles,
} from '../../../db/schema/index.ts';
import { createApiToken } from '../../../server/auth/api-tokens.ts';
import { rights } from '../../../server/auth/rights.ts';
import type { RequestDescription } from '../../../server/intake/describe-request.ts';
import { hashToken, newToken } from '../../../server/lib/ids.ts';
import { createNextcloud } from '../../../server/nextcloud/index.ts';
import type { StandinUser } from '../../standins/nextcloud/options.ts';
import { grantAccess, nextcloudPerson, wayOn, withPeople } from '../../support/nextcloud-people.ts';
import { type OpenRequest, startPortal, until } from '../../support/portal.ts';

const named = (id: string) => nextcloudPerson(id);
const [hanako, taro, jiro, saburo, shiro] = [
  named('hanako'),
  named('taro'),
  named('jiro'),
  named('saburo'),
  named('shiro'),
];
const [goro, rokuro, ichiro] = [named('goro'), named('rokuro'), named('ichiro')];
const [hachiro, kuro] = [named('hachiro'), named('kuro')];
const users = [hanako, taro, jiro, saburo, shiro, goro, rokuro, ichiro, hachiro, kuro];
const portal = await startPortal({ importer: true, standinOptions: withPeople(...users) });

beforeEach(() => portal.db.delete(throttles));
afterAll(() => portal.close());

interface Person {
  id: string;
  cookie: string;
  api: (method: string, path: string, body?: unknown) => Promise<Response>;
}

const person = async (login: string, role: StaffRole = 'staff'): Promise<Person> => {
  const row = await insertStaff(portal.db, { login, name: login, role });
  if (row === undefined) throw new Error('no row');
  const token = newToken();
  const inAnHour = new Date(Date.now() + 3_600_000);
  await portal.db
    .insert(sessions)
    .values({ id: hashToken(token), userId: row.id, expiresAt: inAnHour, absoluteExpiresAt: inAnHour });
  const scopes: Right[] = [...rights];
  const bearer = (await createApiToken(portal.db, { staffId: row.id, name: 'test', scopes, expiresAt: null }))
    .token;
  return {
    id: row.id,
    cookie: `staff=${token}`,
    api: (method, path, body) =>
      fetch(`${portal.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
  };
};

const ask = (method: 'GET' | 'POST', path: string, cookie: string, fields?: Record<string, string>) =>
  fetch(`${portal.url}/staff${path}`, {
    method,
    redirect: 'manual',
    headers: { cookie, accept: 'text/html', 'accept-language': 'en' },
    ...(fields !== undefined && { body: new URLSearchParams(fields) }),
  });

/** @returns where it led */
const connect = async ({ cookie }: Person, as: StandinUser) => {
  const begun = await ask('POST', '/account/nextcloud', cookie);
  const way = begun.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const { address } = wayOn(await (await ask('GET', '/account/nextcloud', `${cookie}; ${way}`)).text());
  await grantAccess(address, as);
  return ask('POST', '/account/nextcloud/finish', `${cookie}; ${way}`);
};
const disconnect = ({ cookie }: Person) => ask('POST', '/account/nextcloud/disconnect', cookie);
const appPasswordsOf = ({ id }: StandinUser) => portal.standin.control.appPasswords(id);

const openOwn = async (
  { api }: Person,
  more: Record<string, unknown> = {},
): Promise<OpenRequest & RequestDescription> => {
  const response = await api('POST', '/requests', {
    title: 'Own papers',
    account: 'own',
    takeBackMinutes: 0,
    ...more,
  });
  if (response.status !== 201) throw new Error(`not opened: ${response.status} ${await response.text()}`);
  const described = (await response.json()) as RequestDescription;
  const { link, folder } = described;
  if (link === null || folder === null) throw new Error('a request without a link or a folder');
  return { ...described, link, folder, token: link.split('/').at(-1) ?? '' };
};

/** As its owner sees it. */
const cloudOf = ({ id, appPassword }: StandinUser) =>
  createNextcloud({
    baseUrl: new URL(portal.standin.url),
    user: id,
    appPassword,
    log: portal.composed.portal.log,
  });

const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

describe('a request in one’s own account', () => {
  test('is offered on the form to who has connected theirs, and to nobody else', async () => {
    const one = await person('one');
    expect(await (await ask('GET', '/requests/new', one.cookie)).text()).not.toContain('name="account"');
    expect((await connect(one, hanako)).headers.get('location')).toBe('/staff/account?done=connected');
    expect(await (await ask('GET', '/account', one.cookie)).text()).toContain('Connected as hanako');
    expect(await (await ask('GET', '/requests/new', one.cookie)).text()).toContain('Yours (hanako)');
    const opened = await ask('POST', '/requests/new', one.cookie, {
      title: 'By the form',
      account: 'own',
      deadlineZone: 'UTC',
    });
    const page = await (
      await ask('GET', opened.headers.get('location')?.replace('/staff', '') ?? '', one.cookie)
    ).text();
    expect(page).toContain('in the account of hanako');
    expect(await cloudOf(hanako).files.stat('/Uketori/By the form')).toMatchObject({ kind: 'directory' });
  });

  test('is proven upload-only there, takes files, and hands them on', async () => {
    const two = await person('two');
    await connect(two, taro);
    const request = await openOwn(two);
    expect(request).toMatchObject({ nextcloudUser: 'taro', share: { state: 'proven', permissions: 4 } });
    const begun = await portal.submit(request, [{ name: 'a.txt', content: 'in the folder of taro' }]);
    const files = await cloudOf(taro).files.list(request.folder);
    expect(files.map(({ path }) => path)).toEqual([expect.stringContaining(begun.receiptNumber)]);
    await until('the file is handed on', async () => {
      const rows = await portal.db
        .select()
        .from(deliveries)
        .where(eq(deliveries.submissionId, begun.submissionId));
      return rows.length === 1 && rows[0]?.state === 'delivered';
    });
    const portals = await portal.openRequest({ title: 'Own papers' });
    expect(portals.folder).toBe(request.folder);
    expect((await two.api('GET', `/requests/${portals.id}`)).status).toBe(200);
  });

  test('may lie in a folder of the same path as another account’s request, and not as one of the same', async () => {
    const three = await person('three');
    await connect(three, jiro);
    const folder = (await portal.openRequest({ title: 'Same path' })).folder;
    const refused = await portal.post({ title: 'In the same', folder });
    expect(refused.status).toBe(400);
    await cloudOf(jiro)
      .files.makeDirectory('/Uketori')
      .catch(() => undefined);
    await cloudOf(jiro).files.makeDirectory(folder);
    expect(await openOwn(three, { folder })).toMatchObject({ folder, nextcloudUser: 'jiro' });
    expect((await three.api('POST', '/requests', { title: 'Again', account: 'own', folder })).status).toBe(
      400,
    );
  });

  test('is refused to who has connected none, and to a viewer, and leaves nothing', async () => {
    const four = await person('four');
    const before = (await portal.db.select().from(requests)).length;
    const refused = await four.api('POST', '/requests', { title: 'Nowhere', account: 'own' });
    expect([refused.status, await codeOf(refused)]).toEqual([409, 'account.not-connected']);
    expect((await portal.db.select().from(requests)).length).toBe(before);
    const viewer = await person('only-looks', 'viewer');
    expect((await ask('POST', '/account/nextcloud', viewer.cookie)).status).toBe(403);
  });

  test('is what its template says, for whoever uses it', async () => {
    const one = await person('template-user');
    const saved = await one.api('POST', '/templates', {
      name: 'Own',
      content: { title: 'From it', account: 'own' },
    });
    const { id } = (await saved.json()) as { id: string };
    const refused = await one.api('POST', `/templates/${id}/requests`, {});
    expect([refused.status, await codeOf(refused)]).toEqual([409, 'account.not-connected']);
    const opened = await one.api('POST', `/templates/${id}/requests`, { account: 'portal' });
    expect(await opened.json()).toMatchObject({ nextcloudUser: portal.standin.user.id });
  });
});

describe('an account', () => {
  test('of somebody else is not connected, and its app password is given back', async () => {
    const [five, six] = [await person('five'), await person('six')];
    await connect(five, saburo);
    const before = appPasswordsOf(saburo);
    const refused = await connect(six, saburo);
    expect([refused.status, await refused.text()]).toEqual([
      409,
      expect.stringContaining('somebody else’s here'),
    ]);
    // Nor another one in the place of one's own.
    expect((await connect(five, shiro)).status).toBe(409);
    expect([appPasswordsOf(saburo), appPasswordsOf(shiro)]).toEqual([before, 0]);
    expect(await findStaff(portal.db, six.id)).toMatchObject({ nextcloudUser: null });
  });

  test('is disconnected when no request needs it, and its app password is worthless then', async () => {
    const seven = await person('seven');
    await connect(seven, shiro);
    const request = await openOwn(seven, { title: 'Needed', retentionDays: 1 });
    await portal.submit(request, [{ name: 'a.txt', content: 'kept' }]);
    const refused = await disconnect(seven);
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('“Needed” lives')]);
    await seven.api('POST', `/requests/${request.id}/close`);
    await until(
      'it is archived',
      async () => (await seven.api('POST', `/requests/${request.id}/archive`)).status === 200,
    );
    // Its files are still to be removed.
    expect((await disconnect(seven)).status).toBe(409);
    expect(appPasswordsOf(shiro)).toBe(1);
    await portal.db.update(requests).set({ retentionDays: null }).where(eq(requests.id, request.id));
    expect((await disconnect(seven)).headers.get('location')).toBe('/staff/account?done=disconnected');
    expect(appPasswordsOf(shiro)).toBe(0);
    expect((await disconnect(seven)).status).toBe(409);
    expect((await cloudOf(shiro).files.list(request.folder)).length).toBe(1);
    const refusedNow = await seven.api('POST', '/requests', { title: 'After it', account: 'own' });
    expect(await codeOf(refusedNow)).toBe('account.not-connected');
    const deeds = await portal.db.select().from(auditEvents).where(eq(auditEvents.subject, seven.id));
    expect(deeds.map(({ action }) => action)).toEqual(['account.connected', 'account.disconnected']);
  });

  test('is disconnected also by who may open no request any more', async () => {
    const eleven = await person('eleven');
    await connect(eleven, ichiro);
    await setStaff(portal.db, eleven.id, { role: 'viewer' });
    expect((await ask('POST', '/account/nextcloud', eleven.cookie)).status).toBe(403);
    expect((await disconnect(eleven)).status).toBe(303);
    expect(appPasswordsOf(ichiro)).toBe(0);
  });

  test('keeps one app password of two ways that end at once, and none of a way that breaks', async () => {
    const twelve = await person('twelve');
    await Promise.all([connect(twelve, hachiro), connect(twelve, hachiro)]);
    expect(await findOwnAccount(portal.db, twelve.id)).toMatchObject({ revoked: false });
    await until('the other is given back', () => Promise.resolve(appPasswordsOf(hachiro) === 1));
    const thirteen = await person('thirteen');
    // The database breaks when the account is written.
    await portal.db.execute(sql`alter table accounts rename to accounts_away`);
    try {
      expect((await connect(thirteen, kuro)).status).toBe(500);
    } finally {
      await portal.db.execute(sql`alter table accounts_away rename to accounts`);
    }
    expect(appPasswordsOf(kuro)).toBe(0);
    // Nextcloud breaks when it is asked whose the app password is.
    portal.standin.control.fault({ method: 'GET', path: /cloud\/user/, action: { reply: 503 } });
    expect((await connect(thirteen, kuro)).status).toBe(503);
    expect(appPasswordsOf(kuro)).toBe(0);
  });

  test('is not half disconnected when Nextcloud does not answer', async () => {
    const eight = await person('eight');
    await connect(eight, goro);
    portal.standin.control.fault({ method: 'DELETE', path: /apppassword/, action: { reply: 503 } });
    expect((await disconnect(eight)).status).toBe(503);
    expect(await findOwnAccount(portal.db, eight.id)).toMatchObject({ revoked: false });
    expect((await disconnect(eight)).status).toBe(303);
    expect(appPasswordsOf(goro)).toBe(0);
  });

  test('whose app password was taken back at Nextcloud is told of, and mended by connecting again', async () => {
    const ten = await person('ten');
    await connect(ten, rokuro);
    const request = await openOwn(ten, { title: 'Interrupted' });
    portal.standin.control.revokeAppPasswords('rokuro');
    portal.standin.control.restoreAppPassword('rokuro');
    const begun = await portal.begin(request);
    await expect(portal.send(begun, { name: 'a.txt', content: 'too early' })).rejects.toThrow(/503/);
    const refused = await ten.api('POST', '/requests', { title: 'Meanwhile', account: 'own' });
    expect([refused.status, await codeOf(refused)]).toEqual([409, 'account.not-connected']);
    const open = async () =>
      (await portal.db.select().from(notices).where(eq(notices.code, 'nextcloud.connection-refused'))).filter(
        ({ resolvedAt }) => resolvedAt === null,
      );
    await until('staff are told', async () => (await open()).length === 1);
    expect((await open())[0]?.params).toEqual({ account: 'rokuro' });
    expect((await connect(ten, rokuro)).headers.get('location')).toBe('/staff/account?done=connected');
    expect(await open()).toEqual([]);
    await portal.submit(request, [{ name: 'a.txt', content: 'now' }]);
  });
});
