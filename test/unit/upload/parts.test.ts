import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareParts, coversWhole, partName } from '../../../server/upload/parts.ts';

const part = (startBytes: number, sizeBytes: number, epoch = 1) => ({ startBytes, sizeBytes, epoch });
const listed = (name: string, sizeBytes: number) => ({ name, sizeBytes });

describe('the names of parts', () => {
  test('sort as text in the order of their bytes, however large the file', () => {
    const starts = fc.uniqueArray(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), { minLength: 2 });
    fc.assert(
      fc.property(starts, fc.nat(10_000), (offsets, epoch) => {
        const inOrder = offsets
          .toSorted((a, b) => a - b)
          .map((startBytes) => partName({ startBytes, epoch }));
        expect(inOrder.toSorted()).toEqual(inOrder);
      }),
    );
  });

  test('differ between two writers at one offset', () => {
    expect(partName(part(0, 5, 1))).not.toBe(partName(part(0, 5, 2)));
  });
});

describe('comparing the folder with what was acknowledged', () => {
  const expected = [part(0, 10, 1), part(10, 5, 3)];

  test('finds nothing to do when both agree', () => {
    const there = expected.map((each) => listed(partName(each), each.sizeBytes));
    expect(compareParts(expected, there)).toEqual({ strays: [], missing: [] });
  });

  test('names what nobody acknowledged: a fenced writer’s late part, a phantom of a broken body', () => {
    const there = [
      ...expected.map((each) => listed(partName(each), each.sizeBytes)),
      listed(partName(part(10, 5, 2)), 5),
      listed(`${partName(part(10, 5, 3))}.part`, 2),
    ];
    expect(compareParts(expected, there).strays).toEqual([
      partName(part(10, 5, 2)),
      `${partName(part(10, 5, 3))}.part`,
    ]);
  });

  test('names what was acknowledged and is gone, or is shorter than it was', () => {
    expect(compareParts(expected, [listed(partName(part(0, 10, 1)), 9)]).missing).toEqual(
      expected.map(partName),
    );
  });
});

describe('covering a file', () => {
  test('takes parts that follow each other to the end', () => {
    expect(coversWhole([part(0, 10), part(10, 5)], 15)).toBe(true);
    expect(coversWhole([], 0)).toBe(true);
  });

  test.each([
    ['a gap', [part(0, 10), part(11, 4)], 15],
    ['an overlap', [part(0, 10), part(9, 6)], 15],
    ['a missing end', [part(0, 10)], 15],
    ['a missing beginning', [part(10, 5)], 15],
  ])('refuses %s', (_, parts, sizeBytes) => {
    expect(coversWhole(parts, sizeBytes)).toBe(false);
  });
});
