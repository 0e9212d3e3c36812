import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Standin } from '../../standins/nextcloud/standin.ts';
import {
  closeServer,
  dav,
  fileUrl,
  list,
  makeFolder,
  newUpload,
  ocs,
  openStandin,
  publicUrl,
  type Server,
  type ShareData,
  sharesPath,
  upload,
} from './server.ts';
import { call, readDavError, readMultistatus } from './wire.ts';

/** What tests bring about in the stand-in behaves as it says; the facts about Nextcloud are beside this file. */
let server: Server & { standin: Standin };

beforeAll(async () => {
  server = await openStandin();
  await makeFolder(server);
});

beforeEach(() => server.standin.control.calm());

afterAll(() => closeServer(server));

/** How undici words a connection that was cut. */
const cut = /closed|reset|terminated|aborted|ECONN|EPIPE/i;

const put = (name: string, body = 'text') => dav(server, 'PUT', name, { body });
const isThere = async (name: string): Promise<boolean> => (await list(server, '')).includes(name);

describe('faults', () => {
  test('an answer in place of the work leaves nothing done, one after the work leaves it done', async () => {
    const { control } = server.standin;
    control.fault({ method: 'PUT', path: 'before', action: { reply: 504 } });
    control.fault({ method: 'PUT', path: 'after', action: { reply: 504, when: 'after' } });
    expect((await put('before.txt')).status).toBe(504);
    expect((await put('after.txt')).status).toBe(504);
    expect([await isThere('before.txt'), await isThere('after.txt')]).toEqual([false, true]);
  });

  test('a lost answer is a cut connection, before or after the work', async () => {
    const { control } = server.standin;
    control.fault({ path: 'dropped-before', action: { drop: 'before' } });
    control.fault({ path: 'dropped-after', action: { drop: 'after' } });
    await expect(put('dropped-before.txt')).rejects.toThrow(cut);
    await expect(put('dropped-after.txt')).rejects.toThrow(cut);
    expect([await isThere('dropped-before.txt'), await isThere('dropped-after.txt')]).toEqual([false, true]);
  });

  test('a body cut half-way leaves no part', async () => {
    const id = await newUpload(server);
    server.standin.control.fault({ path: id, action: { dropAfterBodyBytes: 100_000 } });
    const body = Buffer.alloc(1_000_000);
    await expect(upload(server, 'PUT', id, '1', { body })).rejects.toThrow(cut);
    const { text } = await upload(server, 'PROPFIND', id);
    expect(readMultistatus(text).map(({ href }) => href.split('/').at(-1))).toEqual(['', '.file']);
    expect((await upload(server, 'PUT', id, '1', { body })).status).toBe(201);
  });

  test('a rule lets some pass, hits as many as it says, and tells of it', async () => {
    const fault = server.standin.control.fault({
      path: 'counted',
      skip: 1,
      times: 2,
      action: { reply: 423 },
    });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await put('counted.txt')).status);
    expect(statuses).toEqual([201, 423, 423, 204]);
    await fault.hit(2);
    expect(fault.hits).toBe(2);
  });

  test('refusals speak as the address would: XML with the exception, OCS in its envelope', async () => {
    const { control } = server.standin;
    control.fault({ path: 'locked', action: { reply: 423 } });
    control.fault({ path: 'cloud/user', action: { reply: 429, headers: { 'retry-after': '7' } } });
    const locked = await put('locked.txt');
    expect(readDavError(locked.text).exception).toMatch(/FileLocked$/);
    const throttled = await ocs(server, 'GET', '/cloud/user');
    expect(throttled).toMatchObject({
      status: 429,
      meta: { statuscode: 429 },
      headers: { 'retry-after': '7' },
    });
  });

  test('a download is cut where the rule says, and can be slow', async () => {
    const body = Buffer.alloc(100_000, 'x');
    await dav(server, 'PUT', 'large.bin', { body });
    const { control } = server.standin;
    control.fault({ method: 'GET', path: 'large', action: { cutReplyAfterBytes: 10_000 } });
    await expect(dav(server, 'GET', 'large.bin')).rejects.toThrow(cut);
    const startedMs = performance.now();
    control.fault({ method: 'GET', path: 'large', action: { replyBytesPerSecond: 500_000 } });
    expect((await dav(server, 'GET', 'large.bin')).text).toHaveLength(100_000);
    expect(performance.now() - startedMs).toBeGreaterThan(100);
  });
});

