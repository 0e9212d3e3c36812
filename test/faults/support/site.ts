import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresAddress } from '../../../db/client.ts';
import { migrateDatabase } from '../../../db/migrate.ts';
import { composeIntake } from '../../../server/compose/intake.ts';
import { parseConfig } from '../../../server/config/config.ts';
import { systemActor } from '../../../server/intake/context.ts';
import { openRequest } from '../../../server/intake/open-request.ts';
import { newRequestSchema } from '../../../server/intake/rules/new-request.ts';
import { silentLog } from '../../../server/lib/log.ts';
import { provision } from '../../../server/start/provision.ts';
import { type Standin, startStandin } from '../../standins/nextcloud/standin.ts';
import { createTestDatabase } from '../../support/postgres.ts';
import { endProducts, freePorts, type ProductProcess, startProduct } from '../../support/processes.ts';

/** A folder in which anything may run: PostgreSQL's own account must be able to enter it. */
export const newFolder = async (): Promise<string> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'uketori-faults-')));
  await chmod(folder, 0o755);
  return folder;
};

const metricsToken = randomBytes(16).toString('hex');

/** Bytes of uploads that a portal of a site holds in memory: taken from the line, and not yet acknowledged. */
export const heldBytes = async ({ port }: { port: number }): Promise<number> => {
  const reply = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { authorization: `Bearer ${metricsToken}` },
  });
  return Number(/^uketori_upload_memory_bytes (\S+)$/m.exec(await reply.text())?.[1]);
};

/** What the product's processes work with: a database, and a stand-in for Nextcloud that lives in the test. */
export interface Site {
  standin: Standin;
  address: PostgresAddress;
  importDir: string;
  /** Listens where it did before when it is given a port. */
  startPortal(port?: number): Promise<ProductProcess & { port: number }>;
  startImporter(): Promise<ProductProcess>;
  /** Opens a request. @returns the token of its link */
  openRequest(): Promise<string>;
  /** Ends the product's processes too. */
  close(): Promise<void>;
}

/** @param database one of its own when left out */
export const openSite = async (database?: { address: PostgresAddress; url: string }): Promise<Site> => {
  const own = database === undefined ? await createTestDatabase(migrateDatabase) : undefined;
  const { address, url } = database ?? own ?? { address: { url: '' }, url: '' };
  if (database !== undefined) await migrateDatabase(address);
  const dir = await newFolder();
  const importDir = join(dir, 'imported');
  const standin = await startStandin({ sharesPerTenMinutes: Number.POSITIVE_INFINITY });
  const env = {
    HOST: '127.0.0.1',
    DATABASE_URL: url,
    SECRET_KEY: randomBytes(32).toString('hex'),
    NEXTCLOUD_URL: standin.url,
    NEXTCLOUD_USER: standin.user.id,
    NEXTCLOUD_APP_PASSWORD: standin.user.appPassword,
    IMPORT_DIR: importDir,
    LOG_LEVEL: 'warn',
    METRICS_TOKEN: metricsToken,
  };
  const config = parseConfig(env, dir);
  const { nextcloud } = config;
  if (nextcloud === undefined) throw new Error('the site has no Nextcloud');
  const { intake, close } = composeIntake({ config, database: address, nextcloud, log: silentLog }, 'test');
  await provision(intake, config);
  return {
    standin,
    address,
    importDir,
    async startPortal(given) {
      const port = given ?? (await freePorts());
      const portal = await startProduct('portal', { dir, env: { ...env, PORT: String(port) } });
      return Object.assign(portal, { port });
    },
    startImporter: () => startProduct('importer', { dir, env }),
    async openRequest() {
      const input = newRequestSchema.parse({ title: 'Reports', takeBackMinutes: 0 });
      return (await openRequest(intake, input, systemActor)).token;
    },
    async close() {
      await endProducts();
      await close();
      await standin.close();
      await own?.drop();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

/** Every file below a folder, by its path within it. */
export const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
};

/** Names and SHA-256 of what lies in Nextcloud below a submission's folder. */
export const storedIn = async (
  { standin }: Site,
  receiptNumber: string,
): Promise<{ name: string; sha256: string }[]> => {
  const home = join(standin.root, 'files', standin.user.id);
  const paths = (await filesBelow(home)).filter((path) => path.includes(`/${receiptNumber} `));
  return Promise.all(
    paths.map(async (path) => ({
      name: path.split('/').at(-1) ?? '',
      sha256: await sha256Of(join(home, path)),
    })),
  );
};

export const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
};
