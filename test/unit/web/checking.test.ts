import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareFile } from '../../../web/checking/setup.ts';
import { createSha256 } from '../../../web/checking/sha256.ts';

describe('the SHA-256 that runs in browsers', () => {
  test('is that of everybody else, however the file is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (pieces) => {
        const ours = createSha256();
        const theirs = createHash('sha256');
        for (const piece of pieces) {
          ours.update(piece);
          theirs.update(piece);
        }
        expect(ours.digest()).toBe(theirs.digest('hex'));
      }),
    );
  });

  test.each([0, 55, 56, 63, 64, 119, 120, 1_000_003])('holds at %d bytes', (length) => {
    const bytes = Buffer.alloc(length, 'a');
    const ours = createSha256();
    ours.update(bytes);
    expect(ours.digest()).toBe(createHash('sha256').update(bytes).digest('hex'));
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
