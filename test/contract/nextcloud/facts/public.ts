import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Facts } from '../fact.ts';
import {
  changeShare,
  dav,
  list,
  newShare,
  ocs,
  publicUrl,
  type Server,
  type ShareData,
  sharesPath,
  throwawayAddress,
} from '../server.ts';
import {
  type CallOptions,
  type Credentials,
  call,
  propfindBody,
  type Reply,
  readMultistatus,
} from '../wire.ts';

const password = 'Password-of-the-drop-4711';
/** Any name will do. */
const guest: Credentials = ['anonymous', password];
const folder = 'public';

export const publicFacts = (facts: Facts): void => {
  dropFacts(facts);
  nicknameFacts(facts);
  refusalFacts(facts);
  lockOutFacts(facts);
};

/** The one drop that these facts are about, with a password; each leaves it with permissions 4. */
const theDrop = async (server: Server): Promise<ShareData> => {
  await dav(server, 'MKCOL', folder);
  const path = `/${server.folder}/${folder}`;
  const there = await ocs(server, 'GET', `${sharesPath}?${new URLSearchParams({ path })}`);
  const [share] = there.data as ShareData[];
  return share ?? (await newShare(server, folder, { permissions: '4', password })).share;
};

const at = async (
  server: Server,
  method: string,
  name: string,
  options: CallOptions = {},
): Promise<Reply> => {
  const { token } = await theDrop(server);
  return call(publicUrl(server, token, name), method, { auth: guest, ...options });
};

const dropFacts = (facts: Facts): void => {
  facts.add('a sender sets the date of a file, but not when the server took it in', async (server) => {
    const drop = await theDrop(server);
    const headers = { 'x-oc-mtime': '1500000000' };
    expect((await at(server, 'PUT', 'dated.txt', { body: 'text', headers })).status).toBe(201);
    const body = propfindBody('d:getlastmodified', 'nc:upload_time');
    const reply = await dav(server, 'PROPFIND', `${folder}/dated.txt`, { headers: { depth: '0' }, body });
    const found = readMultistatus(reply.text)[0]?.found ?? {};
    expect(found).toMatchObject({ getlastmodified: 'Fri, 14 Jul 2017 02:40:00 GMT' });
    // No share is older than this suite.
    expect(Number(found['upload_time'])).toBeGreaterThanOrEqual(drop.stime);
  });

  facts.add('PUT into a drop is 201 with an etag and the hash, but no file id', async (server) => {
    const headers = { 'x-hash': 'sha256', 'x-oc-mtime': '1500000000' };
    const reply = await at(server, 'PUT', 'first.txt', { body: 'text', headers });
    expect(reply.status).toBe(201);
    expect(reply.headers).toMatchObject({
      'x-hash-sha256': createHash('sha256').update('text').digest('hex'),
      'x-oc-mtime': 'accepted',
      etag: expect.stringMatching(/^".+"$/),
    });
    expect(reply.headers['oc-etag']).toBe(reply.headers.etag);
    expect(reply.headers).not.toHaveProperty('oc-fileid');
    expect((await dav(server, 'GET', `${folder}/first.txt`)).text).toBe('text');
  });

  facts.add('a name that exists is silently numbered; If-None-Match does not help', async (server) => {
    const headers = { 'if-none-match': '*' };
    for (const body of ['one', 'two', 'three']) {
      expect((await at(server, 'PUT', 'same.txt', { body, headers })).status).toBe(201);
    }
    const names = (await list(server, folder)).filter((name) => name.startsWith('same'));
    expect(names.sort()).toEqual(['same (2).txt', 'same (3).txt', 'same.txt']);
    expect((await dav(server, 'GET', `${folder}/same.txt`)).text).toBe('one');
  });

  facts.add(
    'a drop refuses all reading with 405, password given; opened to 31 it gives everything',
    async (server) => {
      await at(server, 'PUT', 'secret.txt', { body: 'secret' });
      const { id } = await theDrop(server);
      const read = async (): Promise<number[]> => [
        (await at(server, 'GET', 'secret.txt')).status,
        (await at(server, 'HEAD', 'secret.txt')).status,
        (await at(server, 'GET', '')).status,
        (await at(server, 'HEAD', '')).status,
        (await at(server, 'PROPFIND', '', { headers: { depth: '1' } })).status,
      ];
      expect(await read()).toEqual([405, 405, 405, 405, 405]);
      expect((await at(server, 'DELETE', 'secret.txt')).status).toBe(405);
      expect((await changeShare(server, id, { permissions: '31' })).share.permissions).toBe(31);
      expect(await read()).toEqual([200, 200, 200, 200, 207]);
      expect((await at(server, 'GET', 'secret.txt')).text).toBe('secret');
      expect((await changeShare(server, id, { permissions: '4' })).share.permissions).toBe(4);
      expect(await read()).toEqual([405, 405, 405, 405, 405]);
    },
  );

  facts.add(
    'the session that the password opens is taken without it; no session and no password is 401',
    async (server) => {
      const { cookies } = await at(server, 'GET', '');
      const cookie = cookies.map((each) => each.slice(0, each.indexOf(';'))).join('; ');
      const bare = { auth: undefined, headers: { cookie, depth: '0' } };
      expect((await at(server, 'HEAD', '', bare)).status).toBe(405);
      expect((await at(server, 'PROPFIND', '', bare)).status).toBe(405);
      const { id } = await theDrop(server);
      await changeShare(server, id, { permissions: '31' });
      expect((await at(server, 'PROPFIND', '', bare)).status).toBe(207);
      await changeShare(server, id, { permissions: '4' });
      expect((await at(server, 'PROPFIND', '', { auth: undefined, headers: { depth: '0' } })).status).toBe(
        401,
      );
    },
  );

  facts.add('there is no chunked upload on a public share', async (server) => {
    const { data } = await ocs(server, 'GET', '/cloud/capabilities');
    expect(data).toHaveProperty('capabilities.dav.public_shares_chunking', false);
  });

  facts.add('forbidden names are 400 here too', async (server) => {
    expect((await at(server, 'PUT', 'a.part', { body: 'x' })).status).toBe(400);
    expect((await at(server, 'PUT', '.htaccess', { body: 'x' })).status).toBe(400);
  });

  facts.add('the old public.php/webdav is 400 for a drop', async (server) => {
    const { token } = await theDrop(server);
    const reply = await call(`${server.url}/public.php/webdav/a.txt`, 'PUT', {
      auth: [token, password],
      body: 'x',
    });
    expect(reply.status).toBe(400);
  });
};

