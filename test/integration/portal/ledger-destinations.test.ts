import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import * as tables from '../../../db/schema/index.ts';
import { setLedger } from './ledger.ts';
import { ask } from './wire.ts';

const ledger = setLedger();
const { api, post, newDestination, deliveryIn, lastAudit } = ledger;

/** No request hands on to it any more. */
const letGo = async (destinationId: string) => {
  await ledger.portal.db
    .delete(tables.requestDestinations)
    .where(eq(tables.requestDestinations.destinationId, destinationId));
};

describe('a destination', () => {
  test('is set up, shown without its secrets, changed, and removed', async () => {
    const made = await newDestination({ maxConcurrent: 2 });
    expect((await api('GET', `/destinations/${made.id}`)).json).toMatchObject({
      kind: 'folder',
      config: { dir: ledger.dir, template: '{request}/{receipt}' },
      secrets: [],
      maxConcurrent: 2,
      paused: false,
      failing: null,
      deliveries: { waiting: 0, delivering: 0, delivered: 0, dead: 0 },
    });
    const changed = await api('PATCH', `/destinations/${made.id}`, {
      config: { dir: ledger.dir, template: 'in/{receipt}' },
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
    const [row] = await ledger.portal.db
      .select()
      .from(tables.destinations)
      .where(eq(tables.destinations.id, made.id));
    expect(JSON.stringify(row)).not.toContain(secret);
    const shown = await api('GET', `/destinations/${made.id}`);
    expect(shown.json.secrets).toEqual(['signingSecret']);
    const all = [
      shown.text,
      (await api('GET', '/destinations')).text,
      (
        await ask(ledger.portal.url, {
          path: `/staff/destinations/${made.id}`,
          headers: { cookie: ledger.cookie },
        })
      ).body,
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
    const [row] = await ledger.portal.db
      .select()
      .from(tables.destinations)
      .where(eq(tables.destinations.id, id));
    return JSON.parse(
      ledger.portal.composed.portal.sealing.open(row?.secretsSealed ?? '', `destination:${id}`),
    );
  };
  const saveForm = (made: { id: string; name: string }, fields: Record<string, string>) =>
    post(`/destinations/${made.id}`, { name: made.name, maxConcurrent: '4', ...fields });

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
      { problems: rule, problemsJa: expect.stringContaining('認証情報を入力し直してください') },
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
    await ledger.portal.db.update(tables.destinations).set({ config }).where(eq(tables.destinations.id, id));
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
    const shown = await ask(ledger.portal.url, {
      path: `/staff/destinations/${made.id}`,
      headers: { cookie: ledger.cookie },
    });
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
      (await api('POST', '/destinations', { kind: 'folder', name: first.name, config: { dir: ledger.dir } }))
        .json.code,
    ).toBe('destination.name-taken');
    expect((await api('PATCH', `/destinations/${second.id}`, { name: first.name })).json.code).toBe(
      'destination.name-taken',
    );
  });

  test('is looked at, and what is wrong is said in both languages', async () => {
    const good = await newDestination();
    expect((await api('POST', `/destinations/${good.id}/check`)).json).toMatchObject({ fit: true });
    const bad = await newDestination({ config: { dir: join(ledger.dir, 'nowhere') } });
    const { fit, findings } = (await api('POST', `/destinations/${bad.id}/check`)).json;
    expect(fit).toBe(false);
    expect(findings[0].text.en).toContain('There is no folder');
    expect(findings[0].text.ja).toContain('フォルダー');
  });

  test('that is paused gets nothing; resumed, what has waited is woken', async () => {
    const made = await newDestination();
    const id = await deliveryIn('waiting', made);
    await ledger.portal.db
      .update(tables.deliveries)
      .set({ notBefore: sql`now() - interval '1 second'` })
      .where(eq(tables.deliveries.id, id));
    expect((await api('POST', `/destinations/${made.id}/pause`)).json.paused).toBe(true);
    expect(await lastAudit(made.id)).toEqual(['destination.paused', 'token']);
    await ledger.portal.db.execute(sql`delete from graphile_worker._private_jobs`);
    expect((await api('POST', `/destinations/${made.id}/resume`)).json.paused).toBe(false);
    const jobs = await ledger.portal.db.execute(
      sql`select 1 from graphile_worker.jobs where key = ${`deliver:${id}`}`,
    );
    expect(jobs).toHaveLength(1);
  });

  test('is not removed while deliveries to it are not over', async () => {
    const made = await newDestination();
    const id = await deliveryIn('waiting', made);
    await letGo(made.id);
    expect((await api('DELETE', `/destinations/${made.id}`)).json).toMatchObject({
      status: 409,
      code: 'destination.busy',
      params: { count: 1 },
    });
    await ledger.portal.db
      .update(tables.deliveries)
      .set({ state: 'delivered' })
      .where(eq(tables.deliveries.id, id));
    expect((await api('DELETE', `/destinations/${made.id}`)).status).toBe(204);
    expect((await api('GET', `/deliveries/${id}`)).status).toBe(200);
  });

  test('is not removed while a request uses it that is open or still being sent to', async () => {
    const made = await newDestination();
    const request = await ledger.portal.openRequest({ title: 'Uses it', destinations: [made.name] });
    const begun = await ledger.portal.begin(request);
    const remove = async () => (await api('DELETE', `/destinations/${made.id}`)).json;
    const used = { status: 409, code: 'destination.in-use', params: { count: 1 } };
    expect(await remove()).toMatchObject(used);
    await api('POST', `/requests/${request.id}/close`);
    const become = (state: 'finishing' | 'discarded') =>
      ledger.portal.db
        .update(tables.submissions)
        .set({ state })
        .where(eq(tables.submissions.id, begun.submissionId));
    await become('finishing');
    expect(await remove()).toMatchObject(used);
    await become('discarded');
    expect(await remove()).toBeUndefined();
    expect((await api('GET', `/requests/${request.id}`)).json.destinations).toEqual([]);
  });

  test('is removed in the console on a page that says what hangs on it', async () => {
    const made = await newDestination();
    await deliveryIn('dead', made);
    const path = `/destinations/${made.id}/remove`;
    const page = async () =>
      (await ask(ledger.portal.url, { path: `/staff${path}`, headers: { cookie: ledger.cookie } })).body;
    expect(await page()).toContain('1 request hands files on to it');
    expect(await page()).not.toContain('button-danger');
    const refused = await post(path);
    expect([refused.status, refused.body]).toEqual([
      409,
      expect.stringContaining('Nothing has been changed'),
    ]);
    await letGo(made.id);
    expect(await page()).toContain('1 delivery to it was given up, and can’t be delivered again');
    expect(await page()).toContain('button-danger');
    expect((await api('GET', `/destinations/${made.id}`)).status).toBe(200);
    expect((await post(path)).headers.location).toBe('/staff/destinations');
    expect((await api('GET', `/destinations/${made.id}`)).status).toBe(404);
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
    expect(kinds.length).toBe(ledger.portal.composed.portal.desk.modules.size);
  });
});
