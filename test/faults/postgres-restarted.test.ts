import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../db/client.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../db/embedded.ts';
import { silentLog } from '../../server/lib/log.ts';
import { type ProductProcess, until } from '../support/processes.ts';
import { startProxy } from './support/proxy.ts';
import { ask, Sender } from './support/sender.ts';
import { filesBelow, newFolder, openSite, type Site, storedIn } from './support/site.ts';

const MiB = 1024 * 1024;

/** It may be killed: no other test uses it. */
let postgres: EmbeddedPostgres;
let dataDir: string;
let site: Site;
let portal: ProductProcess & { port: number };
let importer: ProductProcess;

beforeAll(async () => {
  dataDir = await newFolder();
  postgres = await startEmbeddedPostgres({ dataDir, log: silentLog });
  site = await openSite({ address: { ...postgres }, url: postgres.url });
  portal = await site.startPortal();
  importer = await site.startImporter();
});

afterAll(async () => {
  await site.close();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const health = async (): Promise<{ status: number; database: string }> => {
  const { status, body } = await ask(portal.port, 'GET', '/healthz');
  return { status, ...(JSON.parse(body) as { database: string }) };
};

const isWell = async (): Promise<boolean> => (await health()).status === 200;

test('PostgreSQL stopped and started, and killed, while a file is sent: 503 meanwhile, going again within 30 s, no acknowledged offset lost', async () => {
  const token = await site.openRequest();
  const sender = await Sender.start(portal.port, token);
  const sending = await sender.create('scan.bin', randomBytes(48 * MiB));
  expect(await health()).toMatchObject({ status: 200, database: 'up' });
  let sent = false;
  // Small ones, so that there is something to be sent until the last fault is over.
  let pieceBytes: number | undefined = MiB / 32;
  const whole = sending.sendAll({ pieceBytes: () => pieceBytes, limitMs: 150_000 }).finally(() => {
    sent = true;
  });
  whole.catch(() => undefined);
  const goesOn = async () => {
    const before = sending.acknowledged.highestBytes;
    // A refusal says more than waiting in vain.
    const more = until('the upload to go on', 30_000, () => sending.acknowledged.highestBytes > before);
    await Promise.race([more, whole.then(() => more)]);
  };

  for (let round = 0; round < 3; round += 1) {
    await goesOn();
    await postgres.stop();
    await until('the portal to say so', 10_000, async () => (await health()).database === 'down');
    expect((await health()).status).toBe(503);
    const { status, headers, body } = await ask(portal.port, 'GET', `/r/${token}`);
    expect([status, JSON.parse(body)]).toMatchObject([503, { code: 'database.unavailable', retry: true }]);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    // A browser's client takes any other answer to this for "begin again from nothing".
    expect((await sending.head()).status).toBe(423);
    postgres = await startEmbeddedPostgres({ dataDir, log: silentLog });
    await until('the portal to be well again', 30_000, isWell);
    await goesOn();
  }
  for (let round = 0; round < 5; round += 1) {
    const { pid } = postgres;
    process.kill(pid, 'SIGKILL');
    await until('PostgreSQL to be started again', 30_000, () => postgres.pid !== pid);
    await until('the portal to be well again', 30_000, isWell);
    await goesOn();
  }
  // Otherwise nothing was at stake at the end.
  expect(sent).toBe(false);
  pieceBytes = undefined;

  expect(await whole).toBeGreaterThan(0);
  const sealed = await sender.finish(60_000);
  expect(await storedIn(site, sealed.receiptNumber)).toEqual([{ name: 'scan.bin', sha256: sending.sha256 }]);
  expect(sending.acknowledged.fallen).toEqual([]);
  await until('the import', 120_000, async () =>
    (await filesBelow(site.importDir)).some((path) => path.endsWith('manifest.json')),
  );
  // The very same processes.
  expect([portal.ended, importer.ended]).toEqual([undefined, undefined]);
});

test('after PostgreSQL was away for several heartbeats, nodes hear each other again: a half open upload moves to another node with its bytes', async () => {
  const other = await site.startPortal();
  const token = await site.openRequest();
  const takeOver = async () => {
    const line = await startProxy(portal.port);
    onTestFinished(() => line.close());
    const sender = await Sender.start(line.port, token);
    const sending = await sender.create('scan.bin', randomBytes(8 * MiB));
    line.freeze(4 * MiB);
    const abandoned = new AbortController();
    const patch = sending.patch(0, { signal: abandoned.signal }).catch(() => undefined);
    await until('the line to stand still', 10_000, () => line.passedBytes >= 4 * MiB);
    const { status, offsetBytes = 0 } = await sending.head(other.port);
    abandoned.abort();
    await patch;
    return { status, kept: offsetBytes > MiB };
  };
  expect(await takeOver()).toEqual({ status: 200, kept: true });

  const heard = portal.output().length;
  await postgres.stop();
  await until(
    'heartbeats to fail',
    60_000,
    () => portal.output().slice(heard).split('"task":"heartbeat"').length > 2,
  );
  postgres = await startEmbeddedPostgres({ dataDir, log: silentLog });
  await until('the portal to be well again', 30_000, isWell);
  // Each node listens again when its own connection is back, which `isWell` says of one of them alone.
  await until('nodes to hear each other', 30_000, async () => (await takeOver()).kept);
  expect([portal.ended, other.ended]).toEqual([undefined, undefined]);

  // Pools that were given up leave no connection behind.
  const sql = connect(postgres, { max: 1 });
  onTestFinished(() => sql.end());
  const listening = async (): Promise<number> => {
    const rows = await sql`
      select pid from pg_stat_activity where application_name = 'uketori portal' and query ilike 'listen%'`;
    return rows.length;
  };
  await until('both to listen on one connection each', 30_000, async () => (await listening()) === 2);
});
