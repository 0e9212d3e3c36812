import { expect } from 'vitest';
import type { Facts } from '../fact.ts';
import {
  changeShare,
  dav,
  newAccount,
  newShare,
  ocs,
  type Server,
  type ShareData,
  sharesPath,
} from '../server.ts';

const fileRequest = JSON.stringify([{ scope: 'fileRequest', key: 'enabled', value: true }]);

export const shareFacts = (facts: Facts): void => {
  permissionFacts(facts);
  settingFacts(facts);
  listFacts(facts);
  limitFacts(facts);
};

/** A share on a folder of its own. */
const onNewFolder = async (server: Server, name: string, form: Record<string, string>) => {
  await dav(server, 'MKCOL', name);
  return newShare(server, name, form);
};

const permissionsNow = async (server: Server, id: string): Promise<number | undefined> =>
  ((await ocs(server, 'GET', `${sharesPath}/${id}`)).data as ShareData[])[0]?.permissions;

const permissionFacts = (facts: Facts): void => {
  const table: [form: Record<string, string>, permissions: number][] = [
    [{ permissions: '4', publicUpload: 'true' }, 31],
    [{ permissions: '4', publicUpload: '1' }, 4],
    [{ permissions: '4', publicUpload: 'false' }, 17],
    [{ publicUpload: 'true' }, 31],
  ];
  for (const [form, permissions] of table) {
    facts.add(
      `a link made with ${new URLSearchParams(form)} has permissions ${permissions}`,
      async (server) => {
        const { share } = await onNewFolder(server, 'table', form);
        expect(share.permissions).toBe(permissions);
        expect(await permissionsNow(server, share.id)).toBe(permissions);
      },
    );
  }

  facts.add(
    'a link is made with permissions=4 and stays so until publicUpload=true opens it',
    async (server) => {
      const { share } = await onNewFolder(server, 'drop', { permissions: '4' });
      const set = async (form: Record<string, string>): Promise<number> =>
        (await changeShare(server, share.id, form)).share.permissions;
      expect(share.permissions).toBe(4);
      expect(await set({ permissions: '4', publicUpload: 'true' })).toBe(31);
      expect(await set({ permissions: '4' })).toBe(4);
      expect(await set({ publicUpload: 'false' })).toBe(17);
      expect(await set({ permissions: '1' })).toBe(17);
      expect(await set({ permissions: '5' })).toBe(21);
      expect(await set({ permissions: '4', publicUpload: '1' })).toBe(4);
      const refused = await changeShare(server, share.id, { permissions: '6' });
      expect(refused).toMatchObject({ status: 400, data: [] });
      expect(await permissionsNow(server, share.id)).toBe(4);
    },
  );
};

