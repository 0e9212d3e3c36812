import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import {
  type EmbeddedLog,
  type EmbeddedPostgres,
  findEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../db/embedded.ts';
import { silentLog } from '../../server/lib/log.ts';

const servers = new Set<EmbeddedPostgres>();
const dataDirsOfChildren = new Set<string>();
const folders = new Set<string>();
const children = new Set<ChildProcess>();

/** A folder for one test, open to the account that PostgreSQL runs as. `endEmbedded` stops what runs on it. */
export const newDataDir = async (parent: string = tmpdir()): Promise<string> => {
  const folder = await realpath(await mkdtemp(join(parent, 'uketori-embedded-')));
  await chmod(folder, 0o755);
  folders.add(folder);
  return folder;
};

/** Names a folder that `endEmbedded` shall delete. */
export const removeLater = (folder: string): void => {
  folders.add(folder);
};

/** Starts a server that `endEmbedded` stops. */
export const startForTest = async (
  dataDir: string,
  log: EmbeddedLog = silentLog,
): Promise<EmbeddedPostgres> => {
  const server = await startEmbeddedPostgres({ dataDir, log });
  servers.add(server);
  return server;
};

/** For `afterEach`: ends children first, then the servers started here, then those that the children left. */
export const endEmbedded = async (): Promise<void> => {
  await Promise.all([...children].map((child) => killChild(child)));
  for (const server of servers) await server.stop();
  for (const dataDir of dataDirsOfChildren) {
    if ((await findEmbeddedPostgres({ dataDir })) === undefined) continue;
    await (await startEmbeddedPostgres({ dataDir, log: silentLog })).stop();
  }
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  for (const set of [servers, dataDirsOfChildren, folders]) set.clear();
};

export const killChild = async (child: ChildProcess): Promise<void> => {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGKILL');
  await ended;
};

export interface StartedInChild {
  pid: number;
  adopted: boolean;
  socketDir: string;
}

/** Starts a server from another Node process, which then waits to be killed. `root` is the checkout it runs from. */
export const embeddedInChild = async (
  dataDir: string,
  root: string = join(import.meta.dirname, '..', '..'),
): Promise<{ child: ChildProcess; started: StartedInChild }> => {
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(pathToFileURL(join(root, 'db/embedded.ts')).href)});
    const log = { info() {}, warn() {}, error() {} };
    const { pid, adopted, socketDir } = await startEmbeddedPostgres({ dataDir: process.argv[1], log });
    console.log(JSON.stringify({ pid, adopted, socketDir }));
    setInterval(() => {}, 1e6);`;
  dataDirsOfChildren.add(dataDir);
  const loader = import.meta.resolve('tsx');
  const child = spawn(process.execPath, ['--import', loader, '--input-type=module', '-e', script, dataDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const complaints: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text));
  for await (const line of createInterface({ input: child.stdout }))
    return { child, started: JSON.parse(line) as StartedInChild };
  throw new Error(`the child ended without starting PostgreSQL: ${complaints.join('')}`);
};

export const chownAll = async (path: string, uid: number, gid: number): Promise<void> => {
  await chown(path, uid, gid);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) await chownAll(inner, uid, gid);
    else await chown(inner, uid, gid);
  }
};
