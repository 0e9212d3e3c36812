import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, BlockList } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CheckResult } from '../../../../server/importer/destinations/destination.ts';
import { mbaas } from '../../../../server/importer/destinations/mbaas/deliver.ts';
import { createOutgoingClient } from '../../../../server/lib/outgoing/client.ts';
import { createAddressGuard } from '../../../../server/lib/outgoing/guard.ts';
import type { MbaasStandin } from '../../../standins/mbaas/standin.ts';
import type { Acl } from '../../../standins/mbaas/state.ts';
import { toolsOf } from '../tools.ts';
import { openMbaas } from './harness.ts';

let standin: MbaasStandin;
let settings: Awaited<ReturnType<typeof openMbaas>>['settings'];
beforeEach(async () => {
  ({ standin, settings } = await openMbaas());
});
afterEach(() => standin.close());

const check = (config: Record<string, unknown> = {}): Promise<CheckResult> =>
  mbaas.open({ ...settings.config, ...config }, toolsOf({ secrets: settings.secrets })).check();

const levels = ({ findings }: CheckResult) => findings.map(({ level }) => level);
const texts = ({ findings }: CheckResult, level: string) =>
  findings.filter((finding) => finding.level === level).map(({ text }) => text.en);

/** What is warned of in every test: the stand-in has no TLS. */
const unencrypted = /unencrypted/;

test('all is well: said in both languages; nothing is written and no session is left', async () => {
  const result = await check();
  expect(result.fit).toBe(true);
  expect(levels(result)).toEqual(['good', 'good', 'good', 'warning']);
  expect(texts(result, 'warning')[0]).toMatch(unencrypted);
  for (const { text } of result.findings) expect(text.ja).toMatch(/[ぁ-ん].*(です|ます|ください)|ました/);
  expect(standin.sessions()).toBe(0);
  const written = standin.seen.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/login'));
  expect(written).toEqual([]);
});

describe('staff are warned when files would be open', () => {
  const warned = async (config: Record<string, unknown>) => {
    const result = await check(config);
    expect(result.fit).toBe(true);
    return texts(result, 'warning').filter((text) => !unencrypted.test(text));
  };

  test.each([
    ['to everybody', { acl: { r: ['g:anonymous'] } }, /read by anybody/],
    ['to all users', { acl: { r: ['g:authenticated'] } }, /every user of the tenant/],
    ['by address', { publish: true }, /published/],
    ['to be changed', { acl: { w: ['g:authenticated'] } }, /changed or deleted by everybody/],
    ['to be changed by nobody in particular', { acl: { admin: ['g:anonymous'] } }, /changed or deleted/],
  ])('%s', async (_, config, words) => {
    expect(await warned(config)).toEqual([expect.stringMatching(words)]);
  });

  test('and not when they are closed, or open to a group', async () => {
    expect(await warned({})).toEqual([]);
    expect(await warned({ acl: { r: ['g:staff'], d: ['g:staff'] } })).toEqual([]);
  });
});

