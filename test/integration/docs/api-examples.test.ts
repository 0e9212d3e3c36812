import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { statusOf } from '../../../server/http/failures.ts';
import { failureCodes } from '../../../server/lib/failure.ts';
import { networksOf } from '../../../server/lib/networks.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';

/*
 * The examples of docs/api.md, run as they stand there, in one shell, one after the other; and what they print, compared
 * with what stands below each.
 */

interface Example {
  line: number;
  command: string;
  /** What stands below it. */
  prints: { isJson: boolean; text: string } | undefined;
}

const docs = join(import.meta.dirname, '../../../docs');

const examplesIn = (page: string): Example[] => {
  const found: { kind: string; body: string; line: number }[] = [
    ...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm),
  ].map(({ 1: kind, 2: body, index }) => ({
    kind: kind ?? '',
    body: body ?? '',
    line: page.slice(0, index).split('\n').length,
  }));
  return found.flatMap(({ kind, body, line }, index) => {
    if (kind !== 'sh') return [];
    const below = found[index + 1];
    const isPrint = below?.kind === 'json' || below?.kind === 'text';
    return [
      {
        line,
        command: body,
        prints: isPrint ? { isJson: below.kind === 'json', text: below.body } : undefined,
      },
    ];
  });
};

let portal: TestPortal;
let folder: string;
let hook: { url: string; close(): void };

beforeAll(async () => {
  portal = await startPortal({ importer: true, config: { destinationNetworks: networksOf('127.0.0.1') } });
  folder = await mkdtemp(join(tmpdir(), 'uketori-docs-'));
  hook = await startHook();
  await writeFile(join(folder, 'report.pdf'), '%PDF-1.7\nreport');
  await writeFile(join(folder, 'photos.zip'), Buffer.from('PK\u0003\u0004photos'));
});

afterAll(async () => {
  hook.close();
  await portal.close();
  await rm(folder, { recursive: true, force: true });
});

/** Keeps the last message, as somebody's receiver would. */
const startHook = async () => {
  const server = createServer((request, response) => {
    void buffer(request)
      .then((body) => writeFile(join(folder, 'message.json'), body))
      .then(() => response.writeHead(204).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook`,
    close: () => server.close(),
  };
};

/** @returns what each example has printed; those after one that failed have printed nothing */
const runAll = async (examples: Example[]) => {
  const script = examples.map(({ command, line }) => `exec >${String(line)}.out\n${command}`).join('\n');
  await writeFile(join(folder, 'examples.sh'), `set -euo pipefail\n${script}`);
  const token = await portal.apiToken();
  const shell = spawn('bash', ['examples.sh'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORTAL: portal.url, TOKEN: token, HOOK: hook.url },
  });
  const [errors, [code]] = await Promise.all([text(shell.stderr), once(shell, 'close')]);
  const printed = await Promise.all(
    examples.map(({ line }) => readFile(join(folder, `${String(line)}.out`), 'utf8').catch(() => undefined)),
  );
  return { code: code as number, errors, printed };
};

/** One value after another, as `curl` prints them. */
const valuesIn = (json: string): unknown[] =>
  execFileSync('jq', ['-c', '.'], { input: json, encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

/** `…` is anything; of an object what is named; of a list as many as stand there. */
const like = (wanted: unknown): unknown => {
  if (typeof wanted === 'string' && wanted.includes('…')) return expect.stringMatching(patternOf(wanted));
  if (Array.isArray(wanted)) return wanted.length === 0 ? [] : wanted.map(like);
  if (typeof wanted !== 'object' || wanted === null) return wanted;
  return expect.objectContaining(
    Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, like(value)])),
  );
};

const patternOf = (words: string): RegExp => {
  const parts = words.split('…').map((part) => part.replaceAll(/\W/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[^]+')}$`);
};

test('every example of the API’s page does what stands below it', async () => {
  const examples = examplesIn(await readFile(join(docs, 'api.md'), 'utf8'));
  expect(examples.length).toBeGreaterThan(12);
  const { code, errors, printed } = await runAll(examples);
  expect([code, errors]).toEqual([0, '']);
  const shown = examples.flatMap(({ line, prints }, index) =>
    prints === undefined ? [] : [{ line, ...prints, said: printed[index] ?? '' }],
  );
  const read = (text: string, isJson: boolean): unknown => (isJson ? valuesIn(text) : text.trim());
  expect(shown.map(({ line, said, isJson }) => [line, read(said, isJson)])).toEqual(
    shown.map(({ line, text, isJson }) => [line, like(read(text, isJson))]),
  );
});

test('every code of an error has its line, with its status', async () => {
  const page = await readFile(join(docs, 'errors.md'), 'utf8');
  const told = [...page.matchAll(/^\| `([\w.-]+)` \| (\d{3}) \| .+ \|$/gm)].map(([, code, status]) => [
    code,
    Number(status),
  ]);
  expect(told.map(String).sort()).toEqual(failureCodes.map((code) => String([code, statusOf[code]])).sort());
});
