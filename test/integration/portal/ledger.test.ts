import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { desc, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as tables from '../../../db/schema/index.ts';
import { rights } from '../../../server/auth/rights.ts';
import { destinationModules } from '../../../server/importer/destinations/registry.ts';
import { type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { ask } from './wire.ts';

let portal: TestPortal;
let token: string;
let cookie: string;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'uketori-ledger-'));
  portal = await startPortal();
  token = await portal.apiToken();
  cookie = await portal.signIn();
});

afterAll(async () => {
  await portal.close();
  await rm(dir, { recursive: true, force: true });
});

const api = async (method: string, path: string, body?: unknown, bearer = token) => {
  const reply = await ask(portal.url, {
    method,
    path: `/api/v1${path}`,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: reply.status, headers: reply.headers, text: reply.body, json: jsonIn(reply.body) };
};

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each looked into by its own test
// oxlint-disable-next-line typescript/no-explicit-any
const jsonIn = (text: string): any => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

let names = 0;
const newDestination = async (more: Record<string, unknown> = {}) => {
  names += 1;
  const made = await api('POST', '/destinations', {
    kind: 'folder',
    name: `Folder ${names}`,
    config: { dir },
    ...more,
  });
  expect(made.status).toBe(201);
  return made.json as { id: string; name: string };
};

/** A sealed submission on its way to a destination, in a state that the test wants. */
const deliveryIn = async (
  state: 'waiting' | 'dead' | 'delivered',
  destination: { id: string; name: string },
  given: { request?: OpenRequest; name?: string } = {},
): Promise<string> => {
  const request =
    given.request ?? (await portal.openRequest({ destinations: [destination.name], takeBackMinutes: 600 }));
  const begun = await portal.begin(request);
  await portal.send(begun, { name: given.name ?? 'a.txt', content: 'a' });
  await portal.finish(begun);
  const [row] = await portal.db
    .select()
    .from(tables.deliveries)
    .where(eq(tables.deliveries.submissionId, begun.submissionId));
  await portal.db
    .update(tables.deliveries)
    .set({ state, ...(state === 'dead' && { failureCode: 'destination.rejected', attempts: 3 }) })
    .where(eq(tables.deliveries.id, row?.id ?? ''));
  return row?.id ?? '';
};

const stateOf = async (id: string) => (await api('GET', `/deliveries/${id}`)).json.state as string;

const lastAudit = async (subject: string) => {
  const [row] = await portal.db
    .select()
    .from(tables.auditEvents)
    .where(eq(tables.auditEvents.subject, subject))
    .orderBy(desc(tables.auditEvents.id))
    .limit(1);
  return row && [row.action, row.actor.split(':')[0]];
};

describe('a destination', () => {
  test('is set up, shown without its secrets, changed, and removed', async () => {
    const made = await newDestination({ maxConcurrent: 2 });
    expect((await api('GET', `/destinations/${made.id}`)).json).toMatchObject({
      kind: 'folder',
      config: { dir, template: '{request}/{receipt}' },
      secrets: [],
      maxConcurrent: 2,
      paused: false,
      failing: null,
      deliveries: { waiting: 0, delivering: 0, delivered: 0, dead: 0 },
    });
    const changed = await api('PATCH', `/destinations/${made.id}`, {
      config: { dir, template: 'in/{receipt}' },
    });
    expect([changed.status, changed.json.config.template, changed.json.maxConcurrent]).toEqual([
      200,
      'in/{receipt}',
      2,
    ]);
    expect(await lastAudit(made.id)).toEqual(['destination.changed', 'token']);
    expect((await api('DELETE', `/destinations/${made.id}`)).status).toBe(204);
    expect((await api('GET', `/destinations/${made.id}`)).status).toBe(404);
    await newDestination({ name: made.name });
  });

  test('has its secrets encrypted, and told to nobody', async () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const made = await newDestination({
      kind: 'webhook',
      name: 'Hook',
      config: { url: 'https://hooks.example.org/in' },
      secrets: { signingSecret: secret },
    });
    const [row] = await portal.db
      .select()
      .from(tables.destinations)
      .where(eq(tables.destinations.id, made.id));
    expect(JSON.stringify(row)).not.toContain(secret);
    const shown = await api('GET', `/destinations/${made.id}`);
    expect(shown.json.secrets).toEqual(['signingSecret']);
    const all = [
      shown.text,
      (await api('GET', '/destinations')).text,
      (await ask(portal.url, { path: `/staff/destinations/${made.id}`, headers: { cookie } })).body,
    ];
    for (const text of all) expect(text).not.toContain(secret);
    expect((await api('PATCH', `/destinations/${made.id}`, { name: 'Hook 2' })).json.secrets).toEqual([
      'signingSecret',
    ]);
  });

  test.each([
    [{ kind: 'folder', name: 'x', config: { dir: 'relative' } }, 'config.dir: expected an absolute path'],
    [{ kind: 'nowhere', name: 'x', config: {} }, 'kind: '],
    [{ kind: 'folder', name: 'x', config: { dir: '/srv/in' }, secrets: { unheardOf: 'y' } }, 'secrets.'],
    [{ kind: 'folder', name: '   ', config: { dir: '/srv/in' } }, 'name: '],
  ])('%j is refused with the rule, and nothing is kept', async (input, rule) => {
    const before = (await api('GET', '/destinations')).text;
    const refused = await api('POST', '/destinations', input);
    expect([refused.status, refused.json.code]).toEqual([422, 'destination.invalid']);
    expect(refused.json.params.problems).toContain(rule);
    expect((await api('GET', '/destinations')).text).toBe(before);
  });

  test.each([
    [{ header: 'X-Key' }, {}, 'header and headerValue belong together'],
    [{ headr: 'X-Key' }, {}, 'config.headr: not known'],
  ])('that is half set up, or misspelt, is not saved: %j', async (more, secrets, rule) => {
    const refused = await api('POST', '/destinations', {
      kind: 'webhook',
      name: 'Half',
      config: { url: 'https://hooks.example.org/in', ...more },
      secrets: { signingSecret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', ...secrets },
    });
    expect([refused.status, refused.json.code]).toEqual([422, 'destination.invalid']);
    expect(refused.json.params.problems).toContain(rule);
  });

  const signingSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const url = 'https://hooks.example.org/in';
  const elsewhere = 'https://hooks.example.com/in';
  const newHook = () =>
    newDestination({
      kind: 'webhook',
      config: { url, header: 'X-Key' },
      secrets: { signingSecret, headerValue: 'for hooks.example.org' },
    });
  const savedSecrets = async (id: string): Promise<unknown> => {
    const [row] = await portal.db.select().from(tables.destinations).where(eq(tables.destinations.id, id));
    return JSON.parse(portal.composed.portal.sealing.open(row?.secretsSealed ?? '', `destination:${id}`));
  };
  const saveForm = (made: { id: string; name: string }, fields: Record<string, string>) =>
    ask(portal.url, {
      method: 'POST',
      path: `/staff/destinations/${made.id}`,
      headers: {
        cookie,
        'content-type': 'application/x-www-form-urlencoded',
        origin: new URL(portal.url).origin,
      },
      body: new URLSearchParams({ name: made.name, maxConcurrent: '4', ...fields }).toString(),
    });

  test('keeps the secrets that a form leaves empty', async () => {
    const made = await newHook();
    const saved = await saveForm(made, {
      'config.url': url,
      'config.header': 'X-Key',
      'secret.signingSecret': 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    });
    expect(saved.status).toBe(303);
    expect(await savedSecrets(made.id)).toEqual({
      signingSecret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      headerValue: 'for hooks.example.org',
    });
  });

  test('does not send the secrets that it keeps to another address', async () => {
    const made = await newHook();
    const { id } = made;
    const rule = 'secrets: to be given again when url changes: signingSecret, headerValue';
    const refused = await api('PATCH', `/destinations/${id}`, {
      config: { url: elsewhere, header: 'X-Key' },
    });
    expect([refused.status, refused.json.code, refused.json.params]).toEqual([
      422,
      'destination.invalid',
      { problems: rule },
    ]);
    expect(refused.text).not.toContain(signingSecret);
    expect((await api('GET', `/destinations/${id}`)).json.config.url).toBe(url);

    const other = { config: { url, header: 'X-Other', acknowledge: 'receiver' } };
    expect((await api('PATCH', `/destinations/${id}`, other)).status).toBe(200);
    const again = { signingSecret, headerValue: 'for hooks.example.com' };
    const moved = await api('PATCH', `/destinations/${id}`, {
      config: { url: elsewhere, header: 'X-Key' },
      secrets: again,
    });
    expect([moved.status, moved.json.config.url]).toEqual([200, elsewhere]);
    expect(await savedSecrets(id)).toEqual(again);
  });

  test('is where it was when a default is written out, and elsewhere on another port', async () => {
    const config = { host: 'sftp.example.org', user: 'uketori', directory: 'in' };
    const { id } = await newDestination({ kind: 'sftp', config, secrets: { password: 'kept' } });
    await portal.db.update(tables.destinations).set({ config }).where(eq(tables.destinations.id, id));
    const change = (more: Record<string, unknown>) =>
      api('PATCH', `/destinations/${id}`, { config: { ...config, ...more } });
    expect((await change({ port: 22 })).status).toBe(200);
    expect((await change({})).status).toBe(200);
    expect((await change({ port: 2222, host: 'sftp.example.com' })).json.params.problems).toBe(
      'secrets: to be given again when host changes: password; secrets: to be given again when port changes: password',
    );
  });

  test('says so on the form, as long as one of its secrets would be kept', async () => {
    const made = await newHook();
    const fields = {
      'config.url': elsewhere,
      'config.header': 'X-Key',
      'secret.signingSecret': signingSecret,
    };
    const refused = await saveForm(made, fields);
    expect(refused.status).toBe(422);
    expect(refused.body).toContain('secrets: to be given again when url changes: headerValue');
    expect(refused.body).toContain(`value="${elsewhere}"`);
    expect(refused.body).not.toContain('for hooks.example.org');
    expect((await api('GET', `/destinations/${made.id}`)).json.config.url).toBe(url);
    expect((await saveForm(made, { ...fields, 'secret.headerValue': 'another' })).status).toBe(303);
    expect(await savedSecrets(made.id)).toEqual({ signingSecret, headerValue: 'another' });
  });

  test('loses a secret that the form removes', async () => {
    const made = await newHook();
    const shown = await ask(portal.url, { path: `/staff/destinations/${made.id}`, headers: { cookie } });
    expect(shown.body).toContain('name="secret.headerValue.remove"');
    expect(shown.body).not.toContain('name="secret.previousSigningSecret.remove"');
    expect(shown.body).not.toContain('name="secret.signingSecret.remove"');

    const removed = { 'secret.headerValue.remove': 'yes' };
    const half = await saveForm(made, { 'config.url': url, 'config.header': 'X-Key', ...removed });
    expect(half.status).toBe(422);
    expect(half.body).toMatch(/<input[^>]*name="secret.headerValue.remove"[^>]* checked/);
    expect((await saveForm(made, { 'config.url': url, ...removed })).status).toBe(303);
    expect(await savedSecrets(made.id)).toEqual({ signingSecret });
  });

  test('signs in with an address instead of a name, by its form', async () => {
    const config = { baseUrl: 'https://baas.example.org', tenant: 't', appId: 'a', bucket: 'b' };
    const made = await newDestination({
      kind: 'mbaas',
      config,
      secrets: { appKey: 'key', username: 'uketori', password: 'kept' },
    });
    const fields = {
      ...Object.fromEntries(Object.entries(config).map(([key, value]) => [`config.${key}`, value])),
      'secret.email': 'uketori@example.org',
    };
    expect((await saveForm(made, fields)).body).toContain('expected either username or email');
    expect((await saveForm(made, { ...fields, 'secret.username.remove': 'yes' })).status).toBe(303);
    expect(await savedSecrets(made.id)).toEqual({
      appKey: 'key',
      email: 'uketori@example.org',
      password: 'kept',
    });
  });

  test('keeps a secret for which the form has a new value, and one that it needs', async () => {
    const made = await newHook();
    const fields = { 'config.url': url, 'config.header': 'X-Key' };
    expect((await saveForm(made, { ...fields, 'secret.signingSecret.remove': 'yes' })).status).toBe(422);
    const both = { 'secret.headerValue': 'new', 'secret.headerValue.remove': 'yes' };
    expect((await saveForm(made, { ...fields, ...both })).status).toBe(303);
    expect(await savedSecrets(made.id)).toEqual({ signingSecret, headerValue: 'new' });
  });

  test('moves by its form when what is not given again is removed', async () => {
    const made = await newHook();
    const moved = { 'config.url': elsewhere, 'secret.headerValue.remove': 'yes' };
    expect((await saveForm(made, moved)).body).toContain(
      'secrets: to be given again when url changes: signingSecret',
    );
    expect((await saveForm(made, { ...moved, 'secret.signingSecret': signingSecret })).status).toBe(303);
    expect(await savedSecrets(made.id)).toEqual({ signingSecret });
  });

  test('loses a secret that a change of all leaves out', async () => {
    const { id } = await newHook();
    const changed = await api('PATCH', `/destinations/${id}`, {
      config: { url },
      secrets: { signingSecret },
    });
    expect([changed.status, changed.json.secrets]).toEqual([200, ['signingSecret']]);
    expect(await savedSecrets(id)).toEqual({ signingSecret });
  });

  test('keeps its name for itself', async () => {
    const [first, second] = [await newDestination(), await newDestination()];
    expect(
      (await api('POST', '/destinations', { kind: 'folder', name: first.name, config: { dir } })).json.code,
    ).toBe('destination.name-taken');
    expect((await api('PATCH', `/destinations/${second.id}`, { name: first.name })).json.code).toBe(
      'destination.name-taken',
    );
  });

  test('is looked at, and what is wrong is said in both languages', async () => {
    const good = await newDestination();
    expect((await api('POST', `/destinations/${good.id}/check`)).json).toMatchObject({ fit: true });
    const bad = await newDestination({ config: { dir: join(dir, 'nowhere') } });
    const { fit, findings } = (await api('POST', `/destinations/${bad.id}/check`)).json;
    expect(fit).toBe(false);
    expect(findings[0].text.en).toContain('There is no folder');
    expect(findings[0].text.ja).toContain('フォルダー');
  });

  test('that is paused gets nothing; resumed, what has waited is woken', async () => {
    const made = await newDestination();
    const id = await deliveryIn('waiting', made);
    await portal.db
      .update(tables.deliveries)
      .set({ notBefore: sql`now() - interval '1 second'` })
      .where(eq(tables.deliveries.id, id));
    expect((await api('POST', `/destinations/${made.id}/pause`)).json.paused).toBe(true);
    expect(await lastAudit(made.id)).toEqual(['destination.paused', 'token']);
    await portal.db.execute(sql`delete from graphile_worker._private_jobs`);
    expect((await api('POST', `/destinations/${made.id}/resume`)).json.paused).toBe(false);
    const jobs = await portal.db.execute(
      sql`select 1 from graphile_worker.jobs where key = ${`deliver:${id}`}`,
    );
    expect(jobs).toHaveLength(1);
  });

  test('is not removed while deliveries to it are not over', async () => {
    const made = await newDestination();
    const id = await deliveryIn('waiting', made);
    expect((await api('DELETE', `/destinations/${made.id}`)).json.code).toBe('destination.busy');
    await portal.db.update(tables.deliveries).set({ state: 'delivered' }).where(eq(tables.deliveries.id, id));
    expect((await api('DELETE', `/destinations/${made.id}`)).status).toBe(204);
    expect((await api('GET', `/deliveries/${id}`)).status).toBe(200);
  });

  test('kinds tell what they want to be told', async () => {
    const { kinds } = (await api('GET', '/destinations/kinds')).json;
    const folder = kinds.find(({ kind }: { kind: string }) => kind === 'folder');
    expect(folder.title).toBe('Folder');
    expect(folder.config.properties.dir).toMatchObject({
      type: 'string',
      title: 'Path of the folder',
      description: expect.stringContaining('/srv/collected'),
    });
    expect(kinds.length).toBe(portal.composed.portal.desk.modules.size);
  });
});

describe('a delivery', () => {
  test('is listed, page by page, and filtered', async () => {
    const made = await newDestination();
    const request = await portal.openRequest({ destinations: [made.name], takeBackMinutes: 600 });
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.unshift(await deliveryIn('waiting', made, { request }));
    const first = (await api('GET', `/deliveries?destination=${made.id}&limit=2`)).json;
    expect(first.deliveries.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2));
    const second = (await api('GET', `/deliveries?destination=${made.id}&limit=2&cursor=${first.next}`)).json;
    expect([second.deliveries.map(({ id }: { id: string }) => id), second.next]).toEqual([
      ids.slice(2),
      null,
    ]);
    expect((await api('GET', `/deliveries?destination=${made.id}&state=dead`)).json.deliveries).toEqual([]);
    expect((await api('GET', '/deliveries?cursor=nonsense')).status).toBe(400);
    expect((await api('GET', '/deliveries?state=nonsense')).status).toBe(400);
  });

  test('that was given up is delivered again, one or all of them', async () => {
    const made = await newDestination();
    const ids = [
      await deliveryIn('dead', made),
      await deliveryIn('dead', made),
      await deliveryIn('waiting', made),
    ];
    expect((await api('POST', `/deliveries/${ids[0]}/replay`)).json).toMatchObject({
      state: 'waiting',
      attempts: 0,
    });
    expect(await lastAudit(ids[0] ?? '')).toEqual(['delivery.replayed', 'token']);
    expect((await api('POST', '/deliveries/replay', { destination: made.id })).json).toEqual({ replayed: 1 });
    expect(await Promise.all(ids.map(stateOf))).toEqual(['waiting', 'waiting', 'waiting']);
    expect((await api('POST', `/deliveries/${ids[2]}/replay`)).json.code).toBe('delivery.not-over');
  });

  test('that waits is tried as soon as nothing can be taken back; one that does not is refused in words', async () => {
    const made = await newDestination();
    const id = await deliveryIn('waiting', made);
    const notBefore = async (path: string) =>
      Date.parse((await api('POST', `/deliveries/${id}/${path}`)).json.notBefore) - Date.now();
    // Sealed just now, and its submitter has ten hours.
    expect(await notBefore('retry')).toBeGreaterThan(9 * 3_600_000);
    await api('POST', `/deliveries/${id}/give-up`);
    expect(await notBefore('replay')).toBeGreaterThan(9 * 3_600_000);
    await portal.db.update(tables.requests).set({ takeBackMinutes: 0 });
    expect(await notBefore('retry')).toBeLessThanOrEqual(1000);
    const dead = await deliveryIn('dead', made);
    expect((await api('POST', `/deliveries/${dead}/retry`)).json.code).toBe('delivery.not-waiting');
    expect((await api('POST', '/deliveries/dlv_00/retry')).status).toBe(404);
  });

  test('whose files have been deleted is not delivered again', async () => {
    const id = await deliveryIn('delivered', await newDestination());
    await portal.db.execute(
      sql`update files set removed_at = now() where submission_id = (select submission_id from deliveries where id = ${id})`,
    );
    expect((await api('POST', `/deliveries/${id}/replay`)).json.code).toBe('delivery.files-gone');
    expect(await stateOf(id)).toBe('delivered');
  });

  test('with a file in quarantine is delivered again when staff release that', async () => {
    const id = await deliveryIn('dead', await newDestination());
    const [file] = (await api('GET', `/deliveries/${id}`)).json.files;
    await portal.db
      .update(tables.files)
      .set({ state: 'quarantined', scanResult: 'found', scanFound: 'Eicar' })
      .where(eq(tables.files.id, file.id));
    expect((await api('GET', `/deliveries/${id}`)).json.files[0]).toMatchObject({
      state: 'quarantined',
      scan: { result: 'found', found: 'Eicar' },
      released: false,
    });
    expect((await api('POST', `/files/${file.id}/release`)).status).toBe(204);
    expect(await lastAudit(file.id)).toEqual(['file.released', 'token']);
    expect((await api('GET', `/deliveries/${id}`)).json).toMatchObject({
      state: 'waiting',
      files: [{ state: 'stored', released: true }],
    });
    expect((await api('POST', `/files/${file.id}/release`)).status).toBe(404);
  });

  test('in a table for a spreadsheet calculates nothing', async () => {
    const made = await newDestination();
    const request = await portal.openRequest({
      title: '=HYPERLINK("https://evil")',
      destinations: [made.name],
    });
    await deliveryIn('waiting', made, { request });
    const reply = await api('GET', `/deliveries.csv?destination=${made.id}`);
    expect(reply.headers['content-type']).toContain('text/csv');
    expect(reply.headers['content-disposition']).toContain('attachment');
    const [head, line] = reply.text.replace('\uFEFF', '').split('\r\n');
    expect(head?.split(',').slice(0, 4)).toEqual(['id', 'key', 'state', 'request']);
    expect(line).toContain(`"'=HYPERLINK(""https://evil"")"`);
  });
});

