import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { createBufferBudget } from '../../../server/upload/budget.ts';
import { createSpill, type SpillFile } from '../../../server/upload/spill.ts';

const folder = mkdtempSync(join(tmpdir(), 'uketori-spill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MiB = 1024 * 1024;

const opened = async (limitBytes: number) => {
  const budget = createBufferBudget(limitBytes);
  const spill = createSpill(folder, budget);
  const file = await spill.open();
  if (file === undefined) throw new Error('not opened');
  return { budget, spill, file };
};

const contentOf = async (file: SpillFile): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of file.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
};

test('bytes come out as they went in, in their order, as often as they are read', async () => {
  const { file } = await opened(4 * MiB);
  const chunks = [randomBytes(1), randomBytes(700_000), randomBytes(3), randomBytes(256 * 1024)];
  expect(await file.add(chunks.slice(0, 2))).toBe(true);
  expect((await contentOf(file)).equals(Buffer.concat(chunks.slice(0, 2)))).toBe(true);
  expect(await file.add(chunks.slice(2))).toBe(true);
  expect(file.sizeBytes).toBe(Buffer.concat(chunks).length);
  for (let time = 0; time < 2; time += 1)
    expect((await contentOf(file)).equals(Buffer.concat(chunks))).toBe(true);
  file.close();
});

test('more chunks than one call of the system takes are added whole', async () => {
  const { file } = await opened(MiB);
  const chunks = Array.from({ length: 5_000 }, () => randomBytes(7));
  expect(await file.add(chunks)).toBe(true);
  expect((await contentOf(file)).equals(Buffer.concat(chunks))).toBe(true);
  file.close();
});

test('nobody finds the file: it has no name', async () => {
  const { file } = await opened(MiB);
  await file.add([Buffer.from('secret')]);
  expect(readdirSync(folder)).toEqual([]);
  expect((await contentOf(file)).toString()).toBe('secret');
  file.close();
  expect(readdirSync(folder)).toEqual([]);
});

test('beyond what all files together may take nothing is added, and what was added stays', async () => {
  const { budget, spill, file } = await opened(10);
  const other = await spill.open();
  expect(await file.add([Buffer.from('abcdef')])).toBe(true);
  expect(await other?.add([Buffer.from('12345')])).toBe(false);
  expect(await file.add([Buffer.from('ghijk')])).toBe(false);
  expect([file.sizeBytes, other?.sizeBytes, budget.usedBytes]).toEqual([6, 0, 6]);
  expect(await file.add([Buffer.from('ghij')])).toBe(true);
  expect((await contentOf(file)).toString()).toBe('abcdefghij');
  file.close();
  expect(await other?.add([Buffer.from('12345')])).toBe(true);
  other?.close();
  expect(budget.usedBytes).toBe(0);
});

test('closing gives all of it back, once', async () => {
  const { budget, file } = await opened(MiB);
  await file.add([randomBytes(1000), randomBytes(24)]);
  expect(budget.usedBytes).toBe(1024);
  file.close();
  file.close();
  expect(budget.usedBytes).toBe(0);
  await expect(contentOf(file)).rejects.toThrow('file closed');
});

test('without a disk to write on none is opened, and with one it is', async () => {
  const budget = createBufferBudget(MiB);
  expect(await createSpill(join(folder, 'not-there'), budget).open()).toBeUndefined();
  expect(budget.usedBytes).toBe(0);
  const file = await createSpill(folder, budget).open();
  expect(file).toBeDefined();
  file?.close();
});

test('on a disk that is full nothing is added, and what was added before stays', async () => {
  const { budget, file } = await opened(4 * MiB);
  const first = randomBytes(1_000);
  expect(await file.add([first])).toBe(true);
  const probe = await open(join(folder, 'probe'), 'w');
  const handle = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  const half = { bytesWritten: 500, buffers: [] };
  vi.spyOn(handle, 'writev').mockRejectedValueOnce(full).mockResolvedValueOnce(half);
  expect(await file.add([randomBytes(1_000)])).toBe(false);
  expect(await file.add([randomBytes(1_000)])).toBe(false);
  expect([file.sizeBytes, budget.usedBytes]).toEqual([1_000, 1_000]);
  const second = randomBytes(1_000);
  expect(await file.add([second])).toBe(true);
  expect((await contentOf(file)).equals(Buffer.concat([first, second]))).toBe(true);
  file.close();
});
