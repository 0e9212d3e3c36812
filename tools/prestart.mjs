/**
 * Runs before `npm start` and `npm test`, with nothing installed: checks Node, installs what the lockfile says and
 * isn't there, and builds when the sources have changed since the last build (not with `--no-build`).
 * No `??` and no `?.` here: an old Node must get as far as the sentence that says it is too old.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const marker = join(root, 'dist', '.built');
const oldestNode = [20, 19];

const say = (sentence) => process.stderr.write(`${sentence}\n`);

const giveUp = (sentence) => {
  say(sentence);
  process.exit(1);
};

const nodeIsNewEnough = () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
};

/** Packages by path, from a lockfile or from npm's own note of what it installed. */
const packagesIn = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {});

/** The first package that is missing or of another version, in words; `undefined` when all are there. */
const missingPackage = (withDev) => {
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  for (const [path, wanted] of Object.entries(packagesIn(join(root, 'package-lock.json')))) {
    if (path === '' || wanted.link === true) continue;
    const found = installed[path];
    const there = found !== undefined && existsSync(join(root, path));
    // Packages for other platforms are optional; what npm could leave out it may have left out.
    const dispensable =
      wanted.optional === true || (!withDev && (wanted.dev === true || wanted.devOptional === true));
    if (!there && !dispensable) return `${path} is missing`;
    if (there && found.version !== wanted.version)
      return `${path} is ${found.version}, not ${wanted.version}`;
  }
  return undefined;
};

/** What a build is made of. `web` and `tools` hold styles and build steps too, so all files count. */
const sourceFolders = ['server', 'db', 'web', 'tools', 'test/standins'];
const sourceFiles = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

const filesBelow = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });

/** By content: copying, cloning and unpacking change times. */
const sourcesHash = () => {
  const folders = sourceFolders.filter((folder) => existsSync(join(root, folder)));
  const files = [
    ...folders.flatMap(filesBelow),
    ...sourceFiles.filter((file) => existsSync(join(root, file))),
  ];
  files.sort((a, b) => (a < b ? -1 : 1));
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(join(root, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
};

/** The npm that runs this script, or else the one on the path. */
const npm = (...words) => {
  const running = process.env.npm_execpath;
  const command =
    running !== undefined && /^npm-cli\.c?js$/.test(basename(running))
      ? [process.execPath, running]
      : ['npm'];
  const { status, error } = spawnSync(command[0], [...command.slice(1), ...words], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error !== undefined) giveUp(`npm can't be started: ${error.message}`);
  return status === 0;
};

const install = (withDev) => {
  const missing = missingPackage(withDev);
  if (missing === undefined) return;
  say(`Installing packages with "npm ci" (${missing}).`);
  if (!npm('ci', '--no-audit', '--no-fund', ...(withDev ? ['--include=dev'] : [])))
    giveUp('"npm ci" failed: what went wrong stands above.');
};

const main = () => {
  if (!nodeIsNewEnough())
    giveUp(
      `Uketori needs Node ${oldestNode.join('.')} or newer, and this is ${process.versions.node} (${process.execPath}).`,
    );
  if (process.argv.includes('--no-build')) {
    install(true);
    return;
  }
  // A deployment brings `dist` without the sources: then there is nothing to build.
  const hash = existsSync(join(root, 'tsconfig.build.json')) ? sourcesHash() : undefined;
  const upToDate = existsSync(marker) && (hash === undefined || readFileSync(marker, 'utf8').trim() === hash);
  // The tools that build are development packages, which a server that has its build needn't have.
  install(!upToDate);
  if (upToDate) return;
  say('Building.');
  if (!npm('run', '--silent', 'build')) giveUp('"npm run build" failed: what went wrong stands above.');
  mkdirSync(dirname(marker), { recursive: true });
  writeFileSync(marker, `${hash}\n`);
};

main();