describe('who may', () => {
  const routes: [string, string, string][] = [
    ['GET', '/destinations', 'destinations:read'],
    ['GET', '/destinations/kinds', 'destinations:read'],
    ['GET', '/destinations/dst_x', 'destinations:read'],
    ['POST', '/destinations', 'destinations:write'],
    ['PATCH', '/destinations/dst_x', 'destinations:write'],
    ['DELETE', '/destinations/dst_x', 'destinations:write'],
    ['POST', '/destinations/dst_x/check', 'destinations:write'],
    ['POST', '/destinations/dst_x/pause', 'destinations:write'],
    ['POST', '/destinations/dst_x/resume', 'destinations:write'],
    ['GET', '/deliveries', 'deliveries:read'],
    ['GET', '/deliveries.csv', 'deliveries:read'],
    ['GET', '/deliveries/dlv_x', 'deliveries:read'],
    ['POST', '/deliveries/replay', 'deliveries:write'],
    ['POST', '/deliveries/dlv_x/retry', 'deliveries:write'],
    ['POST', '/deliveries/dlv_x/replay', 'deliveries:write'],
    ['POST', '/files/fil_x/release', 'deliveries:write'],
  ];
  const body = (method: string) =>
    method === 'GET' || method === 'DELETE' ? undefined : { kind: 'folder', name: 'x', config: {} };

  test.each(routes)(
    '%s %s: nobody without a token, nor with every scope but %s',
    async (method, path, scope) => {
      expect((await api(method, path, body(method), 'nonsense')).status).toBe(401);
      const others = await portal.apiToken(rights.filter((each) => each !== scope));
      expect((await api(method, path, body(method), others)).status).toBe(403);
      expect((await api(method, path, body(method))).status).not.toBe(403);
    },
  );

  test.each([
    '/staff/destinations',
    '/staff/destinations/new/folder',
    '/staff/deliveries',
    '/staff/deliveries.csv',
  ])('%s is for those who are signed in', async (path) => {
    expect((await ask(portal.url, { path })).headers.location).toBe('/staff/sign-in');
    expect((await ask(portal.url, { path, headers: { cookie } })).status).toBe(200);
  });

  test('only administrators set up destinations, viewers change nothing', async () => {
    const made = await newDestination();
    const dead = await deliveryIn('dead', made);
    const as = async (role: 'viewer' | 'staff') => {
      await portal.db.update(tables.staff).set({ role });
      const post = async (path: string) =>
        (
          await ask(portal.url, {
            method: 'POST',
            path: `/staff${path}`,
            headers: {
              cookie,
              'content-type': 'application/x-www-form-urlencoded',
              origin: new URL(portal.url).origin,
            },
            body: '',
          })
        ).status;
      return [await post(`/destinations/${made.id}/pause`), await post(`/deliveries/${dead}/replay`)];
    };
    try {
      expect(await as('viewer')).toEqual([403, 403]);
      expect(await as('staff')).toEqual([403, 303]);
      expect((await api('GET', `/destinations/${made.id}`)).json.paused).toBe(false);
    } finally {
      await portal.db.update(tables.staff).set({ role: 'administrator' });
    }
  });
});

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

