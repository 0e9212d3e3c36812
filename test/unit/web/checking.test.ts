import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareFile } from '../../../web/checking/setup.ts';
import { hashOfFile } from '../../../web/islands/file-hash.ts';

describe('the SHA-256 that runs in browsers', () => {
  test('is that of everybody else, however the file is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 100 }),
        async (bytes, piece) => {
          const read: number[] = [];
          const hash = await hashOfFile(new Blob([bytes]), piece, (done) => read.push(done));
          expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
          expect(read.at(-1) ?? 0).toBe(bytes.length);
        },
      ),
    );
  });
});

describe('a file against a receipt', () => {
  const files = [
    { name: '2026/a.pdf', sha256: '1' },
    { name: 'ガイド.txt', sha256: '2' },
    { name: 'copy of a.pdf', sha256: '1' },
  ];
  test.each([
    [
      { name: 'a.pdf', sha256: '1' },
      { kind: 'same', number: 1, name: '2026/a.pdf' },
    ],
    [
      { name: 'copy of a.pdf', sha256: '1' },
      { kind: 'same', number: 3, name: 'copy of a.pdf' },
    ],
    [
      { name: 'renamed.pdf', sha256: '1' },
      { kind: 'same', number: 1, name: '2026/a.pdf' },
    ],
    [
      { name: 'a.pdf', sha256: '9' },
      { kind: 'changed', number: 1, name: '2026/a.pdf' },
    ],
    [
      { name: 'ガイド.txt'.normalize('NFD'), sha256: '9' },
      { kind: 'changed', number: 2, name: 'ガイド.txt' },
    ],
    [{ name: 'b.pdf', sha256: '9' }, { kind: 'other' }],
  ])('%o is %o', (chosen, verdict) => {
    expect(compareFile(files, chosen)).toEqual(verdict);
  });
});
