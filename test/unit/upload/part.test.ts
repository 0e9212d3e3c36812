import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { createBufferBudget } from '../../../server/upload/budget.ts';
import { Part } from '../../../server/upload/part.ts';
import { createSpill } from '../../../server/upload/spill.ts';

const folder = mkdtempSync(join(tmpdir(), 'uketori-part-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KiB = 1024;
const MiB = 1024 * KiB;

/** Room of so much memory and disk. */
const roomOf = (memoryBytes: number, diskBytes: number, at = folder) => {
  const disk = createBufferBudget(diskBytes);
  return { budget: createBufferBudget(memoryBytes), disk, spill: createSpill(at, disk) };
};

const contentOf = async (part: Part): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of part.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const isSame = async (part: Part, chunks: Buffer[]): Promise<boolean> =>
  (await contentOf(part)).equals(Buffer.concat(chunks));

describe('a part in memory', () => {
  test('holds the bytes as they came, in their order, and is read as often as it is sent', async () => {
    const part = new Part(roomOf(4 * MiB, 0), 500);
    const chunks = [3, 100 * KiB, 16 * KiB - 1, 16 * KiB, 1, 64 * KiB].map((size) => randomBytes(size));
    for (const chunk of chunks) expect(part.tryAdd(chunk)).toBe(true);
    expect(part.sizeBytes).toBe(Buffer.concat(chunks).length);
    expect([part.startBytes, part.endBytes]).toEqual([500, 500 + part.sizeBytes]);
    for (let time = 0; time < 2; time += 1) expect(await isSame(part, chunks)).toBe(true);
    expect(part.isSpilled).toBe(false);
  });

  test('copies small chunks together, and keeps nothing of what they were part of', async () => {
    const { budget, spill } = roomOf(MiB, 0);
    const part = new Part({ budget, spill }, 0);
    const chunks = Array.from({ length: 1000 }, () => randomBytes(100));
    for (const chunk of chunks) expect(part.tryAdd(chunk)).toBe(true);
    const sent: Buffer[] = [];
    for await (const chunk of part.read()) sent.push(chunk);
    expect(sent).toHaveLength(2);
    expect(Buffer.concat(sent).equals(Buffer.concat(chunks))).toBe(true);
    expect(budget.usedBytes).toBe(128 * KiB);
    const before = Buffer.concat(chunks);
    for (const chunk of chunks) chunk.fill(0);
    expect(await isSame(part, [before])).toBe(true);
  });

  test('takes nothing for which memory has no room, and loses nothing of what it has', async () => {
    const { budget, spill } = roomOf(200 * KiB, 0);
    const part = new Part({ budget, spill }, 0);
    const [first, second] = [randomBytes(150 * KiB), randomBytes(50 * KiB)];
    expect(part.tryAdd(first)).toBe(true);
    expect(part.tryAdd(randomBytes(50 * KiB + 1))).toBe(false);
    expect(part.tryAdd(Buffer.from('small'))).toBe(false);
    expect([part.sizeBytes, budget.usedBytes]).toEqual([150 * KiB, 150 * KiB]);
    expect(part.tryAdd(second)).toBe(true);
    expect(await isSame(part, [first, second])).toBe(true);
  });

  test('that is dropped gives back all that it held, for its chunks and for what others held for it', () => {
    const { budget, spill } = roomOf(MiB, 0);
    const part = new Part({ budget, spill }, 0);
    part.tryAdd(randomBytes(5));
    part.tryAdd(randomBytes(100 * KiB));
    const held = randomBytes(7);
    expect(budget.tryTake(held.length)).toBe(true);
    part.addHeld(held);
    part.drop();
    part.drop();
    expect([budget.usedBytes, part.sizeBytes]).toEqual([0, 0]);
  });

  test('that is handed over takes along the place of its bytes, and gives back the rest', async () => {
    const { budget, spill } = roomOf(MiB, 0);
    const part = new Part({ budget, spill }, 0);
    const chunks = [randomBytes(10), randomBytes(100 * KiB), randomBytes(20)];
    for (const chunk of chunks) part.tryAdd(chunk);
    expect(budget.usedBytes).toBe((64 + 100 + 64) * KiB);
    const over = Buffer.concat(part.handOver());
    expect(over.equals(Buffer.concat(chunks))).toBe(true);
    expect(budget.usedBytes).toBe(over.length);
    part.drop();
    expect(budget.usedBytes).toBe(over.length);
  });

  test.each([
    ['the beginning of a file', 0, 4100],
    ['what is no beginning', 1, 0],
  ])('keeps the first bytes of %s', (_case, startBytes, keptBytes) => {
    const part = new Part(roomOf(MiB, 0), startBytes);
    const content = randomBytes(10_000);
    for (let at = 0; at < content.length; at += 1234) part.tryAdd(content.subarray(at, at + 1234));
    expect(part.head.equals(content.subarray(0, keptBytes))).toBe(true);
  });
});

describe('a part for which memory has no room', () => {
  test('goes on in a temporary file without a name, in its order; memory is free again', async () => {
    const { budget, disk, spill } = roomOf(100 * KiB, MiB);
    const part = new Part({ budget, spill }, 0);
    const chunks = [randomBytes(10), randomBytes(36 * KiB), randomBytes(200 * KiB)];
    for (const chunk of chunks.slice(0, 2)) expect(part.tryAdd(chunk)).toBe(true);
    const [, , large = Buffer.alloc(0)] = chunks;
    expect(part.tryAdd(large)).toBe(false);
    expect(await part.spillOver(large)).toBe(true);
    expect([part.isSpilled, budget.usedBytes]).toEqual([true, 0]);
    expect(disk.usedBytes).toBe(Buffer.concat(chunks).length);
    expect(readdirSync(folder)).toEqual([]);
    // What comes now finds room in memory again, and stands behind what is on the disk.
    const more = [randomBytes(90 * KiB), randomBytes(90 * KiB), randomBytes(3)];
    expect(part.tryAdd(more[0] ?? large)).toBe(true);
    expect(part.tryAdd(more[1] ?? large)).toBe(false);
    expect(await part.spillOver(more[1] ?? large)).toBe(true);
    expect(part.tryAdd(more[2] ?? large)).toBe(true);
    for (let time = 0; time < 2; time += 1) expect(await isSame(part, [...chunks, ...more])).toBe(true);
    part.drop();
    expect([budget.usedBytes, disk.usedBytes, part.sizeBytes]).toEqual([0, 0, 0]);
  });

  test.each([
    ['the disk takes no more', 100, folder],
    ['there is no disk to write on', MiB, join(folder, 'not-there')],
  ])('adds nothing when %s, and loses nothing', async (_case, diskBytes, at) => {
    const { budget, disk, spill } = roomOf(100 * KiB, diskBytes, at);
    const part = new Part({ budget, spill }, 0);
    const chunks = [randomBytes(90 * KiB), randomBytes(10 * KiB)];
    for (const chunk of chunks.slice(0, 1)) expect(part.tryAdd(chunk)).toBe(true);
    expect(await part.spillOver(randomBytes(50 * KiB))).toBe(false);
    expect([part.sizeBytes, budget.usedBytes, disk.usedBytes]).toEqual([90 * KiB, 90 * KiB, 0]);
    expect(await isSame(part, chunks.slice(0, 1))).toBe(true);
    part.drop();
    expect([budget.usedBytes, disk.usedBytes]).toEqual([0, 0]);
  });

  test('finds room on the disk later, when others have left it', async () => {
    const { budget, disk, spill } = roomOf(100 * KiB, 200 * KiB);
    const part = new Part({ budget, spill }, 0);
    const chunks = [randomBytes(90 * KiB), randomBytes(50 * KiB)];
    part.tryAdd(chunks[0] ?? Buffer.alloc(0));
    disk.tryTake(100 * KiB);
    expect(await part.spillOver(chunks[1] ?? Buffer.alloc(0))).toBe(false);
    disk.give(100 * KiB);
    expect(await part.spillOver(chunks[1] ?? Buffer.alloc(0))).toBe(true);
    expect(await isSame(part, chunks)).toBe(true);
    part.drop();
  });
});

test('whatever comes, in whatever room, is read back as it came or was refused; all room is given back', async () => {
  const sizes = fc.array(
    fc.oneof(fc.nat(64), fc.nat(16 * KiB + 8), fc.constantFrom(16 * KiB - 1, 16 * KiB, 64 * KiB, 70_000)),
    { maxLength: 40 },
  );
  const bytes = fc.constantFrom(0, 1, 1000, 64 * KiB, 65 * KiB, 200 * KiB, MiB);
  const whatever = fc.asyncProperty(sizes, bytes, bytes, async (chunkBytes, memoryBytes, diskBytes) => {
    const { budget, disk, spill } = roomOf(memoryBytes, diskBytes);
    const part = new Part({ budget, spill }, 0);
    const added: Buffer[] = [];
    for (const size of chunkBytes) {
      const chunk = randomBytes(size);
      if (part.tryAdd(chunk) || (await part.spillOver(chunk))) added.push(chunk);
      expect(budget.usedBytes).toBeLessThanOrEqual(memoryBytes);
      expect(disk.usedBytes).toBeLessThanOrEqual(diskBytes);
    }
    const content = Buffer.concat(added);
    expect(part.sizeBytes).toBe(content.length);
    expect(part.head.equals(content.subarray(0, 4100))).toBe(true);
    for (let time = 0; time < 2; time += 1) expect((await contentOf(part)).equals(content)).toBe(true);
    part.drop();
    expect([budget.usedBytes, disk.usedBytes]).toEqual([0, 0]);
  });
  await fc.assert(whatever);
}, 30_000);
