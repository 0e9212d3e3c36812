import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isAlive } from '../../db/embedded/postmaster.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const startLimitMs = 90_000;
/** What the product promises for SIGTERM and for Ctrl-C. */
export const endLimitMs = 10_000;

export type Role = 'all' | 'portal' | 'importer';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The product, or a part of it, as an operating system's process. */
export interface ProductProcess {
  readonly pid: number;
  /** Undefined as long as it runs. */
  readonly ended: Ended | undefined;
  /** What it has printed so far, errors too. */
  output(): string;
  /** Sends a signal and waits for the end. @throws Error when the process is still there after ten seconds */
  end(signal: NodeJS.Signals): Promise<Ended>;
  /** Resolves when it has ended, whoever ended it. @throws Error when it has not in time */
  whenEnded(limitMs?: number): Promise<Ended>;
}

export interface ProcessOptions {
  /** Folder that it is started in, where it finds `.env` and makes `data/`. */
  dir: string;
  env: Record<string, string>;
}

const running = new Set<{ child: ChildProcess; role: Role }>();

/** Starts `server/main.ts` from the sources and resolves when it is ready. @throws Error with its words when it ends first */
export const startProduct = async (role: Role, options: ProcessOptions): Promise<ProductProcess> => {
  const product = await launchProduct(role, options);
  const isReady = role === 'all' ? () => product.output().includes('Imported files') : () => product.told();
  await until(`${role} to be ready`, startLimitMs, async () => {
    if (product.ended !== undefined)
      throw new Error(`${role} ended before it was ready: ${product.output().slice(-2000)}`);
    return isReady();
  });
  return product;
};

/** The same without waiting, for a start that is to fail. */
export const launchProduct = async (
  role: Role,
  options: ProcessOptions,
): Promise<ProductProcess & { told: () => boolean }> => {
  await ensureAssets();
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(repository, 'server', 'main.ts'), role],
    {
      cwd: options.dir,
      env: { ...inherited(), ...options.env },
      // `all` is started as from a shell: a process group of its own, and nobody it could tell that it is ready.
      detached: role === 'all',
      stdio: ['ignore', 'pipe', 'pipe', ...(role === 'all' ? [] : ['ipc' as const])],
    },
  );
  const entry = { child, role };
  running.add(entry);
  let text = '';
  let told = false;
  let ended: Ended | undefined;
  const gone = new Promise<Ended>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = { code, signal };
      running.delete(entry);
      resolve(ended);
    });
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  child.on('message', (message) => {
    told ||= typeof message === 'object' && message !== null && 'ready' in message;
  });
  await once(child, 'spawn');
  const whenEnded = async (limitMs = endLimitMs): Promise<Ended> => {
    const timer = new AbortController();
    const late = delay(limitMs, undefined, { signal: timer.signal }).catch(() => undefined);
    const end = await Promise.race([gone, late]);
    timer.abort();
    if (end === undefined)
      throw new Error(`${role} still runs after ${limitMs} ms. It said: ${text.slice(-2000)}`);
    return end;
  };
  return {
    pid: child.pid ?? 0,
    get ended() {
      return ended;
    },
    told: () => told,
    output: () => text,
    whenEnded,
    end(signal) {
      child.kill(signal);
      return whenEnded();
    },
  };
};

/** For `afterAll`: ends whatever a failed test has left running. */
export const endProducts = async (): Promise<void> => {
  for (const { child, role } of running) {
    const gone = once(child, 'exit');
    if (role === 'all') signalGroup(child.pid ?? 0, 'SIGKILL');
    else child.kill('SIGKILL');
    await gone;
  }
};

/** Signals a whole process group, as Ctrl-C does. @returns false when there is none any more */
export const signalGroup = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};

export { isAlive };

/** Whether any process of a group runs. */
export const groupRuns = async (groupId: number): Promise<boolean> => {
  if (process.platform !== 'linux') return signalGroup(groupId, 0);
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // After the name in brackets: state, parent, group.
    const [state = 'Z', , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (Number(group) === groupId && !'ZX'.includes(state)) return true;
  }
  return false;
};

/** Asks again and again until the answer is yes. @throws Error naming what was waited for */
export const until = async (
  what: string,
  limitMs: number,
  condition: () => Promise<boolean> | boolean,
): Promise<void> => {
  const deadlineMs = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadlineMs) throw new Error(`waited ${limitMs} ms for ${what}`);
    await delay(25);
  }
};

/**
 * A port that is free, and so is the next (the demo's stand-in takes it). Below the range from which systems choose
 * ports for outgoing connections, so that nothing takes one while the product restarts on it.
 */
export const freePorts = async (): Promise<number> => {
  for (;;) {
    const port = 20_000 + 2 * Math.floor(Math.random() * 6_000);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** Nothing of this process's own configuration reaches the product. */
const inherited = (): Record<string, string> => {
  const kept = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TMPDIR'];
  const environment = Object.fromEntries(
    kept.flatMap((key) => {
      const value = process.env[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
  // tsx looks for it in the working directory, which is a temporary folder here.
  return { ...environment, TSX_TSCONFIG_PATH: join(repository, 'tsconfig.json') };
};

let assets: Promise<unknown> | undefined;

/** The portal serves built scripts and styles also where it runs from its sources. */
const ensureAssets = async (): Promise<void> => {
  if (existsSync(join(repository, 'dist', 'web', 'assets', 'manifest.json'))) return;
  assets ??= promisify(execFile)(process.execPath, ['tools/build.mjs', '--assets-only'], { cwd: repository });
  await assets;
};