const settingFacts = (facts: Facts): void => {
  facts.add('a reply has the types it has; reading one share gives a list of one', async (server) => {
    const { share } = await sharedOnce(server);
    const read = await ocs(server, 'GET', `${sharesPath}/${share.id}`);
    expect(read.data).toHaveLength(1);
    for (const data of [share, (read.data as ShareData[])[0]]) {
      expect(data).toMatchObject({
        id: expect.stringMatching(/^\d+$/),
        share_type: 3,
        permissions: 4,
        token: expect.stringMatching(/^[A-Za-z0-9]{15}$/),
        url: expect.stringMatching(new RegExp(`^https?://.+/s/${share.token}$`)),
        path: `/${server.folder}/settings`,
        item_source: expect.any(Number),
        uid_owner: server.user,
        stime: expect.any(Number),
        expiration: null,
        password: null,
        attributes: null,
        hide_download: 0,
        mail_send: expect.any(Number),
      });
    }
  });

  facts.add('note and label are changed alone; a change of nothing is 400', async (server) => {
    const { share } = await sharedOnce(server);
    const { share: changed } = await changeShare(server, share.id, { note: 'for you', label: 'yours' });
    expect(changed).toMatchObject({ note: 'for you', label: 'yours', permissions: 4 });
    expect((await changeShare(server, share.id, { unheardOf: '1' })).status).toBe(400);
  });

  facts.add(
    'an expiry date is a day; tomorrow is taken; a time with an offset can be a day early',
    async (server) => {
      const { share } = await sharedOnce(server);
      const expiry = async (expireDate: string): Promise<string | null> =>
        (await changeShare(server, share.id, { expireDate })).share.expiration;
      expect(await expiry('2099-12-31')).toBe('2099-12-31 00:00:00');
      expect(await expiry('tomorrow')).toMatch(/^\d{4}-\d\d-\d\d 00:00:00$/);
      expect(await expiry('2099-12-31T23:59:59+14:00')).toBe('2099-12-30 00:00:00');
      expect(await expiry('')).toBeNull();
    },
  );

  facts.add('a date in the past is 404, no date at all 400', async (server) => {
    const { share } = await sharedOnce(server);
    expect((await changeShare(server, share.id, { expireDate: '2020-01-01' })).status).toBe(404);
    expect((await changeShare(server, share.id, { expireDate: 'someday' })).status).toBe(400);
  });

  facts.add(
    'a password comes back as a hash, empty takes it away, a weak one is 400 with the reason',
    async (server) => {
      const { share } = await sharedOnce(server);
      const set = (password: string) => changeShare(server, share.id, { password });
      expect((await set('Strong-enough-4711')).share.password).toMatch(/^\d\|\$/);
      const weak = await set('short');
      expect(weak.status).toBe(400);
      expect(weak.meta.message).toContain('10 characters');
      expect((await set('')).share.password).toBeNull();
    },
  );

  facts.add('the attribute of a file request is kept, with permissions 4', async (server) => {
    const { share } = await onNewFolder(server, 'asked', { permissions: '4', attributes: fileRequest });
    expect(share.permissions).toBe(4);
    expect(JSON.parse(share.attributes ?? '[]')).toEqual(JSON.parse(fileRequest));
  });

  facts.add('a mail share is a link too, but its reply has no url', async (server) => {
    await dav(server, 'MKCOL', 'mailed');
    const form = { permissions: '4', shareType: '4', shareWith: 'nobody@example.org', sendMail: 'false' };
    const { status, share } = await newShare(server, 'mailed', form);
    expect(status).toBe(200);
    expect(share).toMatchObject({ share_type: 4, permissions: 4, token: expect.any(String) });
    expect(share.url ?? null).toBeNull();
  });

  facts.add(
    'a mail share is made with nothing mailed, is mailed with its password, and is one for an address',
    async (server) => {
      const password = 'Strong-enough-4711';
      await dav(server, 'MKCOL', 'once');
      const form = { permissions: '4', shareType: '4', shareWith: 'once@example.org', sendMail: 'false' };
      const { share } = await newShare(server, 'once', { ...form, password, attributes: fileRequest });
      expect(share).toMatchObject({
        share_type: 4,
        permissions: 4,
        mail_send: 0,
        share_with: 'once@example.org',
      });
      // In the clear, this once.
      expect(share.password).toBe(password);
      const [read] = (await ocs(server, 'GET', `${sharesPath}/${share.id}`)).data as ShareData[];
      expect(read?.password).toMatch(/^\d\|\$/);
      const mail = (told: string) =>
        ocs(server, 'POST', `${sharesPath}/${share.id}/send-email`, { form: { password: told } });
      expect((await mail('not the one')).status).toBe(500);
      // Whether it has a mail server that takes it or not.
      expect(await mail(password)).toMatchObject({ status: 200, data: [] });
      expect((await newShare(server, 'once', form)).status).toBe(403);
      const late = await changeShare(server, share.id, { expireDate: '2099-12-31' });
      expect(late.share).toMatchObject({ expiration: '2099-12-31 00:00:00', permissions: 4 });
      expect((await ocs(server, 'DELETE', `${sharesPath}/${share.id}`)).status).toBe(200);
    },
  );

  facts.add('an unknown share is mailed to nobody: 404', async (server) => {
    expect((await ocs(server, 'POST', `${sharesPath}/2147483600/send-email`)).status).toBe(404);
  });

  facts.add('a folder that is not there is 404, a file with permissions=4 is 400', async (server) => {
    await dav(server, 'PUT', 'file.txt', { body: 'x' });
    expect((await newShare(server, 'nowhere', { permissions: '4' })).status).toBe(404);
    expect((await newShare(server, 'file.txt', { permissions: '4' })).status).toBe(400);
  });
};

