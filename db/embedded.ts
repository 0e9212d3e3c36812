import { prepareBinaries } from './embedded/binaries.ts';
import { prepareCluster } from './embedded/cluster.ts';
import { connectionTo, type EmbeddedConnection, withConnection } from './embedded/connection.ts';
import { codeOf, type EmbeddedLog, EmbeddedPostgresError, unless } from './embedded/error.ts';
import { existingPlace, settle } from './embedded/place.ts';
import { look } from './embedded/postmaster.ts';
import { type Context, ensureRunning, type Running, supervise } from './embedded/supervise.ts';

export { type EmbeddedConnection, type SocketConnection, socketConnectionOf } from './embedded/connection.ts';
export { type EmbeddedLog, EmbeddedPostgresError } from './embedded/error.ts';

export interface EmbeddedPostgres extends EmbeddedConnection {
  /** Whether the server was running already, or another start was faster. */
  readonly adopted: boolean;
  /** Changes when the server had to be started again. */
  readonly pid: number;
  /** Ends the server, also an adopted one, within 10 s. Close the pools first. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Made if it is missing. The cluster is below it, or below /var/lib where PostgreSQL's account can't reach it. */
  dataDir: string;
  log: EmbeddedLog;
  /** Further lines for a new cluster's postgresql.conf. */
  settings?: Readonly<Record<string, string>>;
}

/**
 * Starts the PostgreSQL that npm carries on `dataDir`, or takes up the one that already runs there, and keeps it
 * running until `stop`. It lives in a session of its own: it survives the end of this process, `kill -9` too, and
 * is found again by the next start. Safe to call from several processes at once; a server that one of them stops
 * is started again by another that still needs it.
 *
 * Fails with `EmbeddedPostgresError`, whose message says what to do.
 */
export const startEmbeddedPostgres = (options: EmbeddedOptions): Promise<EmbeddedPostgres> =>
  inWords(options.dataDir, async () => {
    const { log } = options;
    const home = await settle(options.dataDir, log);
    const binaries = await prepareBinaries(home.switchTo);
    await prepareCluster(home, binaries, options.settings ?? {});
    const context: Context = { home, binaries, log };
    const running = await ensureRunning(context);
    const details = { pid: running.pid, adopted: running.adopted, cluster: home.cluster };
    if (home.switchTo === undefined) log.info(details, 'embedded PostgreSQL is ready');
    else {
      const { name, uid } = home.switchTo;
      log.info(
        { ...details, account: name ?? uid, binary: binaries.postgres },
        'embedded PostgreSQL is ready; it may not run as root, so it runs under another account',
      );
    }
    return supervised(context, running);
  });

const supervised = (context: Context, first: Running): EmbeddedPostgres => {
  const supervisor = supervise(context, first);
  let stopped: Promise<void> | undefined;
  return {
    ...connectionTo(first.socketDir),
    adopted: first.adopted,
    get pid() {
      return supervisor.pid();
    },
    stop: () => {
      stopped ??= supervisor.stop();
      return stopped;
    },
  };
};

/**
 * The embedded server that runs on `dataDir` and takes connections, or `undefined`. Starts and changes nothing.
 * Fails with `EmbeddedPostgresError` where this account may not look.
 */
export const findEmbeddedPostgres = (options: {
  dataDir: string;
}): Promise<(EmbeddedConnection & { pid: number }) | undefined> =>
  inWords(options.dataDir, async () => {
    const place = await existingPlace(options.dataDir);
    if (place === undefined) return undefined;
    const seen = await look(place);
    if (seen.state !== 'ready') return undefined;
    const reach = connectionTo(seen.socketDir);
    const answer = withConnection(reach.connection, (sql) => sql`select 1`);
    const answered = await unless(['ECONNREFUSED', 'ENOENT'], answer);
    return answered === undefined ? undefined : { ...reach, pid: seen.pid };
  });

/** Folders that belong to somebody else are the one trouble that can come up at any step. */
const inWords = async <T>(dataDir: string, task: () => Promise<T>): Promise<T> => {
  try {
    return await task();
  } catch (cause) {
    if (!['EACCES', 'EPERM'].includes(codeOf(cause) ?? '')) throw cause;
    const path: unknown = cause instanceof Error ? Reflect.get(cause, 'path') : undefined;
    throw new EmbeddedPostgresError(
      `${typeof path === 'string' ? path : dataDir} belongs to another account: use the one that started Uketori before, or give this one the data folder (chown -R).`,
      { cause },
    );
  }
};
