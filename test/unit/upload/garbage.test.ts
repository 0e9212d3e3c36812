import { expect, test } from 'vitest';
import { createGarbageWatch } from '../../../server/upload/garbage.ts';

const MiB = 1024 * 1024;

/** Buffers of which some are in use, and the rest is freed by a collection: the young ones by each, the old by one of all. */
const memoryWith = () => {
  const state = { inUse: 0, young: 0, old: 0, collections: { young: 0, all: 0 } };
  const watch = createGarbageWatch(() => 0, {
    bytes: () => state.inUse + state.young + state.old,
    collect: (which) => {
      state.young = 0;
      if (which === 'all') state.old = 0;
      state.collections[which] += 1;
    },
  });
  return { state, watch };
};

test('what has passed never gathers as garbage beyond what is tolerable', () => {
  const { state, watch } = memoryWith();
  for (let piece = 0; piece < 64; piece += 1) {
    state.young += 8 * MiB;
    watch.passed(8 * MiB);
    expect(state.young).toBeLessThan(16 * MiB);
  }
  expect(state.collections).toEqual({ young: 32, all: 0 });
});

test('it is looked at every 8 MiB, however small the pieces', () => {
  const { state, watch } = memoryWith();
  for (let piece = 0; piece < 1024; piece += 1) {
    state.young += MiB / 16;
    watch.passed(MiB / 16);
  }
  expect(state.collections).toEqual({ young: 4, all: 0 });
});

test('what was held for long and then let go is collected too', () => {
  const { state, watch } = memoryWith();
  state.old = 40 * MiB;
  watch.passed(8 * MiB);
  expect(state.old).toBe(0);
  expect(state.collections).toEqual({ young: 1, all: 1 });
});

test('buffers that are in use elsewhere cause one collection, not one at every look', () => {
  const { state, watch } = memoryWith();
  state.inUse = 100 * MiB;
  for (let look = 0; look < 50; look += 1) watch.passed(8 * MiB);
  expect(state.collections).toEqual({ young: 1, all: 1 });
});

test('once they are let go, garbage counts again from there', () => {
  const { state, watch } = memoryWith();
  state.inUse = 100 * MiB;
  watch.passed(8 * MiB);
  state.inUse = 0;
  watch.passed(8 * MiB);
  state.young = 16 * MiB;
  watch.passed(8 * MiB);
  expect(state.young).toBe(0);
});
