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
  for (let part = 0; part < 64; part += 1) {
    state.garbage += 16 * MiB;
    watch.look();
    expect(state.garbage).toBeLessThan(24 * MiB);
  }
  expect(state.collections).toBe(32);
});

test('buffers that are in use elsewhere cause one collection, not one at every look', () => {
  const { state, watch } = memoryWith();
  state.inUse = 100 * MiB;
  for (let look = 0; look < 50; look += 1) watch.look();
  expect(state.collections).toBe(1);
});

test('once they are let go, garbage counts again from there', () => {
  const { state, watch } = memoryWith();
  state.inUse = 100 * MiB;
  watch.look();
  state.inUse = 0;
  watch.look();
  state.garbage = 25 * MiB;
  watch.look();
  expect(state.garbage).toBe(0);
});

test('what uploads hold is no garbage', () => {
  let collections = 0;
  const watch = createGarbageWatch(() => 256 * MiB, {
    bytes: () => 270 * MiB,
    collect: () => {
      collections += 1;
    },
  });
  watch.look();
  expect(collections).toBe(0);
});
