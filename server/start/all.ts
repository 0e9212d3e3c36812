import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import type postgres from 'postgres';
import { connect, type PostgresAddress } from '../../db/client.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../db/embedded.ts';
import { composeIntake } from '../compose/intake.ts';
import type { Config } from '../config/config.ts';
import { keptSecretKey } from '../config/secret-key.ts';
import type { Log } from '../lib/log.ts';
import { createSealing } from '../lib/sealing.ts';
import { type Child, endProcess, keepChild } from './child.ts';
import { startDemoReceiver } from './demo-receiver.ts';
import { guardProcess } from './process.ts';
import {
  ensureSampleRequest,
  type FirstAdministrator,
  migrateWhenReachable,
  provision,
} from './provision.ts';
import { startStandin } from './standin.ts';
import { summary } from './summary.ts';
import { StartError, standinAccount } from './surroundings.ts';

const childLimitMs = 7_500;
const standinLimitMs = 1_000;

/** What runs, in the order in which it was started. */
interface Running {
  embedded?: EmbeddedPostgres;
  lock?: postgres.Sql;
  standin?: ChildProcess;
  receiver?: Server;
  children: Child[];
}

/** Starts everything and says what a person needs. Ctrl-C or SIGTERM ends it all, within 10 s. */
export const runAll = async (config: Config, log: Log): Promise<void> => {
  const running: Running = { children: [] };
  guardProcess(log, () => undefined);
  endOnSignal(running);
  try {
    const { database, nextcloud } = await startWhatIsMissing(config, log, running);
    await migrateWhenReachable(database, log);
    if (config.mode === 'demo')
      running.receiver = await startDemoReceiver(
        config,
        createSealing(config.secretKey ?? keptSecretKey(config.dataDir)),
      );
    const first = await prepare({ config, database, nextcloud, log });
    running.children.push(await keepChild('portal', log));
    running.children.push(await keepChild('importer', log));
    console.log(summary(config, first));
  } catch (error) {
    if (!(error instanceof AlreadyRunning)) await stopAll(running);
    throw error;
  }
};

class AlreadyRunning extends StartError {}

const startWhatIsMissing = async (config: Config, log: Log, running: Running) => {
  if (config.databaseUrl === undefined) {
    mkdirSync(config.dataDir, { recursive: true });
    running.embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
    running.lock = await lockStart(running.embedded, config);
  }
  if (config.mode === 'demo') running.standin = await startStandin(config);
  const database: PostgresAddress = running.embedded ?? { url: config.databaseUrl ?? '' };
  return { database, nextcloud: config.nextcloud ?? standinAccount(config) };
};

/** Held as long as this process lives: a second start in the same folder finds it taken. */
const lockStart = async (embedded: EmbeddedPostgres, config: Config): Promise<postgres.Sql> => {
  const sql = connect(embedded, { max: 1, onnotice: () => undefined });
  const [row] = await sql<
    { mine: boolean }[]
  >`select pg_try_advisory_lock(hashtext('uketori start')) as mine`;
  if (row?.mine) return sql;
  await sql.end();
  throw new AlreadyRunning(`Uketori is already running from ${config.dataDir}: ${config.publicUrl.origin}`);
};

const prepare = async (
  surroundings: Parameters<typeof composeIntake>[0],
): Promise<{ administrator: FirstAdministrator | undefined; sampleLink: string | undefined }> => {
  const { config } = surroundings;
  const { intake, close } = composeIntake(surroundings, 'start');
  try {
    const administrator = await provision(intake, config);
    const sampleLink = config.mode === 'demo' ? await ensureSampleRequest(intake, config) : undefined;
    return { administrator, sampleLink };
  } finally {
    await close();
  }
};

/** Ctrl-C counts from the first moment on, also while something is still being started. */
const endOnSignal = (running: Running): void => {
  let asked = false;
  const end = () => {
    if (asked) return;
    asked = true;
    console.log('\nStopping…');
    void stopAll(running).finally(() => process.exit(0));
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
};

const stopAll = async (running: Running): Promise<void> => {
  await Promise.all(running.children.map((child) => child.stop(childLimitMs)));
  running.receiver?.close();
  running.receiver?.closeAllConnections();
  if (running.standin !== undefined) await endProcess(running.standin, standinLimitMs);
  await running.lock?.end({ timeout: 1 });
  await running.embedded?.stop();
};
