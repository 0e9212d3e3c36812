import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

/** The product as a person starts it: everything in one folder, with nothing configured but where. */
export interface Product {
  /** `http://localhost:<port>` */
  origin: string;
  port: number;
  login: string;
  password: string;
  /** The link of the sample request, where the start made one. */
  sampleLink: string | undefined;
  dataDir: string;
  importDir: string;
  /** Everything that it has printed so far. */
  output(): string;
  /** The portal's process; another one after it was started again. `undefined` while there is none. */
  portalPid(): Promise<number | undefined>;
  /** As Ctrl-C does. Throws when it does not end well, or not within the 10 s that it promises. */
  stop(): Promise<void>;
}

const repository = join(import.meta.dirname, '..', '..', '..');
const startLimitMs = 90_000;
const stopLimitMs = 10_000;

/** What would make the product start otherwise than on a fresh machine. */
const foreign =
  /^(NEXTCLOUD_|VITEST)|^(NODE_ENV|PUBLIC_URL|DATABASE_URL|SECRET_KEY|HOST|LOG_LEVEL|IMPORT_DIR)$/;

const environment = (more: Record<string, string>): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))),
  TIME_ZONE: 'Asia/Tokyo',
  // tsx looks for it in the working directory, which here is another.
  TSX_TSCONFIG_PATH: join(repository, 'tsconfig.json'),
  ...more,
});

/** Starts it in a folder of its own, which `stop` deletes. @param settings further environment variables */
export const startProduct = async (settings: Record<string, string> = {}): Promise<Product> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'uketori-e2e-')));
  // PostgreSQL runs as another account when these tests run as root.
  await chmod(folder, 0o755);
  const port = await threeFreePorts();
  const dataDir = join(folder, 'data');
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(repository, 'server/main.ts')],
    {
      cwd: folder,
      env: environment({ DATA_DIR: dataDir, PORT: String(port), ...settings }),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  try {
    const said = await until('the product runs', startLimitMs, () => {
      if (child.exitCode !== null) throw new Error(`The product ended while it started:\n${output}`);
      return output.includes('Imported files') && output.endsWith('\n') && output;
    });
    return {
      origin: found(said, /Portal\s+(http\S+)/),
      port,
      login: found(said, /login (\S+)/),
      password: found(said, /password (\S+)/),
      sampleLink: /Sample request\s+(http\S+)/.exec(said)?.[1],
      dataDir,
      importDir: join(dataDir, 'imported'),
      output: () => output,
      portalPid: () => portalOf(child),
      stop: () => stop(child, folder),
    };
  } catch (error) {
    await stop(child, folder).catch(() => undefined);
    throw error;
  }
};

const found = (text: string, pattern: RegExp): string => {
  const value = pattern.exec(text)?.[1];
  if (value === undefined) throw new Error(`${String(pattern)} is missing in:\n${text}`);
  return value;
};

const stop = async (child: ChildProcess, folder: string): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGINT');
    await until(
      'the product has stopped',
      stopLimitMs,
      () => child.exitCode !== null || child.signalCode !== null,
    ).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  if (child.exitCode !== 0) throw new Error(`the product ended with ${child.exitCode ?? child.signalCode}`);
};

/** The child of the supervisor that runs as `main portal`. */
const portalOf = async (supervisor: ChildProcess): Promise<number | undefined> => {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const [stat, words] = await Promise.all(
      ['stat', 'cmdline'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
    );
    const parent = /^\d+ \(.*\) \S (\d+)/s.exec(stat ?? '')?.[1];
    if (parent === String(supervisor.pid) && (words ?? '').split('\0').includes('portal')) return Number(pid);
  }
  return undefined;
};

/** A port that is free, and the next two: the stand-in and the demo's receiver listen there. */
const threeFreePorts = async (): Promise<number> => {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = await tryListen(0);
    if (port === undefined || port > 65_533) continue;
    if ((await tryListen(port + 1)) !== undefined && (await tryListen(port + 2)) !== undefined) return port;
  }
  throw new Error('no three neighbouring ports are free');
};

const tryListen = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
