import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPortal, type TestPortal } from '../../support/portal.ts';

/*
 * Another program has the package, a compiler and a tus client, and nothing else of ours.
 */

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const tsc = join(root, 'node_modules/typescript-native/bin/tsc');

let portal: TestPortal;
let folder: string;

beforeAll(async () => {
  portal = await startPortal();
  folder = await mkdtemp(join(tmpdir(), 'uketori-client-'));
  await run(process.execPath, [tsc, '-p', 'tsconfig.client.json', '--emitDeclarationOnly', 'false'], {
    cwd: root,
  });
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const [{ filename } = { filename: '' }] = JSON.parse(packed.stdout) as { filename: string }[];
  const installed = join(folder, 'node_modules/uketori');
  await mkdir(installed, { recursive: true });
  await run('tar', ['xzf', join(folder, filename), '-C', installed, '--strip-components=1']);
  await mkdir(join(folder, 'node_modules/@types'));
  for (const name of ['tus-js-client', '@types/node'])
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(
    join(folder, 'program.ts'),
    await readFile(join(import.meta.dirname, 'program.txt'), 'utf8'),
  );
});

afterAll(async () => {
  await portal.close();
  await rm(folder, { recursive: true, force: true });
});

test('a program that installs the package is compiled strictly, and does everything with it', async () => {
  const strict = '--strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --verbatimModuleSyntax';
  const target = '--target es2022 --module nodenext --lib es2023 --types node';
  const compiled = await run(
    process.execPath,
    [tsc, ...strict.split(' '), ...target.split(' '), 'program.ts'],
    { cwd: folder },
  ).catch((error: { stdout: string }) => error);
  expect(compiled.stdout).toBe('');
  const { stdout } = await run(process.execPath, ['program.js'], {
    cwd: folder,
    env: { PORTAL: portal.url, TOKEN: await portal.apiToken() },
  });
  expect(JSON.parse(stdout)).toEqual({
    opened: 'Monthly reports',
    state: 'sealed',
    receipt: expect.stringMatching(/\/receipts\/sub_/),
    received: [{ path: 'Report/report.txt', item: 'Report' }],
    csv: expect.stringContaining('request.opened'),
    code: 'request.wrong-state',
  });
});
