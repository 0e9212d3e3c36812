import type { Binaries } from './binaries.ts';
import { writeAccess } from './cluster.ts';
import { ensureDatabase } from './connection.ts';
import { codeOf, type EmbeddedLog, EmbeddedPostgresError } from './error.ts';
import { type Home, rotateLog } from './place.ts';
import { isAlive, type Launched, launch, look, pause, shutDown } from './postmaster.ts';

export interface Context {
  home: Home;
  binaries: Binaries;
  log: EmbeddedLog;
}

export interface Running {
  pid: number;
  socketDir: string;
  adopted: boolean;
}

/** A server that is coming up gets this long: after a crash it reads its log first. */
const startPatienceMs = 600_000;
/** A server that says it is ready gets this long to take a connection. */
const connectPatienceMs = 15_000;
/** Right after a kill, processes of the old server may keep the new one from starting for a moment. */
const launchAttempts = 6;
const pollMs = 20;

/** The server of this cluster, started if none runs, ready for queries. Several processes may ask at once. */
export const ensureRunning = async (context: Context): Promise<Running> => {
  const { home, log } = context;
  const began = performance.now();
  const waitedMs = () => performance.now() - began;
  let launched: Launched | undefined;
  let failures = 0;
  let told = false;
  let refusal: { cause: unknown; sinceMs: number } | undefined;
  for (;;) {
    const seen = await look(home);
    if (seen.state === 'ready') {
      const cause = await ensureDatabase(seen.socketDir).catch((error: unknown) => error ?? 'refused');
      if (cause === undefined) {
        const { pid, socketDir } = seen;
        return { pid, socketDir, adopted: pid !== launched?.pid };
      }
      refusal ??= { cause, sinceMs: waitedMs() };
      if (waitedMs() - refusal.sinceMs > connectPatienceMs) throw refused(context, cause);
    } else {
      refusal = undefined;
    }
    if (seen.state === 'none' && (launched === undefined || launched.ended() !== undefined)) {
      if (launched !== undefined) {
        failures += 1;
        if (failures >= launchAttempts) throw await notStarted(context, launched);
        await pause(100 * failures);
      }
      await writeAccess(home.cluster, home.account.name);
      launched = await launch(home, context.binaries);
    }
    if (waitedMs() > startPatienceMs)
      throw new EmbeddedPostgresError(`PostgreSQL is not ready after ten minutes: see ${home.logFile}.`);
    if (!told && waitedMs() > 5_000) {
      told = true;
      log.info({ state: seen.state, logFile: home.logFile }, 'still waiting for PostgreSQL');
    }
    await pause(pollMs);
  }
};

const invalidAuthorization = '28000';

const refused = ({ home }: Context, cause: unknown): EmbeddedPostgresError =>
  new EmbeddedPostgresError(
    codeOf(cause) === invalidAuthorization || codeOf(cause) === 'EACCES'
      ? `The PostgreSQL that runs on ${home.cluster} was started by another account and lets this one not in: use that account, or stop the server.`
      : `The PostgreSQL that runs on ${home.cluster} takes no connection: see ${home.logFile}.`,
    { cause },
  );

const notStarted = async ({ home }: Context, launched: Launched): Promise<EmbeddedPostgresError> => {
  const lines = (await launched.said()).trim().split('\n').slice(-6).join('\n');
  return new EmbeddedPostgresError(
    `PostgreSQL does not start on ${home.cluster} (it ended with ${launched.ended()}). The last lines of ${home.logFile}:\n${lines}`,
  );
};

export interface Supervisor {
  pid(): number;
  stop(): Promise<void>;
}

const watchMs = 250;
const rotateMs = 60_000;
const fastShutdownMs = 8_000;

/** Starts the server again whenever it is gone, until `stop`. Keeps no process alive by itself. */
export const supervise = (context: Context, first: Running): Supervisor => {
  const { home, log } = context;
  let pid = first.pid;
  let stopping = false;
  let round: Promise<void> | undefined;
  let retryAfterMs = watchMs;
  let waitUntilMs = 0;
  let rotatedAtMs = performance.now();

  const check = async () => {
    if (performance.now() < waitUntilMs) return;
    if (await isAlive(pid)) {
      if (performance.now() - rotatedAtMs < rotateMs) return;
      rotatedAtMs = performance.now();
      await rotateLog(home);
      return;
    }
    log.warn({ pid }, 'PostgreSQL is gone: starting it again');
    ({ pid } = await ensureRunning(context));
    retryAfterMs = watchMs;
    log.info({ pid }, 'PostgreSQL runs again');
  };

  const timer = setInterval(() => {
    if (stopping || round !== undefined) return;
    round = check()
      .catch((error: unknown) => {
        retryAfterMs = Math.min(30_000, retryAfterMs * 2);
        waitUntilMs = performance.now() + retryAfterMs;
        log.error({ err: error, retryAfterMs }, 'PostgreSQL could not be started again');
      })
      .finally(() => {
        round = undefined;
      });
  }, watchMs);
  timer.unref();

  return {
    pid: () => pid,
    async stop() {
      stopping = true;
      clearInterval(timer);
      await round;
      const seen = await look(home);
      if (seen.state === 'none') return;
      if (!(await shutDown(seen.pid, home.cluster, fastShutdownMs)))
        log.error({ pid: seen.pid }, 'PostgreSQL did not stop');
    },
  };
};
