import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { startEmbeddedPostgres } from '../../db/embedded.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { insertLink } from '../../db/queries/requests.ts';
import { composeIntake } from '../../server/compose/intake.ts';
import { parseConfig } from '../../server/config/config.ts';
import { type Intake, systemActor } from '../../server/intake/context.ts';
import { describeRequest } from '../../server/intake/describe-request.ts';
import { openRequest, sealedLinkContext } from '../../server/intake/open-request.ts';
import { newRequestSchema } from '../../server/intake/rules/new-request.ts';
import { hashToken, newToken } from '../../server/lib/ids.ts';
import { silentLog } from '../../server/lib/log.ts';
import { provision } from '../../server/start/provision.ts';
import { freePorts } from '../support/processes.ts';
import type { Bench } from './bench.ts';
import { endProcess } from './processes.ts';

const mostComplaints = 5;
const repository = join(import.meta.dirname, '..', '..');

/** A portal's database with one open request in it. */
export interface Site {
  /** Of the request's link. */
  token: string;
  /** Of the request, in Nextcloud. */
  folder: string;
  staff: { login: string; password: string };
  /** Makes a further link to the request: by one alone only so many sendings may begin. @returns its token */
  invite(): Promise<string>;
  /** On this machine: the importer puts each submission of the request into a folder below it. */
  importedTo: string;
  /** Whether everything of a submission was imported. @throws Error when something never will be */
  isImported(submissionId: string): Promise<boolean>;
  /** Runs a task with a portal process of its own; when it fails, what the portal complained of is told. */
  withPortal<T>(task: (portal: PortalProcess) => Promise<T>): Promise<T>;
  /** The same, and an importer process beside it. */
  withImporter<T>(task: (portal: PortalProcess, importer: ServerProcess) => Promise<T>): Promise<T>;
}

export interface ServerProcess {
  pid: number;
}

/** The portal as it is built, in a process of its own. */
export interface PortalProcess extends ServerProcess {
  /** Without a slash at the end. */
  url: string;
}

/** What a portal in production is told. */
const environmentOf = (bench: Bench, databaseUrl: string, nextcloudUrl: string): Record<string, string> => ({
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PUBLIC_URL: 'http://127.0.0.1',
  DATABASE_URL: databaseUrl,
  SECRET_KEY: randomBytes(32).toString('hex'),
  NEXTCLOUD_URL: nextcloudUrl,
  NEXTCLOUD_USER: bench.cloud.user,
  NEXTCLOUD_APP_PASSWORD: bench.cloud.appPassword,
  NEXTCLOUD_ROOT: bench.root,
});

/** Makes one that reaches Nextcloud at an address; the bench's end takes it down. A share is spent on it. */
export const openSite = async (bench: Bench, nextcloudUrl: string): Promise<Site> => {
  const dir = join(bench.dir, `site-${randomBytes(4).toString('hex')}`);
  await mkdir(dir, { mode: 0o755 });
  const database = await startEmbeddedPostgres({ dataDir: join(dir, 'data'), log: silentLog });
  bench.atEnd(() => database.stop());
  const address = { url: database.url };
  await migrateDatabase(address);
  const env = environmentOf(bench, database.url, nextcloudUrl);
  const config = parseConfig(env, dir);
  const { nextcloud } = config;
  if (nextcloud === undefined) throw new Error('the site has no Nextcloud');
  const { intake, close } = composeIntake({ config, database: address, nextcloud, log: silentLog }, 'bench');
  bench.atEnd(close);
  bench.atEnd(async () => {
    const rows = [...(await intake.db.execute<{ id: string }>(sql`select id from uploads`))];
    await bench.removeParts(rows.map(({ id }) => id));
  });
  const staff = await provision(intake, config);
  if (staff === undefined) throw new Error('the database was not empty');
  const input = newRequestSchema.parse({
    title: `Bench ${randomBytes(4).toString('hex')}`,
    takeBackMinutes: 0,
  });
  const { requestId, token } = await openRequest(intake, input, systemActor);
  const { folder } = await describeRequest(intake, config.publicUrl, requestId);
  if (folder === null) throw new Error('the request has no folder');
  bench.atEnd(() => bench.cloud.removeShares(folder));
  return {
    token,
    folder,
    staff,
    invite: () => invite(intake, requestId),
    importedTo: join(config.importDir, input.title),
    isImported: (submissionId) => isImported(intake, submissionId),
    withPortal: (task) => withServer(bench, dir, env, 'portal', task),
    withImporter: (task) =>
      withServer(bench, dir, env, 'portal', (portal) =>
        withServer(bench, dir, env, 'importer', (importer) => task(portal, importer)),
      ),
  };
};

const isImported = async ({ db }: Intake, submissionId: string): Promise<boolean> => {
  const query = sql`select state from deliveries where submission_id = ${submissionId}`;
  const states = [...(await db.execute<{ state: string }>(query))].map(({ state }) => state);
  if (states.includes('dead')) throw new Error('a delivery was given up');
  return states.length > 0 && states.every((state) => state === 'delivered');
};

const invite = async (intake: Intake, requestId: string): Promise<string> => {
  const token = newToken();
  await insertLink(intake.db, {
    requestId,
    kind: 'invitation',
    tokenHash: hashToken(token),
    tokenSealed: intake.sealing.seal(token, sealedLinkContext(requestId)),
  });
  return token;
};

type Role = 'portal' | 'importer';

const withServer = async <T>(
  bench: Bench,
  dir: string,
  env: Record<string, string>,
  role: Role,
  task: (server: PortalProcess) => Promise<T>,
): Promise<T> => {
  const server = await startServer(bench, dir, env, role);
  try {
    return await task(server);
  } catch (error) {
    for (const line of server.complaints()) bench.say(line);
    throw error;
  } finally {
    await server.end();
  }
};

/** Lines that a server logged as errors: level 50 and above. */
const isComplaint = (line: string): boolean => /^\{"level":[56]0/.test(line);

const startServer = async (
  bench: Bench,
  dir: string,
  env: Record<string, string>,
  role: Role,
): Promise<PortalProcess & { complaints(): string[]; end(): Promise<void> }> => {
  const port = await freePorts();
  const url = `http://127.0.0.1:${port}`;
  const logPath = join(dir, `${role}-${port}.log`);
  const log = openSync(logPath, 'a');
  const { PATH, HOME, TMPDIR } = process.env;
  const child = bench.processes.fork(join(repository, 'dist', 'server', 'main.js'), [role], {
    cwd: dir,
    // Nothing of the bench's own environment but where programs and temporary files are.
    env: {
      PATH,
      HOME,
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      ...env,
      PORT: String(port),
      PUBLIC_URL: url,
    },
    execArgv: [],
    stdio: ['ignore', log, log, 'ipc'],
  });
  let isEnding = false;
  const lastWords = () => readFileSync(logPath, 'utf8').slice(-2000);
  child.once('exit', (code, signal) => {
    if (!isEnding) bench.processes.stop(`the ${role} ended by itself (${code ?? signal}): ${lastWords()}`);
  });
  await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (child.exitCode !== null || bench.processes.stopped !== undefined)
    throw new Error(bench.processes.stopped ?? `the ${role} did not start: ${lastWords()}`);
  return {
    url,
    pid: child.pid ?? 0,
    complaints: () =>
      readFileSync(logPath, 'utf8')
        .split('\n')
        .filter(isComplaint)
        .slice(-mostComplaints)
        .map((line) => line.slice(0, 1_000)),
    async end() {
      isEnding = true;
      await endProcess(child);
    },
  };
};
