import { join } from 'node:path';
import postgres from 'postgres';
import { codeOf } from './error.ts';

/** The role and the database that the portal uses on its embedded server. */
export const databaseUser = 'uketori';
export const databaseName = 'uketori';

/** Part of the socket's file name; nothing listens on a network port. */
const port = 5432;

export const socketFile = (socketDir: string): string => join(socketDir, `.s.PGSQL.${port}`);

/** Options for postgres.js that reach a server through its Unix socket. */
export interface SocketConnection {
  path: string;
  username: string;
  database: string;
  password?: string;
}

/** The same server in both clients' words. */
export interface EmbeddedConnection {
  socketDir: string;
  user: string;
  database: string;
  /** For postgres.js, which can't take a socket in a URL. */
  connection: SocketConnection;
  /** For pg (graphile-worker) and libpq's tools. */
  url: string;
}

/** How to reach a database of the server that listens in `socketDir`. */
export const connectionTo = (socketDir: string, database: string = databaseName): EmbeddedConnection => ({
  socketDir,
  user: databaseUser,
  database,
  connection: { path: socketFile(socketDir), username: databaseUser, database },
  // pg and libpq let `host` in the query win; the name before it only keeps the URL well-formed.
  url: `postgresql://${databaseUser}@localhost/${encodeURIComponent(database)}?host=${encodeURIComponent(socketDir)}&port=${port}`,
});

/**
 * Options for postgres.js where a URL means a Unix socket (`?host=/folder`, or the folder percent-encoded in
 * the host's place, as libpq takes both); `undefined` where it names a host, which postgres.js reads by itself.
 */
export const socketConnectionOf = (url: string): SocketConnection | undefined => {
  const { hostname, searchParams, username, password, pathname, port: urlPort } = new URL(url);
  const folder = searchParams.get('host') ?? decodeURIComponent(hostname);
  if (!folder.startsWith('/')) return undefined;
  const socketPort = searchParams.get('port') ?? (urlPort === '' ? port : urlPort);
  const name = decodeURIComponent(username);
  return {
    path: join(folder, `.s.PGSQL.${socketPort}`),
    username: name,
    database: pathname.length > 1 ? decodeURIComponent(pathname.slice(1)) : name,
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
};

/** Runs one task on a connection of its own and closes it. */
export const withConnection = async <T>(
  connection: SocketConnection,
  task: (sql: postgres.Sql) => Promise<T>,
): Promise<T> => {
  const sql = postgres({ ...connection, max: 1, connect_timeout: 5, fetch_types: false, onnotice: () => {} });
  try {
    return await task(sql);
  } finally {
    await sql.end({ timeout: 2 });
  }
};

const duplicateDatabase = '42P04';
const uniqueViolation = '23505';

/** Connects once, and makes the portal's database where it isn't there yet. */
export const ensureDatabase = (socketDir: string): Promise<void> =>
  withConnection(connectionTo(socketDir, 'postgres').connection, async (sql) => {
    const found = await sql`select 1 from pg_database where datname = ${databaseName}`;
    if (found.length > 0) return;
    try {
      await sql.unsafe(`create database ${databaseName}`);
    } catch (error) {
      // Another start made it in the same moment.
      if (![duplicateDatabase, uniqueViolation].includes(codeOf(error) ?? '')) throw error;
    }
  });
