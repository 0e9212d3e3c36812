import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StandinUser } from '../../standins/nextcloud/standin.ts';
import {
  changeShare,
  closeServer,
  dav,
  makeFolder,
  newShare,
  newUpload,
  ocs,
  openStandin,
  type Server,
  sharesPath,
  stat,
  upload,
} from './server.ts';
import { type Credentials, call } from './wire.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'uketori-standin-test-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a restart keeps files, ids, shares, parts and app passwords, and sweeps what was half written', async () => {
  const before = await openStandin({ root });
  await makeFolder(before);
  await dav(before, 'MKCOL', 'kept');
  await dav(before, 'PUT', 'kept/日本.txt', { body: 'kept', headers: { 'oc-checksum': 'SHA256:11' } });
  const { share } = await newShare(before, 'kept', { permissions: '4', password: 'Password-kept-4711' });
  await changeShare(before, share.id, { expireDate: '2099-12-31' });
  const id = await newUpload(before, { '1': 'part' });
  const traded = await ocs(before, 'GET', '/core/getapppassword', { auth: before.loginAuth });
  const properties = ['oc:fileid', 'oc:checksums', 'd:getetag', 'oc:size'];
  const told = await stat(before, 'kept/日本.txt', ...properties);
  await before.standin.close();
  writeFileSync(join(root, 'files', before.user, '.standin-half.part'), 'half written');

  const { folder } = before;
  const after: Server = { ...(await openStandin({ root })), folder };
  const auth: Credentials = [after.user, (traded.data as { apppassword: string }).apppassword];
  expect(await stat(after, 'kept/日本.txt', ...properties)).toEqual(told);
  expect((await dav(after, 'GET', 'kept/日本.txt', { auth })).text).toBe('kept');
  expect((await ocs(after, 'GET', `${sharesPath}/${share.id}`)).data).toMatchObject([
    { permissions: 4, token: share.token, path: `/${folder}/kept`, expiration: '2099-12-31 00:00:00' },
  ]);
  expect((await upload(after, 'GET', id, '.file')).text).toBe('part');
  const home = await call(`${after.url}/remote.php/dav/files/${after.user}/`, 'PROPFIND', { auth });
  expect(home.text).not.toContain('.standin-');
  await closeServer(after);
});

test('with two workers two requests are served and a third waits for one of them to end', async () => {
  const server = await openStandin({ root, workers: 2 });
  const { control, requests } = server.standin;
  await makeFolder(server);
  requests.clear();
  const slow = control.fault({ path: 'slow', times: 2, action: { hang: 'before' } });
  const aborts = [new AbortController(), new AbortController()];
  const hanging = aborts.map(({ signal }) => fetch(`${server.url}/slow`, { signal }).catch(() => 'gave up'));
  await slow.hit(2);
  const third = ocs(server, 'GET', '/cloud/user').then(({ status }) => status);
  await expect.poll(() => requests.waiting).toBe(1);
  expect(requests.all).toEqual([]);
  aborts[0]?.abort();
  expect(await third).toBe(200);
  aborts[1]?.abort();
  expect(await Promise.all(hanging)).toEqual(['gave up', 'gave up']);
  expect(requests.mostInFlight).toBe(2);
  await closeServer(server);
});

test('a request costs at least what it is said to cost', async () => {
  const server = await openStandin({ root, requestCostMs: 40 });
  const startedMs = performance.now();
  for (let i = 0; i < 3; i++) await ocs(server, 'GET', '/cloud/user');
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(3 * 39);
  await closeServer(server);
});

test('as a process it says where it is, keeps its credentials, and ends with its standard input', async () => {
  const first = await startProcess();
  const [user] = first.users;
  const auth: Credentials = [user?.id ?? '', user?.appPassword ?? ''];
  const status = async (url: string, path: string) =>
    (await call(url + path, 'GET', { auth, headers: { 'ocs-apirequest': 'true' } })).status;
  expect(new URL(first.url).hostname).toBe('127.0.0.1');
  expect(await status(first.url, '/ocs/v2.php/cloud/user')).toBe(200);
  expect(await first.end()).toBe(0);
  const second = await startProcess();
  expect(second.users).toEqual(first.users);
  expect(await status(second.url, '/ocs/v2.php/cloud/user')).toBe(200);
  expect(await second.end()).toBe(0);
});

const main = fileURLToPath(new URL('../../standins/nextcloud/main.ts', import.meta.url));

const startProcess = async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', main, '--root', root], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { url, users } = JSON.parse(line) as { url: string; users: StandinUser[] };
  return {
    url,
    users,
    async end(): Promise<number | null> {
      child.stdin.end();
      return (await exit)[0];
    },
  };
};
