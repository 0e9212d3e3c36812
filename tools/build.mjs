/**
 * Builds everything that runs into `dist/`: the servers and the client's types (tsc), the migrations, and what browsers load.
 *   node tools/build.mjs [--assets-only] [--watch]
 * `--watch` builds the assets again whenever they change, and implies `--assets-only`.
 */
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const assetsDir = join(root, 'dist/web/assets');
const islandsDir = join(root, 'web/islands');
/** JavaScript that a page may load at first, gzipped. */
const scriptBudgetBytes = 35 * 1024;

const compile = (project) => {
  const tsc = join(root, 'node_modules/typescript-native/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

/** npm links it as a command; a compiler makes nothing executable. */
const makeExecutable = () => chmod(join(root, 'dist/server/cli/main.js'), 0o755);

const copyMigrations = async () => {
  const target = join(root, 'dist/db/migrations');
  await rm(target, { recursive: true, force: true });
  await cp(join(root, 'db/migrations'), target, { recursive: true });
};

/** Every file that lies in `web/islands` itself is an island, or an island's worker; its folders hold what they are made of. */
const islands = async () =>
  (await readdir(islandsDir, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(islandsDir, entry.name));

const options = async () => ({
  absWorkingDir: root,
  entryPoints: [...(await islands()), join(root, 'web/styles/main.css')],
  outdir: assetsDir,
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  sourcemap: 'linked',
  legalComments: 'eof',
  metafile: true,
  write: false,
  logLevel: 'warning',
});

/** Sent as they are made here: a phone on a slow line has the page twice as soon. */
const compressed = (contents) => ({
  '.br': brotliCompressSync(contents),
  '.gz': gzipSync(contents, { level: 9 }),
});
const isCompressed = (path) => /\.(js|css)$/.test(path);

/** Writes the files first and the manifest last, in one move: who reads it finds all that it names. */
const write = async (result) => {
  await mkdir(assetsDir, { recursive: true });
  const kept = new Set(['manifest.json']);
  for (const file of result.outputFiles) {
    kept.add(basename(file.path));
    await writeFile(file.path, file.contents);
    if (isCompressed(file.path))
      for (const [ending, contents] of Object.entries(compressed(file.contents))) {
        kept.add(`${basename(file.path)}${ending}`);
        await writeFile(`${file.path}${ending}`, contents);
      }
  }
  const manifest = manifestOf(result.metafile);
  const draft = join(assetsDir, '.manifest.json');
  await writeFile(draft, `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(draft, join(assetsDir, 'manifest.json'));
  for (const name of await readdir(assetsDir)) if (!kept.has(name)) await rm(join(assetsDir, name));
  await report(manifest);
};

const manifestOf = (metafile) => {
  const manifest = { css: '', scripts: {} };
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint === undefined) continue;
    const address = `/assets/${basename(path)}`;
    if (path.endsWith('.css')) manifest.css = address;
    else manifest.scripts[basename(entryPoint).replace(/\.tsx?$/, '')] = address;
  }
  return manifest;
};

const report = async (manifest) => {
  for (const address of [manifest.css, ...Object.values(manifest.scripts)]) {
    const path = join(assetsDir, basename(address));
    const bytes = gzipSync(await readFile(path), { level: 9 }).length;
    console.log(`${relative(root, path)}  ${(bytes / 1024).toFixed(1)} kB gzipped`);
    if (path.endsWith('.js') && bytes > scriptBudgetBytes) {
      console.error(`${basename(path)} is over the budget of ${scriptBudgetBytes / 1024} kB`);
      process.exitCode = 1;
    }
  }
};

const watch = async () => {
  const writing = {
    name: 'write',
    setup: (build) => build.onEnd((result) => (result.errors.length === 0 ? write(result) : undefined)),
  };
  const context = await esbuild.context({ ...(await options()), minify: false, plugins: [writing] });
  await context.watch();
};

const { values: flags } = parseArgs({
  options: { 'assets-only': { type: 'boolean' }, watch: { type: 'boolean' } },
});
if (flags.watch) await watch();
else {
  if (!flags['assets-only']) {
    compile('tsconfig.build.json');
    compile('tsconfig.client.json');
    await makeExecutable();
    await copyMigrations();
  }
  await write(await esbuild.build(await options()));
}
