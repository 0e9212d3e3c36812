import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  constants,
  lchown,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runsAsRoot } from './account.ts';
import type { Binaries } from './binaries.ts';
import { databaseUser } from './connection.ts';
import { EmbeddedPostgresError, unless } from './error.ts';
import type { Home } from './place.ts';

const run = promisify(execFile);

/** Written into a new cluster's postgresql.conf, where an operator may change them. */
const settingsOfANewCluster: Readonly<Record<string, string>> = {
  max_connections: '60',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  max_parallel_workers_per_gather: '0',
  io_method: 'sync',
  jit: 'off',
  huge_pages: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // What an application asked wrongly it is told itself; statements hold people's names.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
};

/** No variable of the portal goes to PostgreSQL: some are secrets, and some (PG…) would change what it does. */
export const postgresEnvironment = { LC_ALL: 'C', PATH: '/usr/bin:/bin' };

/** Makes the cluster if there is none, and sees that it is of this version and lets the right accounts in. */
export const prepareCluster = async (
  home: Home,
  binaries: Binaries,
  settings: Readonly<Record<string, string>>,
): Promise<void> => {
  await unless(['EACCES'], removeRuins(home));
  if ((await versionOf(home)) === undefined) await initialize(home, binaries, settings);
  const version = await versionOf(home);
  if (version !== binaries.major)
    throw new EmbeddedPostgresError(
      `The database in ${home.cluster} is of PostgreSQL ${version}, and this is PostgreSQL ${binaries.major}, which can't read it. Start the version of Uketori that made it, save the data with pg_dump and load them into an empty data folder, or set DATABASE_URL.`,
    );
};

/** What PG_VERSION says; `undefined` for no cluster or an empty folder. */
const versionOf = async ({ cluster, account }: Home): Promise<string | undefined> => {
  try {
    const version = await unless(['ENOENT'], readFile(join(cluster, 'PG_VERSION'), 'utf8'));
    if (version !== undefined) return version.trim();
    const names = await unless(['ENOENT'], readdir(cluster));
    if (names === undefined || names.length === 0) return undefined;
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `${cluster} can't be read by ${account.name ?? account.uid}: start as the account that owns it, or give it the folder (chown -R).`,
      { cause },
    );
  }
  throw new EmbeddedPostgresError(
    `${cluster} is not empty and holds no PostgreSQL data (no PG_VERSION): move it away, or put back what is missing.`,
  );
};

const draftPrefix = 'postgres.new-';

/** Made beside and renamed: half a cluster is never taken for one, and of two starts one wins. */
const initialize = async (
  { folder, cluster, account, switchTo }: Home,
  { initdb }: Binaries,
  more: Readonly<Record<string, string>>,
): Promise<void> => {
  const draft = join(folder, `${draftPrefix}${process.pid}-${randomBytes(4).toString('hex')}`);
  const settings = Object.entries({ ...settingsOfANewCluster, ...more }).map(
    ([key, value]) => `--set=${key}=${value}`,
  );
  try {
    await mkdir(draft, { mode: 0o700 });
    if (switchTo !== undefined) await lchown(draft, switchTo.uid, switchTo.gid);
    // The built-in locale sorts alike on every system and after every upgrade of its C library.
    const locale = ['--locale-provider=builtin', '--locale=C', '--builtin-locale=C.UTF-8', '--encoding=UTF8'];
    const access = ['--auth-local=peer', '--auth-host=reject', `--username=${databaseUser}`];
    await run(initdb, ['-D', draft, ...locale, ...access, '--no-instructions', ...settings], {
      ...(switchTo === undefined ? {} : { uid: switchTo.uid, gid: switchTo.gid }),
      cwd: draft,
      env: postgresEnvironment,
    });
    await writeAccess(draft, account.name);
    await unless(['EEXIST', 'ENOTEMPTY'], rename(draft, cluster));
    await syncFolder(folder);
  } catch (cause) {
    const said = cause instanceof Error ? String(Reflect.get(cause, 'stderr') ?? cause.message) : '';
    throw new EmbeddedPostgresError(
      `PostgreSQL's data folder could not be made in ${folder}: ${said.trim()}`,
      { cause },
    );
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/**
 * Who may connect: through the socket only, and only the accounts named here, as the system itself attests
 * (peer). Written at every start, because a data folder may have changed hands.
 */
export const writeAccess = async (cluster: string, owner: string | undefined): Promise<void> => {
  const own = runsAsRoot() ? undefined : userInfo().username;
  const accounts = [...new Set(['root', owner, own])].filter((name) => name !== undefined);
  const lines = accounts.map((name) => `${databaseUser} "${name}" ${databaseUser}\n`);
  // In place, so that the files stay PostgreSQL's own. Where root writes, a link laid there by the account that
  // owns the folder must not lead it elsewhere.
  const flag = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  await writeFile(join(cluster, 'pg_hba.conf'), `local all all peer map=${databaseUser}\n`, { flag });
  await writeFile(join(cluster, 'pg_ident.conf'), lines.join(''), { flag });
};

const abandonedAfterMs = 3_600_000;

/** Half-made clusters of starts that were killed. */
const removeRuins = async ({ folder }: Home): Promise<void> => {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(draftPrefix)) continue;
    const path = join(folder, name);
    const seen = await unless(['ENOENT'], stat(path));
    if (seen !== undefined && Date.now() - seen.mtimeMs > abandonedAfterMs)
      await rm(path, { recursive: true, force: true });
  }
};
