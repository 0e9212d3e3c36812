import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresAddress } from '../../db/client.ts';
import { findEmbeddedPostgres } from '../../db/embedded.ts';
import type { Surroundings } from '../compose/surroundings.ts';
import type { Config, NextcloudConfig } from '../config/config.ts';
import type { Log } from '../lib/log.ts';

/** Something is not as it must be for a start; the message says what to do. */
export class StartError extends Error {
  override name = 'StartError';
}

/** Where the stand-in of the demo keeps its files. */
export const standinDir = (config: Config): string => join(config.dataDir, 'nextcloud-standin');

/** The stand-in listens beside the portal, so that its address is the same at every start. */
export const standinPort = (config: Config): number => config.port + 1;

/** What a process of a running installation works with. @throws StartError when there is none */
export const findSurroundings = async (config: Config, log: Log): Promise<Surroundings> => ({
  config,
  log,
  database: await findDatabase(config),
  nextcloud: config.nextcloud ?? standinAccount(config),
});

const findDatabase = async (config: Config): Promise<PostgresAddress> => {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl };
  const running = await findEmbeddedPostgres({ dataDir: config.dataDir });
  if (running === undefined)
    throw new StartError(
      'The database of this folder is not running. Start everything with `npm start`, or set DATABASE_URL.',
    );
  return running;
};

/** The account that the demo uses on its stand-in; made by the stand-in at its first start. */
export const standinAccount = (config: Config): NextcloudConfig => {
  const path = join(standinDir(config), 'credentials.json');
  let users: { id: string; appPassword: string }[];
  try {
    users = JSON.parse(readFileSync(path, 'utf8')) as typeof users;
  } catch (error) {
    throw new StartError('The demo has not been started here yet. Start it with `npm start`.', {
      cause: error,
    });
  }
  const [user] = users;
  if (user === undefined) throw new StartError(`${path} names no account.`);
  return {
    url: new URL(`http://127.0.0.1:${standinPort(config)}`),
    user: user.id,
    appPassword: user.appPassword,
  };
};