const listFacts = (facts: Facts): void => {
  facts.add('the links on a folder are listed by its path, those above it as inherited', async (server) => {
    const { share } = await sharedOnce(server);
    await dav(server, 'MKCOL', 'settings/below');
    const path = `/${server.folder}/settings`;
    const on = await ocs(server, 'GET', `${sharesPath}?${new URLSearchParams({ path, reshares: 'true' })}`);
    expect((on.data as ShareData[]).map(({ id }) => id)).toContain(share.id);
    const inherited = async (of: string): Promise<ShareData[]> => {
      const query = new URLSearchParams({ path: of });
      return (await ocs(server, 'GET', `${sharesPath}/inherited?${query}`)).data as ShareData[];
    };
    const above = await inherited(`${path}/below`);
    expect(above.find(({ id }) => id === share.id)).toMatchObject({ permissions: 4, via_path: path });
    expect((await inherited(path)).map(({ id }) => id)).not.toContain(share.id);
  });

  facts.add('lists of a path that is not there are 404', async (server) => {
    const query = new URLSearchParams({ path: `/${server.folder}/nowhere`, reshares: 'true' });
    expect((await ocs(server, 'GET', `${sharesPath}?${query}`)).status).toBe(404);
    expect((await ocs(server, 'GET', `${sharesPath}/inherited?${query}`)).status).toBe(404);
  });

  facts.add('an unknown share is 404 to read, change and delete', async (server) => {
    const none = `${sharesPath}/2147483600`;
    expect((await ocs(server, 'GET', none)).status).toBe(404);
    expect((await ocs(server, 'PUT', none, { form: { permissions: '4' } })).status).toBe(404);
    expect((await ocs(server, 'DELETE', none)).status).toBe(404);
  });

  facts.add('the path of a share follows its folder', async (server) => {
    const { share } = await sharedOnce(server);
    const move = async (from: string, to: string): Promise<void> => {
      const destination = `${server.url}/remote.php/dav/files/${server.user}/${server.folder}/${to}`;
      expect((await dav(server, 'MOVE', from, { headers: { destination } })).status).toBe(201);
    };
    await move('settings', 'elsewhere');
    const [read] = (await ocs(server, 'GET', `${sharesPath}/${share.id}`)).data as ShareData[];
    expect(read).toMatchObject({ path: `/${server.folder}/elsewhere`, item_source: share.item_source });
    await move('elsewhere', 'settings');
  });
};

/** The one share that the facts about settings and lists are about; each leaves it as it found it. */
const sharedOnce = async (server: Server): Promise<{ share: ShareData }> => {
  await dav(server, 'MKCOL', 'settings');
  const path = `/${server.folder}/settings`;
  const there = await ocs(server, 'GET', `${sharesPath}?${new URLSearchParams({ path })}`);
  const [share] = there.data as ShareData[];
  return share === undefined ? newShare(server, 'settings', { permissions: '4' }) : { share };
};

const limitFacts = (facts: Facts): void => {
  facts.add(
    'the twenty-first wish for a share in ten minutes is 429, empty, without Retry-After',
    async (server) => {
      const own = await newAccount(server);
      const wish = (path: string) => ocs(own, 'POST', sharesPath, { form: { path, shareType: '3' } });
      for (let i = 0; i < 20; i++) expect((await wish('/nowhere')).status).toBe(404);
      const refused = await wish('/');
      expect(refused).toMatchObject({ status: 429, text: '' });
      expect(refused.headers).not.toHaveProperty('retry-after');
      expect((await ocs(own, 'GET', sharesPath)).status).toBe(200);
    },
    'administrator',
  );

  facts.add(
    'an expired share is gone as soon as it is read',
    async (server) => {
      const { share } = await onNewFolder(server, 'expiring', { permissions: '4' });
      server.standin?.control.changeShare(share.id, { expiresOn: '2020-01-01' });
      expect((await ocs(server, 'GET', `${sharesPath}/${share.id}`)).status).toBe(404);
      expect(server.standin?.control.shares().map(({ id }) => id)).not.toContain(share.id);
    },
    'stand-in',
  );
};
