import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { inParallel } from './children/serve.ts';
import type { StandinTask } from './children/standin.ts';
import { type Cloud, type CloudAccount, openCloud } from './cloud.ts';
import { type LoadFile, writeRandomFile } from './content.ts';
import { type Processes, startChild } from './processes.ts';
import type { Values } from './rows.ts';
import { openSite, type Site } from './site.ts';

/** One run: what it measures against, and what has to be undone at its end. */
export interface Bench {
  readonly rounds: number;
  /** Small sizes, to try the bench itself. */
  readonly quick: boolean;
  readonly cloud: Cloud;
  /** 'Nextcloud 32.0.1 at <address>' or 'stand-in'. */
  readonly server: string;
  /** Folder in Nextcloud for this run alone. */
  readonly root: string;
  /** Folder on this machine for this run alone. */
  readonly dir: string;
  readonly processes: Processes;
  /** The one that groups share. */
  site(): Promise<Site>;
  /** A file of random bytes on the disk, made once for each size. */
  file(sizeBytes: number): Promise<LoadFile>;
  /** Tells whoever watches; nothing of it is a result. */
  say(words: string): void;
  /** Lets the machine write out what earlier rounds have left. */
  settle(): Promise<void>;
  /** Resolves when no parts of these uploads lie in Nextcloud any more, or it has waited long enough. */
  untilNoParts(uploadIds: readonly string[]): Promise<void>;
  removeParts(uploadIds: readonly string[]): Promise<void>;
  /** What is to be done at the end, whatever happens; the last first. */
  atEnd(task: () => Promise<unknown>): void;
  /** @returns what could not be undone */
  close(): Promise<string[]>;
}

/** Measures its rows. */
export type Group = (bench: Bench) => Promise<Values>;

const partsLimitMs = 60_000;
const removalsAtOnce = 8;

const newFolder = async (): Promise<string> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'uketori-bench-')));
  // PostgreSQL's own account must be able to enter it.
  await chmod(folder, 0o755);
  return folder;
};

/** The Nextcloud that NEXTCLOUD_URL, NEXTCLOUD_USER and NEXTCLOUD_APP_PASSWORD name; undefined where none is set. */
const givenAccount = (): CloudAccount | undefined => {
  const { NEXTCLOUD_URL: url, NEXTCLOUD_USER: user, NEXTCLOUD_APP_PASSWORD: appPassword } = process.env;
  const given = [url, user, appPassword].filter((value) => value !== undefined && value !== '');
  if (given.length === 0) return undefined;
  if (url === undefined || user === undefined || appPassword === undefined || given.length < 3)
    throw new Error('NEXTCLOUD_URL, NEXTCLOUD_USER, NEXTCLOUD_APP_PASSWORD: expected all three or none');
  return { url: url.replace(/\/+$/, ''), user, appPassword };
};

/** Prepares a run. @throws Error after undoing what it had done */
export const openBench = async (
  options: { rounds: number; quick: boolean },
  processes: Processes,
): Promise<Bench> => {
  const undoing: (() => Promise<unknown>)[] = [];
  const atEnd = (task: () => Promise<unknown>) => void undoing.push(task);
  const close = () => undo(undoing);
  try {
    const dir = await newFolder();
    atEnd(() => rm(dir, { recursive: true, force: true }));
    const given = givenAccount();
    const cloud = await openCloud(given ?? (await startStandin(processes, join(dir, 'standin'), atEnd)));
    atEnd(() => cloud.close());
    const root = `/Uketori-bench-${randomBytes(4).toString('hex')}`;
    atEnd(async () => {
      await cloud.remove(root);
      await cloud.removeFromTrash(root);
    });
    await cloud.makeFolder(root);
    const server = given === undefined ? 'stand-in' : `Nextcloud ${cloud.version} at ${given.url}`;
    return newBench({ ...options, cloud, server, root, dir, processes, atEnd, close });
  } catch (error) {
    await close();
    throw error;
  }
};

const newBench = (
  made: Pick<
    Bench,
    'rounds' | 'quick' | 'cloud' | 'server' | 'root' | 'dir' | 'processes' | 'atEnd' | 'close'
  >,
): Bench => {
  const { cloud, dir } = made;
  const files = new Map<number, Promise<LoadFile>>();
  let site: Promise<Site> | undefined;
  const foldersOf = async (uploadIds: readonly string[]): Promise<string[]> => {
    const ids = new Set(uploadIds);
    return (await cloud.partFolders()).filter((name) => ids.has(/upl_[0-9a-f]{32}/.exec(name)?.[0] ?? ''));
  };
  const makeFile = async (sizeBytes: number): Promise<LoadFile> => {
    const path = join(dir, `random-${sizeBytes}.bin`);
    return {
      name: 'random.bin',
      sizeBytes,
      sha256: await writeRandomFile(path, sizeBytes),
      content: { path },
    };
  };
  const bench: Bench = {
    ...made,
    site() {
      site ??= openSite(bench, cloud.url);
      return site;
    },
    file(sizeBytes) {
      const file = files.get(sizeBytes) ?? makeFile(sizeBytes);
      files.set(sizeBytes, file);
      return file;
    },
    say: (words) => console.error(words),
    settle: async () => void (await promisify(execFile)('sync')),
    async untilNoParts(uploadIds) {
      const deadlineMs = Date.now() + partsLimitMs;
      while ((await foldersOf(uploadIds)).length > 0 && Date.now() < deadlineMs) await delay(250);
    },
    removeParts: async (uploadIds) =>
      inParallel(await foldersOf(uploadIds), removalsAtOnce, (name) => cloud.removePartFolder(name)),
  };
  return bench;
};

const startStandin = async (
  processes: Processes,
  root: string,
  atEnd: Bench['atEnd'],
): Promise<CloudAccount> => {
  const child = await startChild<StandinTask>(processes, 'standin', { root }, { lasting: true });
  atEnd(() => child.end());
  return child.told;
};

const undo = async (tasks: (() => Promise<unknown>)[]): Promise<string[]> => {
  const problems: string[] = [];
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop())
    await task().catch((error: unknown) =>
      problems.push(error instanceof Error ? error.message : String(error)),
    );
  return problems;
};
