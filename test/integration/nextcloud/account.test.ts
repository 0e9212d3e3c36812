import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../../../server/lib/log.ts';
import { createNextcloud } from '../../../server/nextcloud/index.ts';
import { pollLoginFlow, startLoginFlow, tradeUp } from '../../../server/nextcloud/signin.ts';
import { openTarget, type Target } from './target.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

test('the server says what it is and what it can do', async () => {
  const { nextcloud } = target;
  const status = await nextcloud.status();
  expect(status).toMatchObject({ installed: true, maintenance: false });
  const capabilities = await nextcloud.capabilities();
  expect(capabilities.version).toBe(status.version);
  expect(capabilities.sharing).toMatchObject({ enabled: true, publicLinks: true, fileDrop: true });
  expect(capabilities.chunkedUpload).toEqual({ maxPartBytes: 104_857_600, maxParallel: 5 });
  expect(capabilities.forbiddenNames).toMatchObject({
    forbiddenNames: expect.arrayContaining(['.htaccess']) as string[],
    forbiddenExtensions: expect.arrayContaining(['.part', '.filepart']) as string[],
    forbiddenCharacters: expect.arrayContaining(['\\', '/']) as string[],
  });
  expect(capabilities.passwordPolicy).toMatchObject({ minLength: 10, nonCommon: true });
});

test('the password policy is asked about a password', async () => {
  const { nextcloud } = target;
  expect(await nextcloud.acceptsPassword('ab12')).toBe(false);
  expect(await nextcloud.acceptsPassword('kaikei-2026-akutsu')).toBe(true);
});

test('the theme is told as far as it is not stock, and its logo can be read up to a limit', async () => {
  const { nextcloud } = target;
  const { name, color, logoPath } = await nextcloud.theming();
  expect(name).not.toBe('Nextcloud');
  expect(color ?? '#abcdef').toMatch(/^#[0-9a-f]{6}$/);
  const path = logoPath ?? '/core/img/logo/logo.svg';
  expect((await nextcloud.logo(path, { maxBytes: 512 * 1024 }))?.length).toBeGreaterThan(50);
  expect(await nextcloud.logo(path, { maxBytes: 50 })).toBeUndefined();
  await expect(nextcloud.logo('/apps/theming/image/nothing', { maxBytes: 50 })).rejects.toThrow(/nextcloud/);
});

test('the account says who it is, by itself and by its id, and what it may store', async () => {
  const { nextcloud } = target;
  const me = await nextcloud.me();
  expect(me).toMatchObject({ id: target.user, displayName: expect.stringMatching(/./) as string });
  expect(me.quota.freeBytes === null || me.quota.freeBytes >= 0).toBe(true);
  expect(await nextcloud.userById(target.user)).toMatchObject({ id: me.id, displayName: me.displayName });
  await expect(nextcloud.userById('nobody-of-this-name')).rejects.toMatchObject({
    code: 'nextcloud.not-found',
  });
});

test('a direct link opens the file without credentials; an id that is unknown has none', async () => {
  const { nextcloud, folder } = target;
  const stored = await nextcloud.files.put(`${folder}/linked`, Buffer.from('linked'), { sizeBytes: 6 });
  const url = await nextcloud.directLink(stored.fileId ?? 0, { expiresInSeconds: 60 });
  expect(await (await fetch(url)).text()).toBe('linked');
  await expect(nextcloud.directLink(999_999_999, { expiresInSeconds: 60 })).rejects.toMatchObject({
    code: 'nextcloud.not-found',
  });
});

test('a login password is traded for an app password that works, which is kept when given again', async (context) => {
  const { baseUrl, user, loginPassword } = target;
  if (loginPassword === undefined) {
    context.skip('NEXTCLOUD_LOGIN_PASSWORD is not set');
    return;
  }
  const traded = await tradeUp({ baseUrl, user, password: loginPassword, log: silentLog });
  expect(traded).toMatchObject({ traded: true, userId: user });
  expect(traded.appPassword).not.toBe(loginPassword);
  const kept = await tradeUp({ baseUrl, user, password: traded.appPassword, log: silentLog });
  expect(kept).toEqual({ ...traded, traded: false });
  const nextcloud = createNextcloud({ baseUrl, user, appPassword: traded.appPassword, log: silentLog });
  expect(await nextcloud.me()).toMatchObject({ id: user });
  await nextcloud.close();
  const { status } = await fetch(new URL('/ocs/v2.php/core/apppassword', baseUrl), {
    method: 'DELETE',
    headers: {
      'ocs-apirequest': 'true',
      authorization: `Basic ${Buffer.from(`${user}:${traded.appPassword}`).toString('base64')}`,
    },
  });
  expect(status).toBe(200);
});

test('a login flow begins with an address for the person, and is pending until they have finished', async () => {
  const { baseUrl } = target;
  const flow = await startLoginFlow({ baseUrl, clientName: 'Uketori', log: silentLog });
  expect(flow.loginUrl).toMatch(/^http.*\/login\/v2\/flow\//);
  expect(await pollLoginFlow({ baseUrl, pollToken: flow.pollToken, log: silentLog })).toBeUndefined();
});
