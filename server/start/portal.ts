import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { composePortal } from '../compose/portal.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../lib/log.ts';
import { guardProcess, onEnd, tellSupervisor } from './process.ts';
import { migrateWhenReachable, provision } from './provision.ts';
import { findSurroundings, StartError } from './surroundings.ts';

/** Node cuts no request because it is long: a large file over a slow line takes hours. */
const requestTimeoutMs = 0;
const headersTimeoutMs = 30_000;
/** A connection on which nothing moves, either way, is cut. */
const idleTimeoutMs = 5 * 60_000;
const keepAliveTimeoutMs = 75_000;
/** What is still answered then is cut. */
const stopLimitMs = 6_000;

/** Runs the portal in this process until it is told to end. */
export const runPortal = async (config: Config, log: Log): Promise<void> => {
  const surroundings = await findSurroundings(config, log);
  await migrateWhenReachable(surroundings.database, log);
  const portal = await composePortal(surroundings);
  guardProcess(log, () => portal.portal.db.renew());
  const administrator = await provision(portal.portal.intake, config);
  if (administrator !== undefined)
    console.log(
      `First start. Staff sign in as ${administrator.login} with the password ${administrator.password}`,
    );
  const server = await listen(config, portal.app.fetch);
  log.info({ host: config.host, port: config.port }, 'the portal listens');
  tellSupervisor({ ready: true });
  onEnd(() => {
    log.info('the portal ends');
    return stop(server, portal);
  });
};

const listen = (config: Config, fetch: Parameters<typeof serve>[0]['fetch']): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch,
        hostname: config.host,
        port: config.port,
        serverOptions: {
          requestTimeout: requestTimeoutMs,
          headersTimeout: headersTimeoutMs,
          keepAliveTimeout: keepAliveTimeoutMs,
        },
      },
      () => resolve(server),
    ) as Server;
    server.timeout = idleTimeoutMs;
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new StartError(`Port ${config.port} is taken by another program. Set PORT to a free one.`)
          : error,
      );
    });
  });

const stop = async (server: Server, portal: Awaited<ReturnType<typeof composePortal>>): Promise<void> => {
  const closed = new Promise((resolve) => {
    server.close(resolve);
  });
  server.closeIdleConnections();
  portal.releaseUploads();
  const rested = portal.stopWork();
  const cut = setTimeout(() => server.closeAllConnections(), stopLimitMs);
  await closed;
  clearTimeout(cut);
  await rested;
  await portal.close();
};
