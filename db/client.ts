import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { connectionTo, socketConnectionOf } from './embedded/connection.ts';
import * as schema from './schema/index.ts';

/** Where a PostgreSQL is: a URL, or the Unix socket of the embedded one. */
export type PostgresAddress = { url: string } | { socketDir: string; user: string; database: string };

type Orm = PostgresJsDatabase<typeof schema>;

/** What a query runs on: the database, or a transaction of it. */
export type Queryable = Pick<Orm, 'select' | 'insert' | 'update' | 'delete' | 'execute'>;

export interface Database extends Queryable {
  /** Commits when `work` returns, rolls back when it throws. Nothing but queries belongs inside. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Calls back for each NOTIFY on the channel, and once after every (re)connection, when some may have been missed. */
  listen(channel: string, onNotify: (payload: string | undefined) => void): Promise<() => Promise<void>>;
  /** Throws every connection away and starts with new ones. Queries under way are rejected. */
  renew(): void;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Most connections at once. */
  connections?: number;
  /** Shown in `pg_stat_activity`. */
  name?: string;
}

interface Listener {
  channel: string;
  onNotify: (payload: string | undefined) => void;
  stop: () => Promise<void>;
}

/** One pool of postgres.js, which by itself understands neither a socket in a URL nor every folder name as a host. */
export const connect = (
  address: PostgresAddress,
  options: postgres.Options<Record<string, never>>,
): postgres.Sql => {
  if ('socketDir' in address)
    return postgres({ ...options, ...connectionTo(address.socketDir, address.database).connection });
  const socket = socketConnectionOf(address.url);
  return socket === undefined ? postgres(address.url, options) : postgres({ ...options, ...socket });
};

const open = (address: PostgresAddress, options: DatabaseOptions): postgres.Sql =>
  connect(address, {
    max: options.connections ?? 10,
    connect_timeout: 5,
    idle_timeout: 60,
    backoff: (retries: number) => Math.min(2, 0.05 * 2 ** retries),
    connection: { application_name: options.name ?? 'uketori' },
    onnotice: () => undefined,
  });

/**
 * The same client, which keeps each statement prepared on its connection: drizzle asks for that only where queries are
 * named one by one. Parsing and planning took 70 % of the database's time for an upload (measured on PostgreSQL 18).
 */
const keepingPlans = <S extends postgres.Sql>(sql: S): S =>
  new Proxy(sql, {
    get(target, key, receiver) {
      if (key === 'unsafe')
        return (query: string, parameters?: never[], options?: object) =>
          target.unsafe(query, parameters, { ...options, prepare: true });
      if (key === 'begin')
        return (...words: [...string[], (tx: postgres.Sql) => Promise<unknown>]) => {
          const work = words.pop() as (tx: postgres.Sql) => Promise<unknown>;
          return target.begin(words.join(' '), (tx) => work(keepingPlans(tx as unknown as postgres.Sql)));
        };
      return Reflect.get(target, key, receiver) as unknown;
    },
  });

/**
 * Opens a pool. Nothing is connected until the first query.
 *
 * Danger: postgres.js 3.4.9 can lose a connection slot, or throw where nobody can catch it, when the server
 * goes away in the middle of a write. `renew` gets over both; `isLostConnectionBug` knows the throw.
 */
export const openDatabase = (address: PostgresAddress, options: DatabaseOptions = {}): Database => {
  let sql = open(address, options);
  let orm: Orm = drizzle(keepingPlans(sql), { schema });
  const listeners = new Set<Listener>();

  const subscribe = async (listener: Listener) => {
    const { unlisten } = await sql.listen(
      listener.channel,
      (payload) => listener.onNotify(payload),
      () => listener.onNotify(undefined),
    );
    listener.stop = unlisten;
  };

  return {
    select: (...args: []) => orm.select(...args),
    insert: ((table: Parameters<Orm['insert']>[0]) => orm.insert(table)) as Orm['insert'],
    update: ((table: Parameters<Orm['update']>[0]) => orm.update(table)) as Orm['update'],
    delete: ((table: Parameters<Orm['delete']>[0]) => orm.delete(table)) as Orm['delete'],
    execute: ((query: Parameters<Orm['execute']>[0]) => orm.execute(query)) as Orm['execute'],
    transaction: (work) => orm.transaction((tx) => work(tx)),
    async listen(channel, onNotify) {
      const listener: Listener = { channel, onNotify, stop: () => Promise.resolve() };
      listeners.add(listener);
      await subscribe(listener);
      return async () => {
        listeners.delete(listener);
        await listener.stop().catch(() => undefined);
      };
    },
    renew() {
      const old = sql;
      sql = open(address, options);
      orm = drizzle(keepingPlans(sql), { schema });
      old.end({ timeout: 0 }).catch(() => undefined);
      for (const listener of listeners) subscribe(listener).catch(() => undefined);
    },
    close: () => sql.end({ timeout: 5 }),
  };
};

/** The throw of postgres.js from inside a timer, after its socket has gone: harmless once the pool is renewed. */
export const isLostConnectionBug = (error: unknown): boolean =>
  error instanceof TypeError &&
  /node_modules\/postgres\/(src|cjs\/src)\/connection\.js/.test(error.stack ?? '');
