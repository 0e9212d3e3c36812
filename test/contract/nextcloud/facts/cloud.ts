import { expect } from 'vitest';
import type { Facts } from '../fact.ts';
import { dav, ocs, type Server, stat, throwawayAddress } from '../server.ts';
import { call } from '../wire.ts';

const direct = '/apps/dav/api/v1/direct';
const webhooks = '/apps/webhook_listeners/api/v1/webhooks';

export const cloudFacts = (facts: Facts): void => {
  facts.add(
    'the capabilities tell version, limits, forbidden names, sharing and password rules',
    async (server) => {
      const { data } = await ocs(server, 'GET', '/cloud/capabilities');
      expect(data).toMatchObject({
        version: { major: expect.any(Number), string: server.version },
        capabilities: {
          dav: { chunking: '1.0', public_shares_chunking: expect.any(Boolean) },
          files: {
            chunked_upload: { max_size: 104_857_600, max_parallel_count: expect.any(Number) },
            forbidden_filenames: expect.arrayContaining(['.htaccess']),
            forbidden_filename_extensions: expect.arrayContaining(['.part']),
            forbidden_filename_characters: expect.arrayContaining(['\\']),
          },
          files_sharing: { public: { enabled: true, upload_files_drop: true } },
          password_policy: { minLength: 10 },
        },
      });
    },
  );

  facts.add(
    'the password policy says of a password whether it would take it, and sets nothing',
    async (server) => {
      const judge = async (password: string) =>
        (
          await ocs(server, 'POST', '/apps/password_policy/api/v1/validate', {
            form: { password, context: 'sharing' },
          })
        ).data;
      expect(await judge('ab12')).toMatchObject({ passed: false, reason: expect.any(String) });
      expect(await judge('kaikei-2026-akutsu')).toMatchObject({ passed: true });
    },
  );

  facts.add('the theme is told to anybody, the rest to those who sign in', async (server) => {
    const { data } = await ocs(server, 'GET', '/cloud/capabilities', { auth: undefined });
    expect(data).toMatchObject({
      capabilities: {
        theming: {
          name: expect.any(String),
          productName: expect.any(String),
          color: expect.stringMatching(/^#[0-9a-f]{6}$/i),
          logo: expect.stringMatching(
            /\/(core\/img\/logo\/logo\.svg\?v=\d+|apps\/theming\/image\/logo\?useSvg=1&v=\d+)$/,
          ),
        },
      },
    });
    expect(data).not.toHaveProperty('capabilities.files_sharing');
  });

  facts.add(
    'the logo that the theme names is an image, for anybody; a path beside it is 404',
    async (server) => {
      const { data } = await ocs(server, 'GET', '/cloud/capabilities', { auth: undefined });
      const { logo } = (data as { capabilities: { theming: { logo: string } } }).capabilities.theming;
      const { pathname, search } = new URL(logo);
      const reply = await call(`${server.url}${pathname}${search}`, 'GET');
      expect(reply).toMatchObject({
        status: 200,
        headers: { 'content-type': expect.stringMatching(/^image\//) },
      });
      expect((await call(`${server.url}/apps/theming/image/nothing`, 'GET')).status).toBe(404);
    },
  );

  facts.add('an account can read itself: name, address, quota, groups, language', async (server) => {
    const me = await ocs(server, 'GET', '/cloud/user');
    const byId = await ocs(server, 'GET', `/cloud/users/${server.user}`);
    for (const { data } of [me, byId]) {
      expect(data).toMatchObject({
        id: server.user,
        displayname: expect.any(String),
        quota: { free: expect.any(Number), used: expect.any(Number), quota: expect.any(Number) },
        groups: expect.any(Array),
        language: expect.any(String),
      });
      expect(data).toHaveProperty('email');
    }
  });

  facts.add(
    'an ordinary account can not read others, an administrator can',
    async (server) => {
      const [admin] = server.adminAuth ?? [''];
      const asUser = await ocs(server, 'GET', `/cloud/users/${admin}`);
      const asAdmin = await ocs(server, 'GET', `/cloud/users/${server.user}`, { auth: server.adminAuth });
      expect(asUser).toMatchObject({ status: 404, meta: { statuscode: 998 } });
      expect(asAdmin.status).toBe(200);
    },
    'administrator',
  );

  facts.add('webhooks are for administrators: 403 for others', async (server) => {
    expect((await ocs(server, 'POST', webhooks, webhookForm)).status).toBe(403);
  });

  facts.add(
    'an administrator registers a webhook and removes it',
    async (server) => {
      const auth = server.adminAuth;
      const { status, data } = await ocs(server, 'POST', webhooks, { ...webhookForm, auth });
      expect(status).toBe(200);
      const { id } = data as { id: number };
      expect((await ocs(server, 'DELETE', `${webhooks}/${id}`, { auth })).status).toBe(200);
    },
    'administrator',
  );

  directFacts(facts);
};

const webhookForm = {
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    httpMethod: 'POST',
    uri: 'http://127.0.0.1:9/nobody-listens',
    event: 'OCP\\Files\\Events\\Node\\NodeCreatedEvent',
    eventFilter: { 'event.node.path': '/^\\/nowhere$/' },
    authMethod: 'none',
  }),
};

const fileIdOf = async (server: Server, name: string): Promise<string> =>
  String((await stat(server, name, 'oc:fileid'))?.found.fileid);

const directFacts = (facts: Facts): void => {
  facts.add('a direct link gives a file to anybody, whole, in part, and its head', async (server) => {
    await dav(server, 'PUT', 'direct.txt', { body: 'directly' });
    const { data } = await ocs(server, 'POST', direct, {
      form: { fileId: await fileIdOf(server, 'direct.txt') },
    });
    const { url } = data as { url: string };
    expect(await call(url, 'GET')).toMatchObject({ status: 200, text: 'directly' });
    expect(await call(url, 'GET', { headers: { range: 'bytes=2-3' } })).toMatchObject({
      status: 206,
      text: 're',
    });
    expect(await call(url, 'HEAD')).toMatchObject({ status: 200, headers: { 'content-length': '8' } });
    expect((await call(url, 'DELETE')).status).toBe(403);
  });

  facts.add('a direct link lasts from one second to a day, and is for files alone', async (server) => {
    await dav(server, 'PUT', 'direct.txt', { body: 'directly' });
    const fileId = await fileIdOf(server, 'direct.txt');
    const ask = async (form: Record<string, string>): Promise<number> =>
      (await ocs(server, 'POST', direct, { form })).status;
    expect(await ask({ fileId, expirationTime: '86400' })).toBe(200);
    expect(await ask({ fileId, expirationTime: '86401' })).toBe(400);
    expect(await ask({ fileId, expirationTime: '0' })).toBe(400);
    expect(await ask({ fileId: await fileIdOf(server, '') })).toBe(400);
    expect(await ask({ fileId: '2147483600' })).toBe(404);
  });

  facts.add('an unknown direct link is 404', async (server) => {
    const from = throwawayAddress(server);
    expect((await call(`${server.url}/remote.php/direct/never-made`, 'GET', { from })).status).toBe(404);
  });
};
