import { createHash } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import { silentLog } from '../../server/lib/log.ts';
import { createNextcloud } from '../../server/nextcloud/index.ts';

/** How an account of a Nextcloud is reached. */
export interface CloudAccount {
  /** Without a slash at the end. */
  url: string;
  user: string;
  appPassword: string;
}

/** The Nextcloud that is measured against, as the bench itself uses it: outside what is timed. Paths are user-relative. */
export interface Cloud extends CloudAccount {
  /** Nextcloud's own name for the account. */
  readonly userId: string;
  /** '32.0.1' */
  readonly version: string;
  makeFolder(path: string): Promise<void>;
  /** Of what is stored there, read back. */
  sha256(path: string): Promise<string>;
  /** A folder that is deleted leaves its shares in Nextcloud's table. */
  removeShares(path: string): Promise<void>;
  /** Past the trash bin. What is not there is removed already. */
  remove(path: string): Promise<void>;
  /** Names of the folders in which parts of uploads are collected. */
  partFolders(): Promise<string[]>;
  removePartFolder(name: string): Promise<void>;
  /** Empties the trash bin of what others have deleted below a folder. */
  removeFromTrash(path: string): Promise<void>;
  close(): Promise<void>;
}

/** For HTTP by hand: an address below the server's, and the sign-in. */
export const davOf = (account: CloudAccount & { userId: string }) => {
  const encode = (path: string) => path.split('/').map(encodeURIComponent).join('/');
  const at = (collection: string, path: string) =>
    `${account.url}/remote.php/dav/${collection}/${encodeURIComponent(account.userId)}${encode(path)}`;
  const credentials = Buffer.from(`${account.user}:${account.appPassword}`).toString('base64');
  return { at, authorization: `Basic ${credentials}` };
};

/** @throws Failure when the server can't be reached, or refuses the account */
export const openCloud = async (account: CloudAccount): Promise<Cloud> => {
  const address = { ...account, baseUrl: new URL(account.url), log: silentLog };
  const asking = createNextcloud(address);
  const [{ id: userId }, { version }] = await Promise.all([asking.me(), asking.status()]);
  await asking.close();
  const nextcloud = createNextcloud({ ...address, userId });
  const dav = davOf({ ...account, userId });
  return {
    ...account,
    userId,
    version,
    async makeFolder(path) {
      await nextcloud.files.makeDirectory(path);
    },
    async sha256(path) {
      const { body } = await nextcloud.files.get(path);
      const hash = createHash('sha256');
      for await (const chunk of body as AsyncIterable<Buffer>) hash.update(chunk);
      return hash.digest('hex');
    },
    async removeShares(path) {
      for (const share of await nextcloud.shares.listOn(path)) await nextcloud.shares.remove(share.id);
    },
    remove: (path) => removeAt(dav, dav.at('files', path)),
    partFolders: async () =>
      (await listAt(dav, dav.at('uploads', '/'))).map(({ href }) => nameOf(href)).slice(1),
    removePartFolder: (name) => removeAt(dav, dav.at('uploads', `/${name}`)),
    async removeFromTrash(path) {
      const lost = await listAt(dav, dav.at('trashbin', '/trash'), '<nc:trashbin-original-location/>');
      for (const { href, origin } of lost)
        if (`/${origin}/`.startsWith(`${path}/`))
          await removeAt(dav, dav.at('trashbin', `/trash/${nameOf(href)}`));
    },
    close: () => nextcloud.close(),
  };
};

type Dav = ReturnType<typeof davOf>;

const removeAt = async (dav: Dav, url: string): Promise<void> => {
  const headers = { authorization: dav.authorization, 'x-nc-skip-trashbin': 'true' };
  const reply = await fetch(url, { method: 'DELETE', headers });
  if (!reply.ok && reply.status !== 404) throw new Error(`not removed: ${reply.status} for ${url}`);
  await reply.arrayBuffer();
};

const parser = new XMLParser({
  removeNSPrefix: true,
  parseTagValue: false,
  isArray: (name) => name === 'response',
});

interface Listed {
  href: string;
  propstat?: { prop?: { 'trashbin-original-location'?: string } };
}

/** The folder itself and what is in it; nothing for a folder that is not there. */
const listAt = async (
  dav: Dav,
  url: string,
  property = '<d:resourcetype/>',
): Promise<{ href: string; origin: string }[]> => {
  const reply = await fetch(url, {
    method: 'PROPFIND',
    headers: { authorization: dav.authorization, depth: '1' },
    body: `<d:propfind xmlns:d="DAV:" xmlns:nc="http://nextcloud.org/ns"><d:prop>${property}</d:prop></d:propfind>`,
  });
  const text = await reply.text();
  if (reply.status === 404) return [];
  if (reply.status !== 207) throw new Error(`not listed: ${reply.status} for ${url}`);
  const { multistatus } = parser.parse(text) as { multistatus: { response?: Listed[] } };
  return (multistatus.response ?? []).map(({ href, propstat }) => ({
    href,
    origin: propstat?.prop?.['trashbin-original-location'] ?? '',
  }));
};

const nameOf = (href: string): string => decodeURIComponent(href.replace(/\/$/, '').split('/').at(-1) ?? '');
