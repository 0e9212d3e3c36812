import { randomBytes } from 'node:crypto';
import { defaultUsers, type StandinUser } from '../../standins/nextcloud/options.ts';
import { type Standin, startStandin } from '../../standins/nextcloud/standin.ts';
import { Cloud, type CloudAccount } from './cloud.ts';

/** The Nextcloud that the portals work with. */
export interface Target {
  name: string;
  account: CloudAccount;
  cloud: Cloud;
  /** Folder below which requests get theirs. */
  root: string;
  /** What only a stand-in lets be done to it; undefined for a real Nextcloud. */
  standin: { server: Standin; user: StandinUser } | undefined;
  /** @param uploadIds whose parts may be left in a real one */
  close(uploadIds: readonly string[]): Promise<void>;
}

/** A stand-in, or the real one that NEXTCLOUD_URL, NEXTCLOUD_USER and NEXTCLOUD_APP_PASSWORD name. */
export const openTarget = (environment: Record<string, string | undefined>): Promise<Target> => {
  const { NEXTCLOUD_URL: url, NEXTCLOUD_USER: user, NEXTCLOUD_APP_PASSWORD: appPassword } = environment;
  if (url === undefined || user === undefined || appPassword === undefined) return openStandin();
  return openReal({ url: url.replace(/\/+$/, ''), user, appPassword });
};

const openStandin = async (): Promise<Target> => {
  // Its quota is changed on the way.
  const users = defaultUsers.map((user) => ({ ...user }));
  const server = await startStandin({ users, workers: 8, requestCostMs: 5 });
  const account = { url: server.url, user: server.user.id, appPassword: server.user.appPassword };
  return {
    name: 'the stand-in',
    account,
    cloud: await Cloud.open(account),
    root: '/Uketori',
    standin: { server, user: server.user },
    close: () => server.close(),
  };
};

const openReal = async (account: CloudAccount): Promise<Target> => {
  const cloud = await Cloud.open(account);
  const root = `/Uketori-faults-${randomBytes(4).toString('hex')}`;
  const status = (await (await fetch(`${account.url}/status.php`)).json()) as { versionstring: string };
  return {
    name: `Nextcloud ${status.versionstring}`,
    account,
    cloud,
    root,
    standin: undefined,
    async close(uploadIds) {
      await cloud.remove(root);
      const folders = new Set(uploadIds.map((id) => `uketori-${id}`));
      for (const name of await cloud.uploadFolders())
        if (folders.has(name)) await cloud.removeUploadFolder(name);
    },
  };
};
