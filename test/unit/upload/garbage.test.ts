import { expect, test } from 'vitest';
import { createGarbageWatch } from '../../../server/upload/garbage.ts';

const MiB = 1024 * 1024;

/** Buffers of which some are in use, and the rest is freed by a collection. */
const memoryWith = () => {
  const state = { inUse: 0, garbage: 0, collections: 0 };
  const watch = createGarbageWatch(() => 0, {
    bytes: () => state.inUse + state.garbage,
    collect: () => {
      state.garbage = 0;
      state.collections += 1;
    },
  });
  return { state, watch };
};

test('garbage never gathers beyond what is tolerable', () => {
  const { state, watch } = memoryWith();
  for (let piece = 0; piece < 64; piece += 1) {
    state.garbage += 8 * MiB;
    watch.passed(8 * MiB);
    expect(state.garbage).toBeLessThan(32 * MiB);
  }
  expect(state.collections).toBe(16);
});

test('it is looked at every 8 MiB, however small the pieces', () => {
  const { state, watch } = memoryWith();
  for (let piece = 0; piece < 1024; piece += 1) {
    state.garbage += MiB / 16;
    watch.passed(MiB / 16);
  }
  expect(state.collections).toBe(2);
});

test('buffers that are in use elsewhere cause one collection, not one at every look', () => {
  const { state, watch } = memoryWith();
  state.inUse = 100 * MiB;
  for (let look = 0; look < 50; look += 1) watch.passed(8 * MiB);
  expect(state.collections).toBe(1);
});

test('once they are let go, garbage counts again from there', () => {
  const { state, watch } = memoryWith();
  state.inUse = 100 * MiB;
  watch.passed(8 * MiB);
  state.inUse = 0;
  watch.passed(8 * MiB);
  state.garbage = 32 * MiB;
  watch.passed(8 * MiB);
  expect(state.garbage).toBe(0);
});
