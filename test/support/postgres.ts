import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, statfs } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../db/embedded.ts';

/** Fits `PostgresAddress` of `db/client.ts`. */
export type TestAddress = { url: string } | { socketDir: string; user: string; database: string };

export interface TestDatabase {
  /** For `openDatabase`. */
  address: TestAddress;
  /** For pg and libpq; postgres.js takes it only where it names a host. */
  url: string;
  name: string;
  /** Opens a postgres.js pool on it. Close it yourself. */
  connect(options?: postgres.Options<Record<string, postgres.PostgresType>>): postgres.Sql;
  /** Cuts all connections and deletes it. */
  drop(): Promise<void>;
}

const repository = fileURLToPath(new URL('../..', import.meta.url));
const short = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
const silent = { info: () => {}, warn: () => {}, error: () => {} };

let shared: Promise<EmbeddedPostgres> | undefined;

/**
 * Where the shared server's files are: in memory where there is plenty, because making a database means making
 * 300 files (measured: 30 ms in memory, 300 ms on an ext4 disk).
 */
const sharedFolder = async (): Promise<string> => {
  const memory = await statfs('/dev/shm').catch(() => undefined);
  const free = memory === undefined ? 0 : memory.bavail * memory.bsize;
  const parent = process.platform === 'linux' && free > 2 * 1024 ** 3 ? '/dev/shm' : tmpdir();
  return join(parent, `uketori-test-${short(`${repository} ${process.getuid?.()}`)}`);
};

/**
 * One server for all test processes of this checkout, which stays for the next run; unlike the real one it doesn't
 * wait for the disk. Tests that kill their server start one of their own.
 */
const sharedServer = (): Promise<EmbeddedPostgres> => {
  shared ??= sharedFolder().then((dataDir) =>
    startEmbeddedPostgres({
      dataDir,
      log: { ...silent, error: (details, message) => console.error(message, details) },
      settings: {
        max_connections: '400',
        max_wal_size: '64MB',
        fsync: 'off',
        synchronous_commit: 'off',
        full_page_writes: 'off',
      },
    }),
  );
  return shared;
};

/** Ends the server that the tests share; the next test starts it again. */
export const stopTestPostgres = async (): Promise<void> => {
  const server = await sharedServer();
  shared = undefined;
  await server.stop();
};

/** How to reach a database by name, on the server of TEST_DATABASE_URL or else the shared embedded one. */
const reach = async (name: string): Promise<Pick<TestDatabase, 'address' | 'url' | 'connect'>> => {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined && given !== '') {
    const url = new URL(given);
    url.pathname = `/${name}`;
    return {
      address: { url: url.href },
      url: url.href,
      connect: (options = {}) => postgres(url.href, options),
    };
  }
  const { socketDir, user, connection, url } = await sharedServer();
  return {
    address: { socketDir, user, database: name },
    url: url.replace('/uketori?', `/${name}?`),
    connect: (options = {}) => postgres({ ...connection, ...options, database: name }),
  };
};

/** One number for the advisory lock that lets one test process make or drop databases at a time. */
const lockNumber = 7_081_512;

/** Runs a task on the maintenance database, while no other test process does. */
const exclusively = async <T>(task: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
  const sql = (await reach('postgres')).connect({ max: 1, onnotice: () => {} });
  try {
    await sql`select pg_advisory_lock(${lockNumber})`;
    return await task(sql);
  } finally {
    await sql.end({ timeout: 2 });
  }
};

/** Changes with what a migrated database depends on: the migrations, and the job queue's version in the lockfile. */
const migrationsKey = async (): Promise<string> => {
  const folder = join(repository, 'db', 'migrations');
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files = names.filter((name) => /\.(sql|json)$/.test(name)).sort();
  const contents = [...files.map((name) => join(folder, name)), join(repository, 'package-lock.json')];
  const hashes = await Promise.all(contents.map(async (path) => short(await readFile(path))));
  return short([repository, ...files, ...hashes].join('\n'));
};

const templatePrefix = 'uketori_template_';
const testPrefix = `uketori_test_${short(hostname())}_`;
const abandonedAfterSeconds = 6 * 3600;

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
};

/** Of a process of this machine that has ended, or so old that no test can still be using it. */
const isAbandoned = (name: string): boolean => {
  const parts = /^uketori_test_([0-9a-f]{8})_(\d+)_(\d+)_/.exec(name);
  if (parts === null) return false;
  const [, , pid, seconds] = parts;
  if (Date.now() / 1000 - Number(seconds) > abandonedAfterSeconds) return true;
  return name.startsWith(testPrefix) && isGone(Number(pid));
};

const dropDatabase = async (sql: postgres.Sql, name: string): Promise<void> => {
  await sql.unsafe(`drop database if exists ${name} with (force)`);
};

const dropAbandoned = async (sql: postgres.Sql): Promise<void> => {
  const rows = await sql<
    { datname: string }[]
  >`select datname from pg_database where datname like 'uketori_test_%'`;
  for (const { datname } of rows) if (isAbandoned(datname)) await dropDatabase(sql, datname);
};

/** Migrated once for each state of the migrations. Made under another name and renamed: half a template is none. */
const ensureTemplate = async (
  sql: postgres.Sql,
  migrate: (address: TestAddress) => Promise<void>,
): Promise<string> => {
  const key = await migrationsKey();
  const template = `${templatePrefix}${key}_${short(migrate.toString())}`;
  const rows = await sql<
    { datname: string }[]
  >`select datname from pg_database where datname like ${`${templatePrefix}%`}`;
  if (rows.some(({ datname }) => datname === template)) return template;
  // Templates of other checkouts on a shared server are theirs; they are made again when missed.
  for (const { datname } of rows)
    if (!datname.startsWith(templatePrefix + key)) await dropDatabase(sql, datname);
  await dropDatabase(sql, `${template}_draft`);
  await sql.unsafe(`create database ${template}_draft`);
  await migrate((await reach(`${template}_draft`)).address);
  await sql.unsafe(`alter database ${template}_draft rename to ${template}`);
  return template;
};

/**
 * A database of its own for a test file, migrated by `migrate` (which runs only when the template has to be made)
 * or empty without it. Also deletes what test processes that have ended left behind.
 */
export const createTestDatabase = async (
  migrate?: (address: TestAddress) => Promise<void>,
): Promise<TestDatabase> => {
  const seconds = Math.floor(Date.now() / 1000);
  const name = `${testPrefix}${process.pid}_${seconds}_${randomBytes(4).toString('hex')}`;
  await exclusively(async (sql) => {
    await dropAbandoned(sql);
    const template = migrate === undefined ? 'template1' : await ensureTemplate(sql, migrate);
    await sql.unsafe(`create database ${name} template ${template}`);
  });
  return { ...(await reach(name)), name, drop: () => exclusively((sql) => dropDatabase(sql, name)) };
};