describe('the console', () => {
  const get = async (path: string) =>
    (await ask(portal.url, { path: `/staff${path}`, headers: { cookie } })).body;
  const post = (path: string, fields: Record<string, string> = {}) =>
    ask(portal.url, {
      method: 'POST',
      path: `/staff${path}`,
      headers: {
        cookie,
        'content-type': 'application/x-www-form-urlencoded',
        origin: new URL(portal.url).origin,
      },
      body: new URLSearchParams(fields).toString(),
    });

  test('sets up a destination by its form, says what is wrong beside what was entered, looks at it, and pauses it', async () => {
    const wrong = await post('/destinations/new/folder', {
      name: 'By form',
      maxConcurrent: '3',
      'config.dir': 'relative',
    });
    expect(wrong.status).toBe(422);
    expect(wrong.body).toContain('expected an absolute path');
    expect(wrong.body).toContain('value="relative"');
    const made = await post('/destinations/new/folder', {
      name: 'By form',
      maxConcurrent: '3',
      'config.dir': dir,
    });
    expect(made.status).toBe(303);
    const at = (made.headers.location ?? '').replace('/staff', '').replace('?saved', '');
    expect(await get(at)).toContain('By form');
    expect((await post(`${at}/check`)).body).toContain('Fit for deliveries');
    await post(`${at}/pause`);
    expect(await get('/destinations')).toContain('Paused');
    await post(`${at}/resume`);
    await post(`${at}/remove`);
    expect(await get('/destinations')).not.toContain('By form');
  });

  test.each([...destinationModules.values()])(
    'calls what $kind wants to be told by name, in both languages',
    async ({ kind, words }) => {
      for (const language of ['en', 'ja'] as const) {
        const read = async (path: string) =>
          (
            await ask(portal.url, {
              path: `/staff/destinations${path}`,
              headers: { cookie: `${cookie}; language=${language}` },
            })
          ).body;
        expect(await read('')).toContain(`>${words.title[language]}</a>`);
        const form = await read(`/new/${kind}`);
        expect(form).toContain(`${words.title[language]}</bdi></h1>`);
        for (const [key, { label, hint }] of Object.entries(words.settings)) {
          expect(form).toContain(`>${label[language]} <code class="mark">${key}</code></label>`);
          expect(form).toContain(escaped(hint?.[language] ?? ''));
        }
      }
    },
  );

  test('shows a delivery with its attempts and tries it again', async () => {
    const made = await newDestination();
    const id = await deliveryIn('dead', made, { name: '<b>報告.pdf' });
    await portal.db.insert(tables.deliveryAttempts).values({
      deliveryId: id,
      epoch: 1,
      outcome: 'dead',
      failureCode: 'destination.rejected',
      details: { status: 422 },
    });
    const shown = await get(`/deliveries/${id}`);
    expect(shown).toContain('報告.pdf');
    expect(shown).not.toContain('<b>報告');
    expect(shown).toContain('422');
    expect((await post(`/deliveries/${id}/replay`)).status).toBe(303);
    expect(await stateOf(id)).toBe('waiting');
    expect((await post(`/deliveries/${id}/replay`)).status).toBe(409);
    expect(await get('/deliveries?state=waiting')).toContain(id);
  });
});
