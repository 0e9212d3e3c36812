import { expect } from 'vitest';
import type { Facts } from '../fact.ts';
import { newAccount, ocs, type Server, throwawayAddress } from '../server.ts';
import { type Credentials, call } from '../wire.ts';

export const signInFacts = (facts: Facts): void => {
  facts.add('an app password signs in; a wrong one is 401 with statuscode 997', async (server) => {
    const right = await ocs(server, 'GET', '/cloud/user');
    const from = throwawayAddress(server);
    const wrong = await ocs(server, 'GET', '/cloud/user', { auth: [server.user, 'wrong'], from });
    expect(right).toMatchObject({ status: 200, data: { id: server.user } });
    expect(wrong).toMatchObject({ status: 401, meta: { status: 'failure', statuscode: 997 }, data: [] });
  });

  facts.add('WebDAV without credentials is 401 and offers basic auth', async (server) => {
    const reply = await call(`${server.url}/remote.php/dav/files/${server.user}/`, 'PROPFIND');
    expect(reply.status).toBe(401);
    expect(reply.headers['www-authenticate']).toMatch(/^Basic /);
  });

  facts.add('an app password can not be traded for another', async (server) => {
    const reply = await ocs(server, 'GET', '/core/getapppassword');
    expect(reply).toMatchObject({ status: 403, data: [] });
  });

  facts.add(
    'the login password is traded for an app password, which works until it is given back',
    async (server) => {
      const traded = await ocs(server, 'GET', '/core/getapppassword', { auth: server.loginAuth });
      expect(traded.status).toBe(200);
      const { apppassword } = traded.data as { apppassword: string };
      const auth: Credentials = [server.user, apppassword];
      server.debts.push(() =>
        ocs(server, 'DELETE', '/core/apppassword', { auth, from: throwawayAddress(server) }),
      );
      expect((await ocs(server, 'GET', '/cloud/user', { auth })).status).toBe(200);
      expect((await ocs(server, 'GET', '/core/getapppassword', { auth })).status).toBe(403);
      expect((await ocs(server, 'DELETE', '/core/apppassword', { auth })).status).toBe(200);
      const from = throwawayAddress(server);
      expect((await ocs(server, 'GET', '/cloud/user', { auth, from })).status).toBe(401);
    },
    'login password',
  );

  facts.add(
    'login flow v2 gives a page to go to and an address to poll, 404 until it is granted',
    async (server) => {
      const begun = await call(`${server.url}/index.php/login/v2`, 'POST');
      expect(begun.status).toBe(200);
      const { poll, login } = JSON.parse(begun.text) as {
        poll: { token: string; endpoint: string };
        login: string;
      };
      expect(login).toMatch(/^https?:\/\/.+\/login\/v2\/flow\//);
      expect((await pollFor(poll)).status).toBe(404);
    },
  );

  facts.add(
    'a granted login flow gives server, login name and app password, once',
    async (server) => {
      const begun = await call(`${server.url}/index.php/login/v2`, 'POST');
      const { poll, login } = JSON.parse(begun.text) as {
        poll: Parameters<typeof pollFor>[0];
        login: string;
      };
      const [user, password] = server.loginAuth ?? ['', ''];
      await call(login, 'POST', {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ user, password }).toString(),
      });
      const granted = JSON.parse((await pollFor(poll)).text) as Record<string, string>;
      expect(granted).toMatchObject({ server: server.url, loginName: user });
      const auth: Credentials = [user, granted.appPassword ?? ''];
      expect((await ocs(server, 'GET', '/cloud/user', { auth })).status).toBe(200);
      expect((await pollFor(poll)).status).toBe(404);
    },
    'stand-in',
  );

  envelopeFacts(facts);
  lockOutFacts(facts);
};

const pollFor = ({ token, endpoint }: { token: string; endpoint: string }): ReturnType<typeof call> =>
  call(endpoint, 'POST', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token }).toString(),
  });

const envelopeFacts = (facts: Facts): void => {
  facts.add('OCS without its header is 412, in JSON', async (server) => {
    const reply = await call(`${server.url}/ocs/v2.php/cloud/user`, 'GET', { auth: server.auth });
    expect(reply.status).toBe(412);
    expect(JSON.parse(reply.text)).toEqual({ message: 'CSRF check failed' });
  });

  facts.add('OCS answers in XML, and in JSON when asked by Accept or by format', async (server) => {
    const url = `${server.url}/ocs/v2.php/cloud/user`;
    const ask = (address: string, accept: string) =>
      call(address, 'GET', { auth: server.auth, headers: { 'ocs-apirequest': 'true', accept } });
    expect((await ask(url, '*/*')).text).toContain(`<id>${server.user}</id>`);
    expect(JSON.parse((await ask(url, 'application/json')).text)).toHaveProperty('ocs.data.id', server.user);
    expect(JSON.parse((await ask(`${url}?format=json`, '*/*')).text)).toHaveProperty(
      'ocs.data.id',
      server.user,
    );
  });

  facts.add('v2 shows the outcome in the HTTP status, v1 only in the body', async (server) => {
    const ask = (version: 1 | 2, id: string) => ocs(server, 'GET', `/cloud/users/${id}`, { version });
    expect(await ask(2, server.user)).toMatchObject({ status: 200, meta: { status: 'ok', statuscode: 200 } });
    expect(await ask(1, server.user)).toMatchObject({ status: 200, meta: { status: 'ok', statuscode: 100 } });
    const failed = { meta: { status: 'failure', statuscode: 404 }, data: [] };
    expect(await ask(2, 'nobody-of-that-name')).toMatchObject({ status: 404, ...failed });
    expect(await ask(1, 'nobody-of-that-name')).toMatchObject({ status: 200, ...failed });
  });

  facts.add(
    'four cookies come with a reply, and nothing is lost without sending them back',
    async (server) => {
      const first = await ocs(server, 'GET', '/cloud/user');
      const second = await ocs(server, 'GET', '/cloud/user');
      expect(first.cookies.length).toBeGreaterThanOrEqual(4);
      expect(second.status).toBe(200);
    },
  );
};

const lockOutFacts = (facts: Facts): void => {
  facts.add(
    'eleven wrong logins lock their address out, right password and all, with 429; others are not hit',
    async (server) => {
      const own = await newAccount(server);
      const from = throwawayAddress(server);
      const wrong: Credentials = [own.user, 'wrong'];
      const statuses: number[] = [];
      for (let i = 0; i < 12; i++) {
        statuses.push((await ocs(own, 'GET', '/cloud/user', { auth: wrong, from })).status);
      }
      expect(statuses).toEqual([...Array<number>(11).fill(401), 429]);
      expect((await ocs(own, 'GET', '/cloud/user', { from })).status).toBe(429);
      expect((await propfind(own, from)).status).toBe(429);
      expect((await ocs(server, 'GET', '/cloud/user', { from })).status).toBe(429);
      expect((await call(`${server.url}/status.php`, 'GET', { from })).status).toBe(200);
      server.standin?.control.unlock();
      expect((await ocs(own, 'GET', '/cloud/user')).status).toBe(200);
    },
    'lock-out',
    'administrator',
  );
};

const propfind = (server: Server, from: string | undefined): ReturnType<typeof call> =>
  call(`${server.url}/remote.php/dav/files/${server.user}/`, 'PROPFIND', {
    auth: server.auth,
    headers: { depth: '0' },
    from,
  });
