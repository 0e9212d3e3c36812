import { expect, test } from 'vitest';
import { silentLog } from '../../../server/lib/log.ts';
import { createCircuit } from '../../../server/nextcloud/index.ts';
import { pollLoginFlow, startLoginFlow, tradeUp } from '../../../server/nextcloud/signin.ts';
import { bodyOf, clientOf, ocs, serve } from './small-server.ts';

test('after the first 401 nothing more is sent until the probe, whose success lets all pass again', async () => {
  const server = { good: false };
  const { url, requests } = await serve(
    (_, response) =>
      void (server.good
        ? response.end(ocs({ id: 'someone' }))
        : response.writeHead(401).end(ocs([], 997, 'Current user is not logged in'))),
  );
  const clock = { ms: 0 };
  const circuit = createCircuit({ nowMs: () => clock.ms });
  const nextcloud = clientOf(url, { circuit, connections: 2 });
  await expect(nextcloud.me()).rejects.toMatchObject({
    code: 'nextcloud.credentials-refused',
    retry: { afterMs: 300_000 },
    details: { status: 401, message: 'Current user is not logged in' },
  });
  const calls = await Promise.allSettled(Array.from({ length: 20 }, () => nextcloud.files.stat('/a')));
  expect(calls.every(({ status }) => status === 'rejected')).toBe(true);
  expect(requests).toHaveLength(1);
  server.good = true;
  clock.ms = 300_000;
  await nextcloud.me();
  await nextcloud.me();
  expect(requests).toHaveLength(3);
});

test('twenty calls at once with a revoked password are no more logins than connections', async () => {
  const { url, requests } = await serve((_, response) => void response.writeHead(401).end());
  const nextcloud = clientOf(url, { connections: 3 });
  await Promise.allSettled(Array.from({ length: 20 }, () => nextcloud.me()));
  expect(requests.length).toBeLessThanOrEqual(3);
});

test('what needs no credentials is asked without them, open circuit or not', async () => {
  const circuit = createCircuit();
  circuit.enter().refused();
  const { url, requests } = await serve(
    (_, response) =>
      void response.end(
        '{"installed":true,"maintenance":true,"versionstring":"32.0.1","productname":"Nextcloud"}',
      ),
  );
  const status = await clientOf(url, { circuit }).status();
  expect(status).toEqual({ installed: true, maintenance: true, version: '32.0.1', productName: 'Nextcloud' });
  expect(requests[0]?.headers.authorization).toBeUndefined();
});

const nextcloudThat = (passwords: { login: string; app: string }) =>
  serve((request, response) => {
    const given = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64')
      .toString()
      .split(':')[1];
    if (given !== passwords.login && given !== passwords.app) response.writeHead(401).end(ocs([], 997, 'no'));
    else if (request.url?.startsWith('/ocs/v2.php/cloud/user')) response.end(ocs({ id: 'uid-of-someone' }));
    else if (given === passwords.app) response.writeHead(403).end(ocs([], 403, 'with an apppassword'));
    else response.end(ocs({ apppassword: passwords.app }));
  });

test('a login password is traded for an app password, an app password is kept, a wrong one is refused', async () => {
  const { url } = await nextcloudThat({ login: 'login', app: 'app' });
  const trade = (password: string) =>
    tradeUp({ baseUrl: new URL(url), user: 'someone@example.org', password, log: silentLog });
  expect(await trade('login')).toEqual({ appPassword: 'app', traded: true, userId: 'uid-of-someone' });
  expect(await trade('app')).toEqual({ appPassword: 'app', traded: false, userId: 'uid-of-someone' });
  await expect(trade('wrong')).rejects.toMatchObject({
    code: 'nextcloud.credentials-refused',
    retry: 'never',
  });
});

test('a login flow is asked for at the base URL, whatever endpoint the server names', async () => {
  const server = { finished: false };
  const { url } = await serve(async (request, response) => {
    if (request.url === '/cloud/index.php/login/v2')
      response.end(
        '{"poll":{"token":"planted","endpoint":"http://169.254.169.254/poll"},"login":"https://cloud.example/flow"}',
      );
    else if (request.url !== '/cloud/index.php/login/v2/poll' || (await bodyOf(request)) !== 'token=planted')
      response.writeHead(500).end();
    else if (server.finished)
      response.end('{"server":"https://cloud.example","loginName":"someone","appPassword":"x"}');
    else response.writeHead(404).end('[]');
  });
  const baseUrl = new URL(`${url}/cloud/`);
  const flow = await startLoginFlow({ baseUrl, clientName: 'Uketori', log: silentLog });
  expect(flow.loginUrl).toBe('https://cloud.example/flow');
  const poll = () => pollLoginFlow({ baseUrl, pollToken: flow.pollToken, log: silentLog });
  expect(await poll()).toBeUndefined();
  server.finished = true;
  expect(await poll()).toEqual({ server: 'https://cloud.example', loginName: 'someone', appPassword: 'x' });
});
