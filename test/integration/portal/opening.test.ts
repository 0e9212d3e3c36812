import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { insertStaff } from '../../../db/queries/people.ts';
import { accounts, requests, shares, teams } from '../../../db/schema/index.ts';
import { createApiToken } from '../../../server/auth/api-tokens.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { noticesOf, shareOf, storedBelow } from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});

afterAll(() => portal.close());

afterEach(() => portal.standin.control.calm());

/** What the public address of a share answers to somebody who holds its token and password. */
const probe = async (token: string, password: string): Promise<Record<string, number>> => {
  const answers: Record<string, number> = {};
  for (const method of ['GET', 'HEAD', 'PROPFIND']) {
    const response = await fetch(`${portal.standin.url}/public.php/dav/files/${token}/`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`anonymous:${password}`).toString('base64')}`,
        'x-requested-with': 'XMLHttpRequest',
        depth: '0',
      },
    });
    await response.arrayBuffer();
    answers[method] = response.status;
  }
  return answers;
};

/** A share as the server reads it back to its owner. */
const readBack = async (id: string) => {
  const { url, user } = portal.standin;
  const response = await fetch(`${url}/ocs/v2.php/apps/files_sharing/api/v1/shares/${id}?format=json`, {
    headers: {
      authorization: `Basic ${Buffer.from(`${user.id}:${user.appPassword}`).toString('base64')}`,
      'ocs-apirequest': 'true',
    },
  });
  const { ocs } = (await response.json()) as { ocs: { data: { permissions: number }[] } };
  return ocs.data[0];
};

const linksThere = () => portal.standin.control.shares().map(({ id }) => id);

const makeFolder = async (path: string): Promise<void> => {
  const { accountId } = await portal.composed.portal.intake.portalAccount();
  const nextcloud = await portal.composed.portal.intake.accounts.nextcloudFor(accountId);
  await nextcloud.files.makeDirectory(path);
};

/** What there is before and after an attempt that must leave nothing behind. */
const everything = async () => ({
  links: linksThere(),
  stored: storedBelow(portal),
  requests: (await portal.db.select().from(requests)).map(({ id }) => id),
  proofs: (await portal.db.select().from(shares)).map(({ id }) => id),
});

describe('the share of a request that was opened', () => {
  test('reads back permissions exactly 4, and its public address refuses reading with its password', async () => {
    const opened = await portal.openRequest();
    const share = await shareOf(portal, opened.id);
    expect(await readBack(share.id)).toMatchObject({ permissions: 4 });
    expect(await probe(share.token, share.password)).toEqual({ GET: 405, HEAD: 405, PROPFIND: 405 });
  });

  test('is read by the same probe once it is set to 31: the probe can tell', async () => {
    const opened = await portal.openRequest();
    const share = await shareOf(portal, opened.id);
    portal.standin.control.changeShare(share.id, { permissions: 31 });
    const answers = await probe(share.token, share.password);
    expect(Object.values(answers).every((status) => status < 300)).toBe(true);
  });

  test('is not opened by another password: the refusals above are not for want of one', async () => {
    const opened = await portal.openRequest();
    const share = await shareOf(portal, opened.id);
    expect(await probe(share.token, 'another-Password-1')).toMatchObject({ PROPFIND: 401 });
    portal.standin.control.unlock();
  });

  test('is never asked for with publicUpload set to true', async () => {
    portal.standin.requests.clear();
    await portal.openRequest();
    const asked = portal.standin.requests.matching('POST', '/shares');
    expect(asked).toHaveLength(1);
    expect(asked.filter(({ path }) => /publicUpload=true/i.test(path))).toEqual([]);
  });
});

describe('a request whose share can not be proven upload-only', () => {
  test('does not open on a server that answers 31 whatever is asked, and leaves nothing behind', async () => {
    await portal.openRequest();
    const before = await everything();
    const told = (await noticesOf(portal, 'share.refused-at-opening')).length;
    portal.standin.control.set({ stubbornPermissions: 31 });
    const response = await portal.post({ title: 'Stubborn' });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ code: 'share.not-upload-only' });
    expect(await everything()).toEqual(before);
    const notices = await noticesOf(portal, 'share.refused-at-opening');
    expect(notices).toHaveLength(told + 1);
    expect(notices[0]).toMatchObject({ level: 'problem', params: { title: 'Stubborn' } });
    portal.standin.control.calm();
    expect((await portal.post({ title: 'Stubborn' })).status).toBe(201);
  });

  test.each([
    ['a second readable link on its folder', '/Given/a', '/Given/a', 'other-link'],
    ['a readable link on a folder above it', '/Given/b/deep', '/Given/b', 'parent-link'],
  ])('does not open beside %s', async (_case, folder, linked, problem) => {
    for (const path of ['/Given', linked, folder]) await makeFolder(path);
    const other = portal.standin.control.addShare(portal.standin.user.id, linked, 17);
    const before = await everything();
    const response = await portal.post({ title: problem, folder });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ code: 'share.not-upload-only' });
    // Its own share is gone; the other link and the folder that was there are not its to remove.
    expect(await everything()).toEqual(before);
    expect(linksThere()).toContain(other.id);
    const [notice] = await noticesOf(portal, 'share.refused-at-opening');
    expect(notice?.params).toEqual({ title: problem, problem });
    portal.standin.control.deleteShare(other.id);
    expect((await portal.post({ title: problem, folder })).status).toBe(201);
  });

  test('opens beside another link by which nobody can read', async () => {
    await makeFolder('/Drops');
    portal.standin.control.addShare(portal.standin.user.id, '/Drops', 4);
    expect((await portal.post({ title: 'Second drop', folder: '/Drops' })).status).toBe(201);
  });

  test('does not take the folder in which requests have theirs', async () => {
    const { id } = await portal.openRequest({ title: 'Makes the root' });
    const authorization = `Bearer ${await portal.apiToken()}`;
    const done = [
      await fetch(`${portal.url}/api/v1/requests/${id}/close`, {
        method: 'POST',
        headers: { authorization },
      }),
      await fetch(`${portal.url}/api/v1/requests/${id}?files=remove`, {
        method: 'DELETE',
        headers: { authorization },
      }),
    ];
    expect(done.map(({ status }) => status)).toEqual([200, 204]);
    await portal.db.update(requests).set({ state: 'archived' });
    const response = await portal.post({ title: 'All of it', folder: '/Uketori' });
    expect([response.status, await response.json()]).toMatchObject([400, { params: { field: 'folder' } }]);
    await makeFolder('/Uketori/Inside');
    expect((await portal.post({ title: 'Inside', folder: '/Uketori/Inside' })).status).toBe(201);
  });

  test('takes a folder by its name however that is composed, and no second time', async () => {
    const [composed, inPieces] = ['/がっこう', '/がっこう'.normalize('NFD')];
    expect(inPieces).not.toBe(composed);
    await makeFolder(composed);
    const opened = await portal.openRequest({ title: 'School', folder: inPieces });
    expect(opened.folder).toBe(composed);
    for (const folder of [composed, inPieces, `${inPieces}/${'プリント'.normalize('NFD')}`]) {
      await makeFolder(folder);
      const again = await portal.post({ title: 'Again', folder });
      expect([again.status, await again.json()]).toMatchObject([400, { params: { request: 'School' } }]);
    }
  });

  test('tells whose folder it would be only to the same team', async () => {
    const { folder } = await portal.openRequest({ title: 'Dismissals in March' });
    const [team] = await portal.db.insert(teams).values({ name: 'Another' }).returning();
    const person = await insertStaff(portal.db, { login: 'of-another', name: 'O', role: 'staff' }, [
      team?.id ?? '',
    ]);
    const token = {
      staffId: person?.id ?? '',
      name: 'x',
      scopes: ['requests:write' as const],
      expiresAt: null,
    };
    const stranger = await createApiToken(portal.db, token);
    const told = await (await portal.post({ title: 'x', folder }, stranger.token)).text();
    expect(told).toContain('input.invalid');
    expect(told).not.toContain('Dismissals');
    expect(await (await portal.post({ title: 'x', folder })).text()).toContain('Dismissals in March');
  });

  test('leaves nothing behind when Nextcloud fails in the middle', async () => {
    const before = await everything();
    portal.standin.control.fault({ method: 'POST', path: '/shares', action: { reply: 503 } });
    const response = await portal.post({ title: 'Broken off' });
    expect(response.status).toBe(503);
    expect(await everything()).toEqual(before);
    expect((await portal.post({ title: 'Broken off' })).status).toBe(201);
  });
});

describe('opening by the API', () => {
  test('tells what was opened: link, folder, and a share proven upload-only', async () => {
    const response = await portal.post({ title: '月次 / monthly' });
    expect(response.status).toBe(201);
    const body = await response.json();
    expect(body).toMatchObject({
      state: 'open',
      title: '月次 / monthly',
      share: { state: 'proven', permissions: 4 },
    });
    expect(body.link.startsWith(`${portal.url}/r/`)).toBe(true);
    expect(storedBelow(portal)).toContain('Uketori/月次 monthly/');
  });

  test('gives requests of one title a folder each', async () => {
    const [first, second] = [
      await portal.openRequest({ title: 'Twice' }),
      await portal.openRequest({ title: 'Twice' }),
    ];
    expect([first.folder, second.folder]).toEqual(['/Uketori/Twice', '/Uketori/Twice (2)']);
  });

  test('refuses a destination that nobody set up, and takes one that is', async () => {
    const refused = await portal.post({ title: 'Where to', destinations: ['No such place'] });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: 'input.invalid', field: 'destinations' });
    expect((await portal.post({ title: 'Where to', destinations: ['Imported files'] })).status).toBe(201);
  });

  test.each([
    ['no title', {}, 'title'],
    ['an empty title', { title: ' ' }, 'title'],
    ['a key nobody knows', { title: 'x', secret: 1 }, ''],
    ['a deadline without an offset', { title: 'x', deadline: '2030-01-01T00:00:00' }, 'deadline'],
    [
      'two fields of one key',
      {
        title: 'x',
        fields: [
          { key: 'a', label: 'A' },
          { key: 'a', label: 'B' },
        ],
      },
      'fields',
    ],
    [
      'a choice without choices',
      { title: 'x', fields: [{ key: 'a', label: 'A', kind: 'choice' }] },
      'fields.0.choices',
    ],
    ['a folder with ..', { title: 'x', folder: '/a/../b' }, 'folder'],
    ['a limit of nothing', { title: 'x', maxFileBytes: 0 }, 'maxFileBytes'],
  ])('answers %s with 400 and where it is', async (_case, input, path) => {
    const response = await portal.post(input);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const problem = await response.json();
    expect(problem).toMatchObject({ status: 400, code: 'input.invalid', type: 'urn:uketori:input.invalid' });
    expect(problem.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  test('refuses a body that is no JSON', async () => {
    const response = await fetch(`${portal.url}/api/v1/requests`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await portal.apiToken()}`, 'content-type': 'application/json' },
      body: '{"title":',
    });
    expect(response.status).toBe(400);
  });

  test('takes a token of the right scope, and no other', async () => {
    const url = `${portal.url}/api/v1/requests`;
    const withToken = (token: string | undefined, method = 'GET') =>
      fetch(url, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(method === 'POST' ? { body: JSON.stringify({ title: 'Scoped' }) } : {}),
      });
    const [reader, writer] = [
      await portal.apiToken(['requests:read']),
      await portal.apiToken(['requests:write']),
    ];
    for (const method of ['GET', 'POST']) {
      for (const token of [undefined, 'uketori_nonsense', 'nonsense']) {
        const refused = await withToken(token, method);
        expect(refused.status).toBe(401);
        expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
        expect(await refused.json()).toMatchObject({ code: 'auth.required', status: 401 });
      }
    }
    expect((await withToken(reader, 'POST')).status).toBe(403);
    expect((await withToken(writer, 'GET')).status).toBe(403);
    expect((await withToken(reader, 'GET')).status).toBe(200);
    expect((await withToken(writer, 'POST')).status).toBe(201);
  });

  test('is described by /api/openapi.json', async () => {
    const document = await (await fetch(`${portal.url}/api/openapi.json`)).json();
    expect(document.openapi).toMatch(/^3\.1/);
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/notices', '/requests', '/requests/{id}', '/requests/{id}/close']),
    );
    expect(document.paths['/requests'].post.security).toEqual([{ token: ['requests:write'] }]);
  });

  test('keeps what opens the share sealed in the database', async () => {
    const opened = await portal.openRequest();
    const share = await shareOf(portal, opened.id);
    const [row] = await portal.db.select().from(shares).where(eq(shares.requestId, opened.id));
    const [account] = await portal.db.select().from(accounts);
    const kept = JSON.stringify([row, account]);
    for (const secret of [share.token, share.password, portal.standin.user.appPassword])
      expect(kept).not.toContain(secret);
  });
});
