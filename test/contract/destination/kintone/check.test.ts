import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { findConfig, form } from './harness.ts';
import { closeAfterEach, openKintone, recordsOf } from './support.ts';

closeAfterEach();

const problemsOf = ({ findings }: { findings: { level: string; text: { en: string } }[] }) =>
  findings.filter(({ level }) => level === 'problem').map(({ text }) => text.en);

test('a check makes no record and sends no file, though it tries what it needs', async () => {
  const { app, open, asked } = await openKintone();
  app.add({ Customer: { value: '42' } });
  for (const config of [{}, findConfig]) expect((await open(config).check()).fit).toBe(true);
  expect(recordsOf(app)).toHaveLength(1);
  expect(recordsOf(app)[0]?.revision).toBe(1);
  expect(new Set(asked())).toEqual(
    new Set(['GET app/form/fields', 'GET records', 'PUT record', 'POST record']),
  );
});

describe('a form', () => {
  test.each([
    ['no such attachment field', { attachmentField: 'Nothing' }, 'no field with the code "Nothing"'],
    ['a text where files should go', { attachmentField: 'Title' }, 'of the type SINGLE_LINE_TEXT'],
    ['a key field that takes duplicates', { keyField: 'Title' }, 'Prohibit duplicate values'],
    ['a key field of many lines for new records', { keyField: 'Deliveries' }, 'single-line text'],
    [
      'a key field of one line for found records',
      { ...findConfig, keyField: 'DeliveryKey' },
      'multi-line text',
    ],
    ['a key field that is too short', { keyField: 'Short' }, 'only 20 characters'],
    ['no such field to find by', { ...findConfig, record: { ...findConfig.record, field: 'X' } }, '"X"'],
    [
      'a field to find by that can not be searched',
      { ...findConfig, record: { ...findConfig.record, field: 'Message' } },
      'MULTI_LINE_TEXT',
    ],
    ['no such field to fill', { fields: { Titel: '{message}' } }, '"Titel"'],
    ['a field that is worked out', { fields: { Sum: '{message}' } }, 'without a formula'],
    ['a choice that is not offered', { fields: { Late: '遅れ' } }, '"遅れ" is no choice'],
  ])('with %s is told, and no write is tried', async (_, config, words) => {
    const { open, asked } = await openKintone({
      form: {
        ...form,
        Short: { type: 'SINGLE_LINE_TEXT', unique: true, maxLength: '20' },
        Sum: { type: 'SINGLE_LINE_TEXT', expression: 'Title & "x"' },
      },
    });
    const result = await open(config).check();
    expect(result.fit).toBe(false);
    expect(problemsOf(result)).toEqual([expect.stringContaining(words)]);
    expect(asked()).toEqual(['GET app/form/fields']);
  });

  test('with a required field that nothing fills is told, unless records are found', async () => {
    const { open } = await openKintone({
      form: { ...form, Branch: { type: 'SINGLE_LINE_TEXT', required: true, label: '支店' } },
    });
    expect(problemsOf(await open().check())).toEqual([expect.stringContaining('支店')]);
    expect((await open({ fields: { Branch: '{answer:branch}' } }).check()).fit).toBe(true);
    expect((await open(findConfig).check()).fit).toBe(true);
  });

  test('whose values to find by may come twice is warned of', async () => {
    const { open } = await openKintone({
      form: { ...form, Customer: { type: 'SINGLE_LINE_TEXT', unique: false } },
    });
    const { fit, findings } = await open(findConfig).check();
    expect(fit).toBe(true);
    expect(findings.filter(({ level }) => level === 'warning')).toHaveLength(1);
  });
});

