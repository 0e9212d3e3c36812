import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { verifyReceiptCommand } from '../../../server/cli/receipt.ts';
import { receiptAsText } from '../../../server/intake/check-receipt.ts';
import { createReceiptSigner } from '../../../server/intake/receipt-signer.ts';
import { receiptText } from '../../../server/intake/rules/receipt.ts';
import { createSealing } from '../../../server/lib/sealing.ts';

const repository = join(import.meta.dirname, '..', '..', '..');
const secretKey = 'a secret of thirty-two letters and more';
let folder: string;
let printed: string[];

const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'uketori-cli-'));
  const receipts = createReceiptSigner(createSealing(createHash('sha256').update(secretKey).digest()));
  const text = receiptText({
    format: 'uketori-receipt/2',
    number: '261122-7F3KQ',
    request: { id: 'req_1', title: 'Papers' },
    submitter: { name: 'Eve\u001b[2K\ngenuine' },
    sealedAt: '2026-11-22T07:59:47.120Z',
    issuedAt: '2026-11-22T08:01:10.000Z',
    late: false,
    finishedBySubmitter: true,
    files: ['a.txt', '検収書.txt'].map((path) => ({
      sentName: path,
      path,
      sizeBytes: path.length,
      sha256: createHash('sha256').update(path).digest('hex'),
      storedAt: '2026-11-22T07:58:12.001Z',
    })),
    withdrawn: [{ path: 'wrong.txt', at: '2026-11-22T08:01:10.000Z' }],
  });
  const asText = receiptAsText(
    { receipts, zone: 'Asia/Tokyo' },
    { text, signature: receipts.sign(text) },
    'ja',
  );
  for (const [name, content] of Object.entries({
    'receipt.txt': asText,
    'changed.txt': asText.replace('Papers', 'Lapers'),
    'a.txt': 'a.txt',
    'renamed.txt': '検収書.txt',
    'wrong.txt': 'wrong',
  }))
    writeFileSync(at(name), content);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(() => {
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  vi.stubEnv('DATA_DIR', at('data'));
  vi.stubEnv('SECRET_KEY', secretKey);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const verify = (...names: string[]): Promise<number> => verifyReceiptCommand(names.map(at));

test('a genuine receipt and its files are 0, each with its verdict, and nothing in a name acts on the terminal', async () => {
  expect(await verify('receipt.txt', 'a.txt', 'renamed.txt')).toBe(0);
  expect(printed).toEqual([
    expect.stringMatching(
      /^genuine +receipt 261122-7F3KQ, issued 2026-11-22T08:01:10\.000Z, from "Eve\\u001b\[2K\\ngenuine", for "Papers", files: 2, taken back: "wrong\.txt"$/,
    ),
    expect.stringMatching(/^is on it +".*\/a\.txt": file 1, "a\.txt"$/),
    expect.stringMatching(/^is on it +".*\/renamed\.txt": file 2, "検収書\.txt"$/),
  ]);
});

test('a wrong file, and one that is not there, are 1, and the others are told all the same', async () => {
  expect(await verify('receipt.txt', 'wrong.txt', 'none.txt', 'a.txt')).toBe(1);
  expect(printed.slice(1)).toEqual([
    expect.stringMatching(/^NOT ON IT +".*\/wrong\.txt"/),
    expect.stringMatching(/^UNREADABLE +".*\/none\.txt"/),
    expect.stringMatching(/^is on it +".*\/a\.txt"/),
  ]);
});

test('a changed receipt, and one of another key, are 1', async () => {
  expect(await verify('changed.txt', 'a.txt')).toBe(1);
  vi.stubEnv('SECRET_KEY', 'another secret of thirty-two letters and more');
  expect(await verify('receipt.txt')).toBe(1);
  expect(printed).toEqual([
    expect.stringMatching(/^NOT GENUINE +".*\/changed\.txt"/),
    expect.stringMatching(/^NOT GENUINE +".*\/receipt\.txt"/),
  ]);
});

test('without the key it says so, and makes none', async () => {
  vi.stubEnv('SECRET_KEY', '');
  await expect(verify('receipt.txt')).rejects.toThrow('The key of the installation is missing');
  expect(printed).toEqual([]);
  expect(existsSync(at('data'))).toBe(false);
});

test('the command is there, and hands its verdict on as its exit code', () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      join(repository, 'server/cli/main.ts'),
      'receipt',
      'verify',
      'receipt.txt',
      'wrong.txt',
    ],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, TSX_TSCONFIG_PATH: join(repository, 'tsconfig.json') },
    },
  );
  expect(stdout).toMatch(/^genuine .*\nNOT ON IT /);
  expect(status).toBe(1);
}, 60_000);
