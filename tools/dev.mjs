/**
 * `npm run dev`: everything runs from its sources. A change in `web` builds what browsers load anew; a change in
 * `server`, `db` or `web` starts the servers anew. Ctrl-C ends it all.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
const endLimitMs = 12_000;

/** Watched beside what `main.ts` imports: its child processes import what it does not. */
const watched = ['server', 'db', 'web', 'test/standins'].map((folder) => `${folder}/**/*`);
/** Written last by a build of the assets, and read by the servers at their start. */
const manifest = 'dist/web/assets/manifest.json';

/**
 * In a group of its own: Ctrl-C reaches this process alone, which passes one signal on. tsx takes a second one as leave
 * to kill the servers before they have ended.
 */
const run = (words) =>
  spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], detached: true });

const children = new Set();
let ending = false;

const end = (exitCode) => {
  if (ending) return;
  ending = true;
  process.exitCode = exitCode;
  for (const child of children) child.kill('SIGTERM');
  setTimeout(() => {
    for (const child of children) child.kill('SIGKILL');
  }, endLimitMs).unref();
};

/** When one of them ends, all do. */
const keep = (words) => {
  const child = run(words);
  children.add(child);
  child.once('exit', (code) => {
    children.delete(child);
    end(code ?? 0);
  });
};

/** The servers need what browsers load, so there is one build before the first start. */
const buildOnce = () =>
  new Promise((resolve) => {
    const build = run([join(root, 'tools/build.mjs'), '--assets-only']);
    children.add(build);
    build.once('exit', (code) => {
      children.delete(build);
      resolve(code === 0);
    });
  });

process.on('SIGINT', () => end(0));
process.on('SIGTERM', () => end(0));

if (!(await buildOnce())) end(1);
if (!ending) {
  keep([join(root, 'tools/build.mjs'), '--watch']);
  keep([
    tsx,
    'watch',
    '--clear-screen=false',
    ...[...watched, manifest].map((path) => `--include=${path}`),
    'server/main.ts',
  ]);
}