describe('a token', () => {
  const withRights = async (
    config: Record<string, unknown>,
    rights: readonly ('view' | 'add' | 'edit')[],
  ) => {
    const { app, open } = await openKintone({ rights: [...rights] });
    app.add({ Customer: { value: '42' } });
    const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a'))]);
    return { result: await open(config).check(), deliver: () => open(config).deliver(delivery, contextOf()) };
  };

  test.each([
    ['view', 'new', {}, ['add', 'edit']],
    ['add', 'new', {}, ['view', 'edit']],
    ['view', 'found', findConfig, ['add', 'edit']],
    ['edit', 'found', findConfig, ['view', 'add']],
  ] as const)('without the right to %s is not fit for %s records', async (right, _, config, rights) => {
    const { result, deliver } = await withRights(config, rights);
    expect(result.fit).toBe(false);
    expect(problemsOf(result)).toEqual([expect.stringContaining(`may not ${right} records`)]);
    await expect(deliver()).rejects.toMatchObject({ code: 'destination.auth', retry: 'later' });
  });

  test.each([
    // Only what somebody has removed can't be put back: a warning.
    ['edit', 'new', {}, ['view', 'add'], 1],
    ['add', 'found', findConfig, ['view', 'edit'], 0],
  ] as const)('without the right to %s is fit for %s records', async (_, _mode, config, rights, warnings) => {
    const { result, deliver } = await withRights(config, rights);
    expect(result.fit).toBe(true);
    expect(result.findings.filter(({ level }) => level === 'warning')).toHaveLength(warnings);
    await expect(deliver()).resolves.toBeDefined();
  });
});

test('an app in a guest space is reached only by its path', async () => {
  const { open, app } = await openKintone({ guestSpace: 7 });
  const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a'))]);
  const without = await open().check();
  expect(problemsOf(without)).toEqual([expect.stringContaining('guest space')]);
  expect((await open({ guestSpace: 7 }).check()).fit).toBe(true);
  const delivered = await open({ guestSpace: 7 }).deliver(delivery, contextOf());
  expect(delivered.link).toMatch(/\/k\/guest\/7\/1\/show#record=1$/);
  expect(recordsOf(app)).toHaveLength(1);
});

test('an address that may not be called is told, and called by neither check nor delivery', async () => {
  const { open, openUnallowed, standin } = await openKintone();
  expect(problemsOf(await openUnallowed().check())).toEqual([expect.stringContaining('may not call')]);
  const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a'))]);
  await expect(openUnallowed().deliver(delivery, contextOf())).rejects.toMatchObject({
    code: 'destination.address-refused',
  });
  expect(standin.calls).toEqual([]);
  expect((await open().check()).fit).toBe(true);
});

describe('an answer', () => {
  const answering = async (status: number, body: string, headers: Record<string, string> = {}) => {
    const server = createServer((_, response) => void response.writeHead(status, headers).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { open } = await openKintone();
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a'))]);
      expect((await open({ baseUrl }).check()).fit).toBe(false);
      return await open({ baseUrl })
        .deliver(delivery, contextOf())
        .catch((error: unknown) => error);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };
  const said = (code: string) => JSON.stringify({ code, id: 'x1', message: 'secret', errors: {} });

  test.each([
    ['a token that is none of the app’s', 520, said('GAIA_IA02'), 'destination.auth', 'later'],
    ['a token without the right', 403, said('GAIA_NO01'), 'destination.auth', 'later'],
    ['no rights in the app', 403, said('CB_NO02'), 'destination.auth', 'later'],
    ['no token', 401, said('CB_AU01'), 'destination.auth', 'later'],
    ['too many calls', 429, said('GAIA_TO04'), 'destination.unavailable', 'later'],
    ['a lock in the database', 520, said('GAIA_DA02'), 'destination.unavailable', 'later'],
    ['no app', 404, said('GAIA_AP01'), 'destination.rejected', 'never'],
    ['a fault of its own', 520, said('CB_UN01'), 'destination.unavailable', 'later'],
    ['maintenance', 503, 'Maintenance', 'destination.unavailable', 'later'],
    ['a page instead of JSON', 200, '<html>', 'destination.unavailable', 'later'],
    ['JSON of another system', 200, '{"ok":true}', 'destination.unavailable', 'later'],
    ['a redirect', 302, '', 'destination.rejected', 'never'],
  ])('that says %s', async (_, status, body, code, retry) => {
    const failure = await answering(status, body, { location: 'http://127.0.0.1:1/' });
    expect(failure).toMatchObject({ code, retry });
    expect(JSON.stringify(failure)).not.toContain('secret');
  });

  test('that says when to come again is heeded', async () => {
    expect(await answering(503, 'Maintenance', { 'retry-after': '60' })).toMatchObject({
      retry: { afterMs: 60_000 },
    });
  });
});
