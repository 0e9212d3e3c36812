import { cp, mkdir, readFile, realpath, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import postgres from 'postgres';
import { afterEach, describe, expect, it } from 'vitest';
import { EmbeddedPostgresError, findEmbeddedPostgres, socketConnectionOf } from '../../../db/embedded.ts';
import {
  chownAll,
  embeddedInChild,
  endEmbedded,
  newDataDir,
  removeLater,
  startForTest as start,
} from '../../support/embedded.ts';

const ask = async <T>(connection: postgres.Options<Record<string, never>>, query: string): Promise<T[]> => {
  const sql = postgres({ ...connection, max: 1 });
  try {
    return [...(await sql.unsafe<T[]>(query))] as T[];
  } finally {
    await sql.end();
  }
};
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

afterEach(endEmbedded);

describe('the embedded PostgreSQL', () => {
  it('starts on an empty folder and serves postgres.js and pg through a socket, and no port', async () => {
    const server = await start(await newDataDir());
    const [row] = await ask<{
      database: string;
      listen: string;
      fsync: string;
      encoding: string;
      lower: string;
    }>(
      server.connection,
      `select current_database() as database, current_setting('listen_addresses') as listen,
         current_setting('fsync') as fsync, current_setting('server_encoding') as encoding, lower('ÄÉ') as lower`,
    );
    expect(row).toEqual({ database: 'uketori', listen: '', fsync: 'on', encoding: 'UTF8', lower: 'äé' });

    const client = new Client({ connectionString: server.url });
    await client.connect();
    expect((await client.query('select current_user as user')).rows).toEqual([{ user: 'uketori' }]);
    await client.end();
    expect(socketConnectionOf(server.url)).toEqual(server.connection);
    expect(socketConnectionOf('postgresql://a:b@example.org/c')).toBeUndefined();
    expect((await stat(server.socketDir)).mode & 0o777).toBe(0o700);
  });

  it('keeps its data over a stop, and is gone after it', async () => {
    const dataDir = await newDataDir();
    const first = await start(dataDir);
    const { pid } = first;
    expect(await findEmbeddedPostgres({ dataDir })).toMatchObject({ pid, socketDir: first.socketDir });
    await ask(first.connection, 'create table kept as select 42 as value');
    await first.stop();
    expect(isRunning(pid)).toBe(false);
    expect(await findEmbeddedPostgres({ dataDir })).toBeUndefined();

    const second = await start(dataDir);
    expect(second.adopted).toBe(false);
    expect(await ask(second.connection, 'select value from kept')).toEqual([{ value: 42 }]);
  });

  it('finds nothing where nothing was started, and makes nothing', async () => {
    const dataDir = join(await newDataDir(), 'missing');
    expect(await findEmbeddedPostgres({ dataDir })).toBeUndefined();
    await expect(stat(dataDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is one server when two processes start it in the same moment on an empty folder', async () => {
    const dataDir = await newDataDir();
    const [one, two] = await Promise.all([embeddedInChild(dataDir), embeddedInChild(dataDir)]);
    expect(one.started.pid).toBe(two.started.pid);
    expect(one.started.adopted).not.toBe(two.started.adopted);
    expect(await findEmbeddedPostgres({ dataDir })).toMatchObject({ pid: one.started.pid });
  });

  it('refuses data of another major version with words that name both, and leaves them alone', async () => {
    const dataDir = await newDataDir();
    const server = await start(dataDir);
    await server.stop();
    const versionFile = join(dataDir, 'postgres', 'PG_VERSION');
    const version = await readFile(versionFile, 'utf8');
    await writeFile(versionFile, '14\n');
    const refused = start(dataDir);
    await expect(refused).rejects.toBeInstanceOf(EmbeddedPostgresError);
    await expect(refused).rejects.toThrow(new RegExp(`PostgreSQL 14.*PostgreSQL ${version.trim()}`));
    await writeFile(versionFile, version);
    expect((await start(dataDir)).adopted).toBe(false);
  });

  it('refuses a folder that holds something else', async () => {
    const dataDir = await newDataDir();
    await mkdir(join(dataDir, 'postgres'));
    await writeFile(join(dataDir, 'postgres', 'letter.txt'), 'dear');
    await expect(start(dataDir)).rejects.toThrow(/no PG_VERSION/);
    await unlink(join(dataDir, 'postgres', 'letter.txt'));
    expect((await start(dataDir)).adopted).toBe(false);
  });

  it('says what PostgreSQL said when it does not start', async () => {
    const dataDir = await newDataDir();
    const server = await start(dataDir);
    await server.stop();
    const settings = join(dataDir, 'postgres', 'postgresql.conf');
    const good = await readFile(settings, 'utf8');
    await writeFile(settings, `${good}\nno_such_setting = 1\n`);
    await expect(start(dataDir)).rejects.toThrow(/no_such_setting/);
    await writeFile(settings, good);
    expect((await start(dataDir)).adopted).toBe(false);
  });

  it('moves its socket out of a folder whose path is too long for one', async () => {
    const dataDir = join(await newDataDir(), 'a'.repeat(60), 'ü'.repeat(40));
    const server = await start(dataDir);
    removeLater(server.socketDir);
    expect(Buffer.byteLength(join(dataDir, 'postgres.run', '.s.PGSQL.5432'))).toBeGreaterThan(107);
    expect(dirname(server.socketDir)).toBe(await realpath(tmpdir()));
    expect((await stat(server.socketDir)).mode & 0o777).toBe(0o700);
    expect(await ask(server.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await findEmbeddedPostgres({ dataDir })).toMatchObject({ socketDir: server.socketDir });
  });

  it('takes names with spaces, commas and quotes in the path', async () => {
    const server = await start(join(await newDataDir(), 'my "data", it\'s 100%'));
    expect(await ask(server.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.end();
  });

  it('never takes the server of another folder for its own, though a copied file names it', async () => {
    const dataDir = await newDataDir();
    await (await start(dataDir)).stop();
    const copyDir = await newDataDir();
    await cp(dataDir, copyDir, { recursive: true, preserveTimestamps: true });
    const { uid, gid } = await stat(join(dataDir, 'postgres'));
    await chownAll(join(copyDir, 'postgres'), uid, gid);
    await chownAll(join(copyDir, 'postgres.run'), uid, gid);
    const original = await start(dataDir);
    await cp(join(dataDir, 'postgres', 'postmaster.pid'), join(copyDir, 'postgres', 'postmaster.pid'));
    const copy = await start(copyDir);
    expect(copy.pid).not.toBe(original.pid);
    expect(isRunning(original.pid)).toBe(true);
    const folders = await Promise.all(
      [original, copy].map(({ connection }) =>
        ask(connection, `select current_setting('data_directory') as at`),
      ),
    );
    expect(folders).toEqual([dataDir, copyDir].map((folder) => [{ at: join(folder, 'postgres') }]));
  });
});