describe('rights in the bucket', () => {
  const all = ['g:authenticated'];
  const withRights = (contentAcl: Acl, config: Record<string, unknown> = {}) => {
    standin.addBucket('incoming', { contentAcl });
    return check(config);
  };

  test.each<[string, Acl, RegExp]>([
    ['create', { r: all, u: all, d: all }, /may not create/],
    ['read', { c: all, u: all, d: all }, /may not read/],
  ])('the one to %s is needed', async (_, contentAcl, words) => {
    const result = await withRights(contentAcl);
    expect(result.fit).toBe(false);
    expect(texts(result, 'problem')).toEqual([expect.stringMatching(words)]);
  });

  test('the one to update is needed to publish; otherwise it is warned of', async () => {
    const result = await withRights({ c: all, r: all });
    expect(result.fit).toBe(true);
    expect(texts(result, 'warning')).toEqual([
      expect.stringMatching(/may not change/),
      expect.stringMatching(unencrypted),
    ]);
    expect((await withRights({ c: all, r: all, d: all }, { publish: true })).fit).toBe(false);
    expect((await withRights({ c: all, r: all, d: all, u: all }, { publish: true })).fit).toBe(true);
  });

  test('the one to delete is needed where retention ends', async () => {
    const withoutDelete = { c: all, r: all, u: all };
    expect((await withRights(withoutDelete)).fit).toBe(true);
    const result = await withRights(withoutDelete, { retentionDays: 30 });
    expect(texts(result, 'problem')).toEqual([expect.stringMatching(/may not delete/)]);
    expect((await withRights({ ...withoutDelete, d: all }, { retentionDays: 30 })).fit).toBe(true);
  });

  test('a group of the account’s counts', async () => {
    const user = standin.addUser('grouped', 'password-of-grouped', ['uploaders']);
    standin.addBucket('incoming', { contentAcl: { r: [user.id], w: ['g:uploaders'] } });
    const { appKey } = standin.options;
    const opened = (username: string, password: string) =>
      mbaas.open(settings.config, toolsOf({ secrets: { appKey, username, password } })).check();
    expect((await opened('grouped', 'password-of-grouped')).fit).toBe(true);
    expect((await opened('portal', settings.secrets.password)).fit).toBe(false);
  });

  test('a bucket that anybody may put files into is warned of', async () => {
    const result = await withRights({ r: all, w: [...all, 'g:anonymous'] });
    expect(texts(result, 'warning')[0]).toMatch(/Anybody may put files/);
  });

  test('a bucket whose settings can not be read is warned of, if files in it can be', async () => {
    standin.addBucket('incoming', { acl: { owner: 'somebody' } });
    const result = await check();
    expect(result.fit).toBe(true);
    expect(texts(result, 'warning')[0]).toMatch(/may not read the settings/);
    standin.addBucket('incoming', { acl: { owner: 'somebody' }, contentAcl: { w: all } });
    expect((await check()).fit).toBe(false);
  });

  test('a bucket that will be made is no problem, and is not made by looking', async () => {
    expect((await check({ bucket: 'fresh' })).fit).toBe(false);
    const result = await check({ bucket: 'fresh', createBucket: true });
    expect(result.fit).toBe(true);
    expect(texts(result, 'warning')[0]).toMatch(/first delivery makes it/);
    expect(standin.bucketNames()).toEqual(['incoming']);
  });
});

test.each<[string, Record<string, unknown>, Record<string, string>, RegExp]>([
  ['an account that is refused', {}, { password: 'not-the-password' }, /refuses the account \(401\)/],
  ['an unknown tenant', { tenant: 'nobody' }, {}, /Check baseUrl and the tenant nobody/],
  ['an address where nobody listens', { baseUrl: 'http://127.0.0.1:1/api' }, {}, /can't be reached/],
])('%s is told with what to do', async (_, config, secrets, words) => {
  const tools = toolsOf({ secrets: { ...settings.secrets, ...secrets } });
  const result = await mbaas.open({ ...settings.config, ...config }, tools).check();
  expect(result.fit).toBe(false);
  expect(texts(result, 'problem')).toEqual([expect.stringMatching(words)]);
});

test('an address inside that is not allowed is told as that', async () => {
  const guard = createAddressGuard(new BlockList());
  const tools = { ...toolsOf({ secrets: settings.secrets }), guard, http: createOutgoingClient({ guard }) };
  const result = await mbaas.open(settings.config, tools).check();
  expect(result.fit).toBe(false);
  expect(texts(result, 'problem')).toEqual([expect.stringMatching(/DESTINATION_NETWORKS/)]);
  expect(standin.seen).toEqual([]);
});

test('something else that answers at the address is told as that', async () => {
  const server = createServer((_, response) => response.end('<html>welcome</html>')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const result = await check({ baseUrl: `http://127.0.0.1:${port}/api` });
    expect(result.fit).toBe(false);
    expect(texts(result, 'problem')).toEqual([expect.stringMatching(/not as the BaaS should/)]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