describe('assembly', () => {
  const assemble = (method: string, id: string, name: string, headers: Record<string, string> = {}) =>
    upload(server, method, id, '.file', { headers: { destination: fileUrl(server, name), ...headers } });

  test('a hollow COPY says 201 without a file id, stores nothing and keeps the parts', async () => {
    const id = await newUpload(server, { '1': 'a', '2': 'b' });
    server.standin.control.fault({ method: 'COPY', action: { hollow: true } });
    const hollow = await assemble('COPY', id, 'hollow.txt');
    expect(hollow.status).toBe(201);
    expect(hollow.headers).not.toHaveProperty('oc-fileid');
    expect(await isThere('hollow.txt')).toBe(false);
    expect((await assemble('COPY', id, 'hollow.txt')).headers).toHaveProperty('oc-fileid');
    expect((await dav(server, 'GET', 'hollow.txt')).text).toBe('ab');
  });

  test('a hollow MOVE loses the parts', async () => {
    const id = await newUpload(server, { '1': 'a' });
    server.standin.control.fault({ method: 'MOVE', action: { hollow: true } });
    const hollow = await assemble('MOVE', id, 'lost.txt');
    expect([hollow.status, hollow.headers.etag]).toEqual([201, '']);
    expect([await isThere('lost.txt'), (await upload(server, 'PROPFIND', id)).status]).toEqual([false, 404]);
  });

  test('a planted part is listed and joined in', async () => {
    const id = await newUpload(server, { '1': 'a', '2': 'b' });
    server.standin.control.plantPart(server.user, id, '1.part', 'phantom');
    expect((await upload(server, 'GET', id, '.file')).text).toBe('aphantomb');
  });

  test('X-Hash is false once, always, or as on S3 of the body three times over', async () => {
    const { control } = server.standin;
    const headers = { 'x-hash': 'sha256' };
    const hash = async () =>
      (await dav(server, 'PUT', 'h.txt', { body: 'abc', headers })).headers['x-hash-sha256'];
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    control.fault({ path: 'h.txt', action: { wrongHash: true } });
    expect(await hash()).toMatch(/^0{64}$/);
    expect(await hash()).toBe(sha256('abc'));
    control.set({ wrongHash: 'always' });
    expect(await hash()).toMatch(/^0{64}$/);
    control.set({ wrongHash: 'as-on-s3' });
    expect(await hash()).toBe(sha256('abcabcabc'));
  });
});

describe('switches', () => {
  test('in maintenance all is 503 but status.php, which says so', async () => {
    const { control } = server.standin;
    control.set({ maintenance: true });
    expect((await put('m.txt')).status).toBe(503);
    expect(await ocs(server, 'GET', '/cloud/user')).toMatchObject({ status: 503, meta: { statuscode: 503 } });
    const status = await call(`${server.url}/status.php`, 'GET');
    expect(JSON.parse(status.text)).toMatchObject({ maintenance: true });
    control.set({ maintenance: false });
    expect((await put('m.txt')).status).toBe(201);
  });

  test('a revoked app password is 401 until it is restored', async () => {
    const { control } = server.standin;
    const status = async () => (await ocs(server, 'GET', '/cloud/user')).status;
    expect(await status()).toBe(200);
    control.revokeAppPasswords(server.user);
    expect(await status()).toBe(401);
    control.restoreAppPassword(server.user);
    expect(await status()).toBe(200);
    expect(server.standin.requests.unauthorized).toBe(1);
  });

  test('a stubborn server says 31 whatever is sent, and can still delete', async () => {
    server.standin.control.set({ stubbornPermissions: 31 });
    await dav(server, 'MKCOL', 'stubborn');
    const path = `/${server.folder}/stubborn`;
    const made = await ocs(server, 'POST', sharesPath, { form: { path, shareType: '3', permissions: '4' } });
    const { id } = made.data as ShareData;
    const set = await ocs(server, 'PUT', `${sharesPath}/${id}`, { form: { permissions: '4' } });
    const read = (await ocs(server, 'GET', `${sharesPath}/${id}`)).data as ShareData[];
    expect([made.data, set.data, read[0]].map((data) => (data as ShareData).permissions)).toEqual([
      31, 31, 31,
    ]);
    expect((await ocs(server, 'DELETE', `${sharesPath}/${id}`)).status).toBe(200);
  });

  test("shares can be made, opened and deleted behind the client's back", async () => {
    const { control } = server.standin;
    await dav(server, 'MKCOL', 'behind');
    const { id, token } = control.addShare(server.user, `/${server.folder}/behind`, 4, 'a password');
    const read = async () =>
      (await call(publicUrl(server, token), 'PROPFIND', { auth: ['x', 'a password'] })).status;
    expect(await read()).toBe(405);
    control.changeShare(id, { permissions: 31 });
    expect(await read()).toBe(207);
    control.changeShare(id, { password: null });
    expect((await call(publicUrl(server, token), 'PROPFIND')).status).toBe(207);
    control.deleteShare(id);
    expect((await ocs(server, 'GET', `${sharesPath}/${id}`)).status).toBe(404);
  });
});
