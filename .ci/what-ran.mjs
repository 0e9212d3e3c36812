/**
 * Reads vitest's reports and fails when a suite that must run did not run whole: a file of it that vitest never saw, a
 * file without a test, a test that was skipped. Prints every failure again, since a long log may be cut, and, last, how many
 * tests passed and failed.
 *   node .ci/what-ran.mjs REPORT.json…
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** May not be skipped, neither whole nor in part. */
const suites = ['unit', 'contract', 'integration', 'faults', 'e2e'];

/** Tests that may be skipped all the same, by their file and a part of their full name; each for its reason. */
const maySkip = [
  {
    file: 'test/contract/destination/folder/folder.test.ts',
    name: 'a folder that may not be written to is told to staff',
    reason: 'root may write everywhere',
    when: process.getuid?.() === 0,
  },
  {
    file: 'test/faults/postgres-embedded.test.ts',
    name: '(only as root)',
    reason: 'only root starts PostgreSQL as another account',
    when: process.getuid?.() !== 0,
  },
];

const filesOf = (suite) => {
  const folder = join(root, 'test', suite);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.test\.tsx?$/.test(path))
    .map((path) => `test/${suite}/${path}`);
};

const mayBeSkipped = (file, test) =>
  maySkip.some((entry) => entry.when && entry.file === file && test.fullName.includes(entry.name));

const problems = [];
const skipped = [];
const ran = new Map();
for (const path of process.argv.slice(2)) {
  if (!existsSync(path)) {
    problems.push(`a run ended before it could report: ${path}`);
    continue;
  }
  for (const file of JSON.parse(readFileSync(path, 'utf8')).testResults)
    ran.set(relative(root, file.name), file);
}

let passed = 0;
let failed = 0;
for (const [name, file] of ran) {
  // A file that could not even be loaded, or whose clean-up failed, has no failed test to show for it.
  if (file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed')) {
    problems.push(`${name}: failed outside its tests\n${(file.message ?? '').slice(0, 3000)}`);
    failed += 1;
  }
  for (const test of file.assertionResults) {
    if (test.status === 'passed') passed += 1;
    else if (test.status === 'failed') {
      failed += 1;
      problems.push(
        `${name}: failed: ${test.fullName}\n${(test.failureMessages ?? []).join('\n').slice(0, 3000)}`,
      );
    } else if (mayBeSkipped(name, test)) skipped.push(`${name}: skipped on purpose: ${test.fullName}`);
    else problems.push(`${name}: ${test.status}: ${test.fullName}`);
  }
}

for (const suite of suites) {
  const files = filesOf(suite);
  if (files.length === 0) problems.push(`test/${suite}: no test files`);
  for (const file of files)
    if ((ran.get(file)?.assertionResults.length ?? 0) === 0) problems.push(`${file}: did not run`);
}

const lines = [...skipped, ...problems, `${passed} passed, ${failed} failed`];
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = problems.length > 0 || failed > 0 || passed === 0 ? 1 : 0;
