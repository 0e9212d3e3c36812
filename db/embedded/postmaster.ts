import { execFile, spawn } from 'node:child_process';
import { constants, open, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { postgresEnvironment } from './cluster.ts';
import { socketFile } from './connection.ts';
import { codeOf, EmbeddedPostgresError, unless } from './error.ts';
import { type Home, type Place, rotateLog, socketFolder } from './place.ts';

const run = promisify(execFile);
const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;

/** What postmaster.pid says, believed only as far as the process itself bears it out. */
export type Seen =
  | { state: 'none' }
  | { state: 'starting' | 'stopping'; pid: number }
  | { state: 'ready'; pid: number; socketDir: string };

const pidFileOf = (cluster: string): string => join(cluster, 'postmaster.pid');

/** Whether a process runs. One that has ended and only waits for its parent to notice does not. */
export const isAlive = async (pid: number): Promise<boolean> => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false;
  }
  if (process.platform !== 'linux') return true;
  const status = await unless(['ENOENT', 'ESRCH'], readFile(`/proc/${pid}/stat`, 'utf8'));
  return status !== undefined && !/\) [ZX] [^)]*$/.test(status);
};

/** Whether the process with this id is the server of this cluster: numbers are given out again. */
const isServerOf = async (pid: number, cluster: string): Promise<boolean> => {
  if (!(await isAlive(pid))) return false;
  if (process.platform === 'linux') {
    const folder = await unless(['ENOENT', 'ESRCH', 'EACCES', 'EPERM'], readlink(`/proc/${pid}/cwd`));
    if (folder !== undefined) return folder === cluster;
    // In a container root may not look at another account's working directory: the arguments are open to all.
    const words =
      (await unless(['ENOENT', 'ESRCH', 'EACCES'], readFile(`/proc/${pid}/cmdline`, 'utf8'))) ?? '';
    return words.split('\0').includes(cluster);
  }
  const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.includes(`-D ${cluster}`);
};

interface PidFile {
  text: string;
  pid: number;
  socketDir: string;
  status: string;
}

/** Lines: pid, data folder, start time, port, socket folder, address, shared memory, status. */
const readPidFile = async (cluster: string): Promise<PidFile | undefined> => {
  const text = await unless(['ENOENT'], readFile(pidFileOf(cluster), 'utf8'));
  if (text === undefined) return undefined;
  const [pid = '', , , , socketDir = '', , , status = ''] = text.split('\n');
  // Single-user PostgreSQL writes its number with a minus.
  return { text, pid: Math.abs(Number(pid)), socketDir, status: status.trim() };
};

/** What runs on this cluster at the moment. Changes nothing. */
export const look = async ({ cluster }: Pick<Place, 'cluster'>): Promise<Seen> => {
  const file = await readPidFile(cluster);
  if (file === undefined || file.pid === 0 || !(await isServerOf(file.pid, cluster)))
    return { state: 'none' };
  const { pid, socketDir, status } = file;
  if (status === 'ready' && socketDir !== '') return { state: 'ready', pid, socketDir };
  return { state: status === 'stopping' ? 'stopping' : 'starting', pid };
};

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** An empty lock file may be one that is being written; older than this it is left over from a full disk. */
const writtenWithinMs = 5_000;

/** What PostgreSQL itself asks of a number in a lock file: does anything have it, and be it only a remainder? */
const isTaken = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
};

/** Takes one lock file away if its number belongs to something that is not this cluster's server. */
const clearStaleLock = async (lock: string, cluster: string): Promise<void> => {
  const text = await unless(['ENOENT'], readFile(lock, 'utf8'));
  if (text === undefined) return;
  const pid = Math.abs(Number.parseInt(text, 10));
  if (pid > 0) {
    if (!isTaken(pid) || (await isServerOf(pid, cluster))) return;
  } else {
    const seen = await unless(['ENOENT'], stat(lock));
    if (seen === undefined || Date.now() - seen.mtimeMs < writtenWithinMs) return;
  }
  const aside = `${lock}.stale-${process.pid}`;
  if (
    (await unless(
      ['ENOENT'],
      rename(lock, aside).then(() => true),
    )) !== true
  )
    return;
  // Another start may have put its own there meanwhile.
  if ((await readFile(aside, 'utf8')) === text) await rm(aside);
  else await rename(aside, lock);
};

/**
 * Takes away lock files whose number now belongs to another process (after a reboot, in a new container) or to a
 * dead one that nobody reaps (in a container without an init): PostgreSQL would respect them for ever. Where the
 * number is free it sees for itself.
 * Danger: a second server on one cluster destroys it. So a server that can't be seen from here (in another
 * container) but answers on this cluster's socket is respected, and processes of a killed server that still run
 * are noticed by PostgreSQL through its shared memory.
 */
const clearStaleLocks = async (place: Place, socketDir: string): Promise<void> => {
  if ((await answers(socketFile(socketDir))) && (await look(place)).state === 'none')
    throw new EmbeddedPostgresError(
      `${place.cluster} is in use by a PostgreSQL server that can't be seen from here, perhaps in another container: stop that one first.`,
    );
  await clearStaleLock(pidFileOf(place.cluster), place.cluster);
  await clearStaleLock(`${socketFile(socketDir)}.lock`, place.cluster);
};

export interface Launched {
  pid: number;
  /** Set when the process has ended: its exit code, or the signal's name. */
  ended(): number | string | undefined;
  /** What it has written to the log. */
  said(): Promise<string>;
}

/** Starts the server in a session of its own, so that it outlives this process and no Ctrl-C reaches it. */
export const launch = async (home: Home, binaries: Binaries): Promise<Launched> => {
  const { cluster, logFile, switchTo } = home;
  const socketDir = await socketFolder(home);
  await clearStaleLocks(home, socketDir);
  await rotateLog(home);
  const output = await open(logFile, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    if (switchTo !== undefined) await output.chown(switchTo.uid, switchTo.gid);
    const { size: from } = await output.stat();
    const settings = [
      'listen_addresses=',
      `unix_socket_directories="${socketDir.replaceAll('"', '""')}"`,
      'port=5432',
    ];
    const child = spawn(
      binaries.postgres,
      ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])],
      {
        ...(switchTo === undefined ? {} : { uid: switchTo.uid, gid: switchTo.gid }),
        cwd: cluster,
        env: postgresEnvironment,
        detached: true,
        stdio: ['ignore', output.fd, output.fd],
      },
    );
    let end: number | string | undefined;
    child.once('exit', (code, signal) => {
      end = code ?? signal ?? 'unknown';
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => resolve(child.pid ?? 0));
    });
    child.unref();
    return {
      pid,
      ended: () => end,
      said: async () => (await readFile(logFile)).subarray(from).toString('utf8'),
    };
  } finally {
    await output.close();
  }
};

/** Ends a server: connections are cut, data are written. After `patienceMs` it is cut short, which costs a recovery. */
export const shutDown = async (pid: number, cluster: string, patienceMs: number): Promise<boolean> => {
  for (const [signal, waitMs] of [['SIGINT', patienceMs] as const, ['SIGQUIT', 1_500] as const]) {
    if (!(await isServerOf(pid, cluster))) return true;
    process.kill(pid, signal);
    if (await until(async () => !(await isAlive(pid)), waitMs)) return true;
  }
  return false;
};

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Asks every 20 ms, and says whether the answer was yes in time. */
export const until = async (condition: () => Promise<boolean>, timeoutMs: number): Promise<boolean> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() > deadline) return false;
    await pause(20);
  }
};
