import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../../db/embedded.ts';
import { silentLog } from '../../server/lib/log.ts';
import {
  endLimitMs,
  endProducts,
  freePorts,
  groupRuns,
  isAlive,
  launchProduct,
  type ProductProcess,
  signalGroup,
  startProduct,
  until,
} from '../support/processes.ts';
import { ask, Sender } from './support/sender.ts';
import { filesBelow, newFolder, sha256Of } from './support/site.ts';

afterEach(() => endProducts());

interface Demo {
  dir: string;
  port: number;
  start(): Promise<ProductProcess>;
  launch(): Promise<ProductProcess>;
}

/** A folder in which the product is started with nothing configured but its port. */
const newDemo = async (): Promise<Demo> => {
  const dir = await newFolder();
  const port = await freePorts();
  const options = { dir, env: { PORT: String(port) } };
  onTestFinished(async () => {
    await endProducts();
    const dataDir = join(dir, 'data');
    if ((await findEmbeddedPostgres({ dataDir })) !== undefined)
      await (await startEmbeddedPostgres({ dataDir, log: silentLog })).stop();
    await rm(dir, { recursive: true, force: true });
  });
  return {
    dir,
    port,
    start: () => startProduct('all', options),
    launch: () => launchProduct('all', options),
  };
};

const printed = (product: ProductProcess, name: string): string =>
  new RegExp(`^ *${name} +(.+)$`, 'm').exec(product.output())?.[1]?.trim() ?? '';

const tokenIn = (link: string): string => new URL(link).pathname.split('/').at(-1) ?? '';

const postgresOf = ({ dir }: Demo) => findEmbeddedPostgres({ dataDir: join(dir, 'data') });

/** Sends one file by the printed link and waits until it is delivered. @returns its SHA-256 */
const sendAndDeliver = async (demo: Demo, product: ProductProcess, name: string): Promise<string> => {
  const sender = await Sender.start(demo.port, tokenIn(printed(product, 'Sample request')));
  const sending = await sender.create(name, randomBytes(1024 * 1024));
  await sending.sendAll({ pieceBytes: 400_000 });
  await sender.finish();
  const folder = join(demo.dir, printed(product, 'Imported files'));
  // The manifest is written last, and then what was temporary is taken away.
  await until('the import', 30_000, async () => {
    const files = await filesBelow(folder);
    const place = files.find((path) => path.endsWith(`/${name}`))?.slice(0, -name.length);
    return files.includes(`${place}manifest.json`) && !files.some((path) => path.endsWith('.part'));
  });
  return sending.sha256;
};

const importedHashes = async (demo: Demo, product: ProductProcess): Promise<string[]> => {
  const folder = join(demo.dir, printed(product, 'Imported files'));
  const files = (await filesBelow(folder)).filter((path) => !path.endsWith('manifest.json'));
  return Promise.all(files.map((path) => sha256Of(join(folder, path))));
};

test('started, stopped with Ctrl-C, started again: all gone within ten seconds, and it goes on where it was', async () => {
  const demo = await newDemo();
  const product = await demo.start();
  expect(product.output()).toMatch(/DEMO/);
  expect(product.output()).toMatch(/login admin {3}password \S{16}/);
  const first = await sendAndDeliver(demo, product, 'first.bin');
  const server = await postgresOf(demo);
  if (server === undefined) throw new Error('no PostgreSQL');

  expect(signalGroup(product.pid, 'SIGINT')).toBe(true);
  expect(await product.whenEnded(endLimitMs)).toEqual({ code: 0, signal: null });
  expect(await groupRuns(product.pid)).toBe(false);
  expect(await isAlive(server.pid)).toBe(false);
  await expect(ask(demo.port, 'GET', '/healthz')).rejects.toThrow(/ECONNREFUSED/);

  const again = await demo.start();
  expect(printed(again, 'Sample request')).toBe(printed(product, 'Sample request'));
  // Told only at the first start.
  expect(again.output()).not.toMatch(/password/);
  const second = await sendAndDeliver(demo, again, 'second.bin');
  expect((await importedHashes(demo, again)).sort()).toEqual([first, second].sort());
});

test('a second start in the same folder says so and ends with an error, and the first goes on', async () => {
  const demo = await newDemo();
  const product = await demo.start();
  const server = await postgresOf(demo);
  const second = await demo.launch();
  const { code } = await second.whenEnded(60_000);
  expect(code).toBeGreaterThan(0);
  expect(second.output()).toContain('already running');
  expect(second.output()).toContain(`:${demo.port}`);
  expect(second.output()).not.toMatch(/\n\s+at /);
  await until('the second to leave nothing behind', endLimitMs, async () => !(await groupRuns(second.pid)));
  expect((await postgresOf(demo))?.pid).toBe(server?.pid);
  await sendAndDeliver(demo, product, 'after.bin');
  expect(product.ended).toBeUndefined();
});

test('kill -9 of the supervising process: its children end by themselves, and the next start goes on where it was', async () => {
  const demo = await newDemo();
  const product = await demo.start();
  const first = await sendAndDeliver(demo, product, 'first.bin');
  expect(await product.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  await until('the children to end', endLimitMs, async () => !(await groupRuns(product.pid)));

  const again = await demo.start();
  expect(printed(again, 'Sample request')).toBe(printed(product, 'Sample request'));
  const second = await sendAndDeliver(demo, again, 'second.bin');
  expect((await importedHashes(demo, again)).sort()).toEqual([first, second].sort());
  const server = await postgresOf(demo);
  if (server === undefined) throw new Error('no PostgreSQL');
  expect(signalGroup(again.pid, 'SIGTERM')).toBe(true);
  expect((await again.whenEnded(endLimitMs)).code).toBe(0);
  expect(await groupRuns(again.pid)).toBe(false);
  expect(await isAlive(server.pid)).toBe(false);
});

test.skipIf(process.platform !== 'linux')(
  'kill -9 of the portal alone: it is started again, and the rest stays (Linux)',
  async () => {
    const demo = await newDemo();
    const product = await demo.start();
    const children = await readFile(`/proc/${product.pid}/task/${product.pid}/children`, 'utf8');
    const portals: number[] = [];
    for (const pid of children.trim().split(' ').map(Number)) {
      const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
      if (command.includes('portal')) portals.push(pid);
    }
    expect(portals.length).toBe(1);
    process.kill(portals[0] ?? 0, 'SIGKILL');
    await until('the portal to be gone', 10_000, async () => !(await isAlive(portals[0] ?? 0)));
    await until(
      'another to answer',
      30_000,
      async () => (await ask(demo.port, 'GET', '/healthz').catch(() => undefined))?.status === 200,
    );
    await sendAndDeliver(demo, product, 'after.bin');
    expect(product.ended).toBeUndefined();
  },
);