const nicknameFacts = (facts: Facts): void => {
  facts.add('a nickname is a folder, percent-encoded in UTF-8', async (server) => {
    const headers = { 'x-nc-nickname': encodeURIComponent('山田') };
    expect((await at(server, 'PUT', 'a.txt', { body: 'x', headers })).status).toBe(201);
    expect(await list(server, `${folder}/山田`)).toEqual(['a.txt']);
  });

  facts.add('folders are for those with a nickname: without one 400', async (server) => {
    const headers = { 'x-nc-nickname': 'Sato' };
    expect((await at(server, 'PUT', 'x/a.txt', { body: 'x' })).status).toBe(400);
    expect((await at(server, 'MKCOL', 'x')).status).toBe(400);
    expect((await at(server, 'MKCOL', 'x', { headers })).status).toBe(201);
    expect((await at(server, 'PUT', 'x/a.txt', { body: 'x', headers })).status).toBe(201);
    expect(await list(server, `${folder}/Sato/x`)).toEqual(['a.txt']);
  });

  facts.add('a nickname with a slash or a leading dot is 400', async (server) => {
    for (const nickname of ['a%2Fb', '.hidden']) {
      const headers = { 'x-nc-nickname': nickname };
      expect((await at(server, 'PUT', 'a.txt', { body: 'x', headers })).status).toBe(400);
    }
  });

  facts.add('a file request takes nothing without a nickname', async (server) => {
    const { id } = await theDrop(server);
    const attributes = (value: boolean) => JSON.stringify([{ scope: 'fileRequest', key: 'enabled', value }]);
    await changeShare(server, id, { attributes: attributes(true) });
    const headers = { 'x-nc-nickname': 'Suzuki' };
    expect((await at(server, 'PUT', 'b.txt', { body: 'x' })).status).toBe(400);
    expect((await at(server, 'PUT', 'b.txt', { body: 'x', headers })).status).toBe(201);
    await changeShare(server, id, { attributes: attributes(false) });
    expect((await at(server, 'PUT', 'b.txt', { body: 'x' })).status).toBe(201);
  });
};

const refusalFacts = (facts: Facts): void => {
  facts.add('without the password, or with a wrong one, all is 401', async (server) => {
    const from = throwawayAddress(server);
    expect((await at(server, 'PROPFIND', '', { auth: undefined, from })).status).toBe(401);
    expect((await at(server, 'PUT', 'a.txt', { auth: undefined, body: 'x', from })).status).toBe(401);
    expect((await at(server, 'PUT', 'a.txt', { auth: ['a', 'wrong'], body: 'x', from })).status).toBe(401);
    expect((await at(server, 'PUT', 'a.txt', { body: 'x', from })).status).toBe(201);
    server.standin?.control.unlock();
  });

  facts.add('a share that is not there is 503, or 401 where a password is sent', async (server) => {
    const from = throwawayAddress(server);
    const url = publicUrl(server, 'neverBeenThere1', 'a.txt');
    expect((await call(url, 'PUT', { body: 'x', from })).status).toBe(503);
    expect((await call(url, 'PUT', { auth: guest, body: 'x', from })).status).toBe(401);
    server.standin?.control.unlock();
  });
};

const lockedStatus = async (
  server: Server,
  auth: Credentials | undefined,
  tries: number,
): Promise<number[]> => {
  const from = throwawayAddress(server);
  const statuses: number[] = [];
  for (let i = 0; i < tries; i++) statuses.push((await at(server, 'PROPFIND', '', { auth, from })).status);
  statuses.push((await at(server, 'PROPFIND', '', { from })).status);
  const signedIn = await ocs(server, 'GET', '/cloud/user', { from });
  expect(signedIn.status).toBe(200);
  server.standin?.control.unlock();
  return statuses;
};

const lockOutFacts = (facts: Facts): void => {
  facts.add(
    'eleven wrong passwords, and the address gets 500 on public shares, with the right one too',
    async (server) => {
      const statuses = await lockedStatus(server, ['a', 'wrong'], 12);
      expect(statuses).toEqual([...Array<number>(11).fill(401), 500, 500]);
      expect((await at(server, 'PROPFIND', '')).status).toBe(405);
    },
    'lock-out',
  );

  facts.add(
    'a request without a password counts twice',
    async (server) => {
      const statuses = await lockedStatus(server, undefined, 7);
      expect(statuses).toEqual([...Array<number>(6).fill(401), 500, 500]);
    },
    'lock-out',
  );
};
