import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type postgres from 'postgres';
import { connect } from '../../../db/client.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../db/embedded.ts';
import { migrateDatabase } from '../../../db/migrate.ts';
import { composeIntake } from '../../../server/compose/intake.ts';
import { parseConfig } from '../../../server/config/config.ts';
import { closeRequest } from '../../../server/intake/close-request.ts';
import { systemActor } from '../../../server/intake/context.ts';
import { openRequest } from '../../../server/intake/open-request.ts';
import { newRequestSchema } from '../../../server/intake/rules/new-request.ts';
import { silentLog } from '../../../server/lib/log.ts';
import { provision } from '../../../server/start/provision.ts';
import { endProducts } from '../../support/processes.ts';
import { newFolder } from '../support/site.ts';
import { type CloudProxy, startCloudProxy } from './cloud-proxy.ts';
import { type Journal, wordsOf } from './journal.ts';
import { Nodes } from './nodes.ts';
import { openTarget, type Target } from './target.ts';

/** The database's server as it is in life, which may be killed and stopped. */
export class Postgres {
  readonly #dataDir: string;
  #server: EmbeddedPostgres;

  private constructor(dataDir: string, server: EmbeddedPostgres) {
    this.#dataDir = dataDir;
    this.#server = server;
  }

  static async start(dataDir: string): Promise<Postgres> {
    return new Postgres(dataDir, await startEmbeddedPostgres({ dataDir, log: silentLog }));
  }

  get url(): string {
    return this.#server.url;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  async startAgain(): Promise<void> {
    this.#server = await startEmbeddedPostgres({ dataDir: this.#dataDir, log: silentLog });
  }

  /** It is started again at once by those who watch over it. */
  kill(): void {
    process.kill(this.#server.pid, 'SIGKILL');
  }

  /** One question on a connection of its own. */
  async ask<T extends object>(query: (sql: postgres.Sql) => postgres.PendingQuery<T[]>): Promise<T[]> {
    const sql = connect({ url: this.url }, { max: 1, connect_timeout: 5 });
    try {
      return [...(await query(sql))];
    } finally {
      await sql.end({ timeout: 2 });
    }
  }
}

/** Everything that a run works with: Nextcloud, the way to it, the database, two nodes, one open request. */
export interface Site {
  target: Target;
  proxy: CloudProxy;
  postgres: Postgres;
  nodes: Nodes;
  request: { id: string; token: string; folder: string };
  closeRequest(): Promise<void>;
  /** Names of what the portals have left in their folder for temporary files. */
  temporaryFiles(): Promise<string[]>;
  close(): Promise<void>;
}

/** What was opened is closed again, the last first, also when opening fails half-way. */
export const openSite = async (
  journal: Journal,
  environment: Record<string, string | undefined>,
): Promise<Site> => {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const task of closing.splice(0).toReversed())
      await task().catch((error: unknown) => journal.say(`not cleaned up: ${wordsOf(error)}`));
  };
  try {
    return { ...(await open(journal, environment, closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
};

const open = async (
  journal: Journal,
  environment: Record<string, string | undefined>,
  closing: (() => Promise<unknown>)[],
): Promise<Omit<Site, 'close'>> => {
  const dir = await newFolder();
  closing.push(() => rm(dir, { recursive: true, force: true }));
  const target = await openTarget(environment);
  let uploadIds: string[] = [];
  closing.push(() => target.close(uploadIds));
  const proxy = await startCloudProxy(target.account.url, () => journal.stamp());
  closing.push(() => proxy.close());
  const postgres = await Postgres.start(join(dir, 'database'));
  closing.push(() => postgres.stop());
  closing.push(async () => {
    uploadIds = (await postgres.ask<{ id: string }>((sql) => sql`select id from uploads`)).map(
      ({ id }) => id,
    );
  });
  await migrateDatabase({ url: postgres.url });
  const temporaryDir = join(dir, 'temporary');
  await mkdir(temporaryDir);
  const env = environmentOf(target, { dir, proxyUrl: proxy.url, databaseUrl: postgres.url, temporaryDir });
  const request = await withIntake(env, dir, async ({ intake, config }) => {
    await provision(intake, config);
    const input = newRequestSchema.parse({ title: 'Faults', takeBackMinutes: 0 });
    return openRequest(intake, input, systemActor);
  });
  closing.push(() => endProducts());
  const nodes = await Nodes.start(journal, { dir, env });
  closing.push(() => Promise.resolve(nodes.letGo()));
  const [row] = await postgres.ask<{ folder: string }>(
    (sql) => sql`select folder_path as folder from requests where id = ${request.requestId}`,
  );
  return {
    target,
    proxy,
    postgres,
    nodes,
    request: { id: request.requestId, token: request.token, folder: row?.folder ?? '' },
    closeRequest: () =>
      withIntake(env, dir, ({ intake }) => closeRequest(intake, request.requestId, systemActor)),
    temporaryFiles: async () => (await readdir(temporaryDir)).filter((name) => name.startsWith('uketori-')),
  };
};

const environmentOf = (
  { account, root }: Target,
  own: { dir: string; proxyUrl: string; databaseUrl: string; temporaryDir: string },
): Record<string, string> => ({
  HOST: '127.0.0.1',
  PUBLIC_URL: 'http://127.0.0.1',
  DATABASE_URL: own.databaseUrl,
  SECRET_KEY: randomBytes(32).toString('hex'),
  NEXTCLOUD_URL: own.proxyUrl,
  NEXTCLOUD_USER: account.user,
  NEXTCLOUD_APP_PASSWORD: account.appPassword,
  NEXTCLOUD_ROOT: root,
  IMPORT_DIR: join(own.dir, 'imported'),
  TMPDIR: own.temporaryDir,
  LOG_LEVEL: 'info',
});

/** As staff's own program would, beside the portals. */
const withIntake = async <T>(
  env: Record<string, string>,
  dir: string,
  task: (composed: { intake: Intake; config: Config }) => Promise<T>,
): Promise<T> => {
  const config = parseConfig(env, dir);
  const { nextcloud } = config;
  if (nextcloud === undefined) throw new Error('the site has no Nextcloud');
  const database = { url: env.DATABASE_URL ?? '' };
  const { intake, close } = composeIntake({ config, database, nextcloud, log: silentLog }, 'faults');
  try {
    return await task({ intake, config });
  } finally {
    await close();
  }
};

type Intake = ReturnType<typeof composeIntake>['intake'];
type Config = ReturnType<typeof parseConfig>;

/** Asks again and again until the answer is yes. @returns false when it never is */
export const becomes = async (limitMs: number, condition: () => Promise<boolean>): Promise<boolean> => {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    if (await condition().catch(() => false)) return true;
    if (performance.now() > deadlineMs) return false;
    await delay(250);
  }
};
