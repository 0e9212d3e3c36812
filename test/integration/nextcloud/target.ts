import { randomBytes } from 'node:crypto';
import { silentLog } from '../../../server/lib/log.ts';
import { createNextcloud, type Nextcloud } from '../../../server/nextcloud/index.ts';
import { startStandin } from '../../standins/nextcloud/standin.ts';

/** The stand-in, or the real server that `NEXTCLOUD_URL`, `_USER`, `_APP_PASSWORD` and `_LOGIN_PASSWORD` name. */
export interface Target {
  nextcloud: Nextcloud;
  baseUrl: URL;
  user: string;
  appPassword: string;
  loginPassword: string | undefined;
  /** A folder of this run's own. */
  folder: string;
  close(): Promise<void>;
}

export const openTarget = async (): Promise<Target> => {
  const server = realServer() ?? (await standin());
  const { baseUrl, user, appPassword } = server;
  const nextcloud = createNextcloud({ baseUrl, user, appPassword, log: silentLog });
  const folder = `/client-${randomBytes(6).toString('hex')}`;
  await nextcloud.files.makeDirectory(folder);
  return {
    ...server,
    nextcloud,
    folder,
    async close() {
      await nextcloud.files.remove(folder);
      await nextcloud.close();
      await server.stop();
    },
  };
};

const realServer = () => {
  const { NEXTCLOUD_URL, NEXTCLOUD_USER, NEXTCLOUD_APP_PASSWORD, NEXTCLOUD_LOGIN_PASSWORD } = process.env;
  if (NEXTCLOUD_URL === undefined) return undefined;
  if (NEXTCLOUD_USER === undefined || NEXTCLOUD_APP_PASSWORD === undefined)
    throw new Error('NEXTCLOUD_URL without NEXTCLOUD_USER and NEXTCLOUD_APP_PASSWORD');
  return {
    baseUrl: new URL(NEXTCLOUD_URL),
    user: NEXTCLOUD_USER,
    appPassword: NEXTCLOUD_APP_PASSWORD,
    loginPassword: NEXTCLOUD_LOGIN_PASSWORD,
    stop: () => Promise.resolve(),
  };
};

const standin = async () => {
  const started = await startStandin();
  return {
    baseUrl: new URL(started.url),
    user: started.user.id,
    appPassword: started.user.appPassword,
    loginPassword: started.user.loginPassword,
    stop: () => started.close(),
  };
};

export const wholeOf = async (body: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
};
