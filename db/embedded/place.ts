import { createHash, randomBytes } from 'node:crypto';
import {
  chmod,
  constants,
  copyFile,
  lchown,
  link,
  lstat,
  mkdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Account, accountInsteadOfRoot, canEnter, ownAccount, runsAsRoot } from './account.ts';
import { outsideFolder } from './binaries.ts';
import { socketFile } from './connection.ts';
import { type EmbeddedLog, EmbeddedPostgresError, unless } from './error.ts';

/** The folder that holds a cluster and what belongs to it. */
export interface Place {
  folder: string;
  /** PostgreSQL's own data folder. */
  cluster: string;
  logFile: string;
}

/** Where the cluster of a data folder is, and who runs it. */
export interface Home extends Place {
  account: Account;
  /** The account to switch to, or `undefined` where this process already is that account. */
  switchTo: Account | undefined;
}

const placeIn = (folder: string): Place => ({
  folder,
  cluster: join(folder, 'postgres'),
  logFile: join(folder, 'postgres.log'),
});

const pointerOf = (dataDir: string): string => join(dataDir, 'postgres.location');

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Where the cluster of `dataDir` is, or `undefined` where it has none. Changes nothing. */
export const existingPlace = async (dataDir: string): Promise<Place | undefined> => {
  const folder = await unless(['ENOENT'], realpath(dataDir));
  if (folder === undefined) return undefined;
  const pointer = await unless(['ENOENT'], readFile(pointerOf(folder), 'utf8'));
  const place = placeIn(pointer === undefined ? folder : pointer.trim());
  return (await unless(['ENOENT'], stat(place.cluster))) === undefined ? undefined : place;
};

/**
 * Where the cluster of `dataDir` is or will be. The data folder is made if it's missing. A root process whose
 * data folder PostgreSQL's account can't reach gets a place below /var/lib, and a pointer to it in the data folder.
 */
export const settle = async (dataDir: string, log: EmbeddedLog): Promise<Home> => {
  await mkdir(resolve(dataDir), { recursive: true });
  const folder = await realpath(dataDir);
  const existing = await existingPlace(folder);
  if (!runsAsRoot()) return { ...(existing ?? placeIn(folder)), account: ownAccount(), switchTo: undefined };

  const account = await accountInsteadOfRoot(
    existing === undefined ? undefined : await stat(existing.cluster),
  );
  const within = await canEnter(account, existing?.folder ?? folder);
  if (existing !== undefined && !within)
    throw new EmbeddedPostgresError(
      `PostgreSQL has to run as ${account.name ?? account.uid}, who can't reach its data in ${existing.cluster}: open the folders above it (chmod o+x), or move the data folder to where it was.`,
    );
  const place = existing ?? (within ? placeIn(folder) : placeIn(await placeOutside(folder, account, log)));
  return { ...place, account, switchTo: account };
};

/** The pointer is made whole and only once: of two starts, the slower one takes the place of the faster. */
const placeOutside = async (dataDir: string, account: Account, log: EmbeddedLog): Promise<string> => {
  const pointer = pointerOf(dataDir);
  const earlier = await unless(['ENOENT'], readFile(pointer, 'utf8'));
  if (earlier !== undefined) {
    await mkdir(earlier.trim(), { recursive: true, mode: 0o755 });
    return earlier.trim();
  }
  const folder = await newFolder(join(await outsideFolder(account, true), hashOf(dataDir)), log);
  const draft = `${pointer}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(draft, `${folder}\n`, { flush: true });
    if (
      (await unless(
        ['EEXIST'],
        link(draft, pointer).then(() => true),
      )) === true
    )
      return folder;
    await rmdir(folder);
    return (await readFile(pointer, 'utf8')).trim();
  } finally {
    await rm(draft, { force: true });
  }
};

/** A data folder that was emptied starts afresh: what an earlier one left outside is named, never taken up. */
const newFolder = async (wanted: string, log: EmbeddedLog): Promise<string> => {
  for (let number = 1; ; number += 1) {
    const folder = number === 1 ? wanted : `${wanted}-${number}`;
    const made = await unless(
      ['EEXIST'],
      mkdir(folder, { mode: 0o755 }).then(() => true),
    );
    if (made === true) {
      await chmod(folder, 0o755);
      return folder;
    }
    if ((await unless(['ENOENT'], lstat(join(folder, 'postgres')))) !== undefined)
      log.warn(
        { folder },
        'an earlier database of this data folder is still there: delete it if nobody needs it',
      );
  }
};

/** Bytes of a socket's path that the system takes, without the closing zero. */
const socketPathBytes = process.platform === 'linux' ? 107 : 103;

/** A folder for the socket that only PostgreSQL's account can enter (and root). */
export const socketFolder = async ({ folder, account }: Home): Promise<string> => {
  const near = join(folder, 'postgres.run');
  const fits = (candidate: string) => Buffer.byteLength(socketFile(candidate)) <= socketPathBytes;
  const candidates = [near, join(tmpdir(), `uketori-${hashOf(folder)}`), `/tmp/uketori-${hashOf(folder)}`];
  const chosen = candidates.find(fits);
  if (chosen === undefined)
    throw new EmbeddedPostgresError('No folder is short enough for a socket: set TMPDIR to a shorter one.');
  if (
    (await unless(
      ['EEXIST'],
      mkdir(chosen, { mode: 0o700 }).then(() => true),
    )) === true &&
    runsAsRoot()
  )
    await lchown(chosen, account.uid, account.gid);
  // Anybody can make folders in the temporary one, this one's name can be guessed, and a link would lead elsewhere.
  const seen = await lstat(chosen);
  if (!seen.isDirectory() || seen.uid !== account.uid || (seen.mode & 0o077) !== 0)
    throw new EmbeddedPostgresError(
      `${chosen} must be a folder of ${account.name ?? account.uid} that nobody else can enter (mode 0700): delete it and start again.`,
    );
  return chosen;
};

/** Growth is bounded: beyond this the log becomes `postgres.log.1`. */
const logBytes = 5 * 1024 * 1024;

/** PostgreSQL holds the file open, so a full one is copied and emptied (it appends) rather than renamed. */
export const rotateLog = async ({ logFile }: Place): Promise<void> => {
  const seen = await unless(['ENOENT'], lstat(logFile));
  if (seen === undefined || !seen.isFile() || seen.size <= logBytes) return;
  const draft = `${logFile}.${process.pid}`;
  await copyFile(logFile, draft);
  await rename(draft, `${logFile}.1`);
  await writeFile(logFile, '', { flag: constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW });
};
