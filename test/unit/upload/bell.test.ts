import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBell } from '../../../server/upload/bell.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const forEver = Number.POSITIVE_INFINITY;

/** @returns whether it has resolved by now */
const watch = (promise: Promise<void>) => {
  const state = { done: false };
  const wait = async (): Promise<void> => {
    await promise;
    state.done = true;
  };
  void wait();
  return async (): Promise<boolean> => {
    await vi.advanceTimersByTimeAsync(0);
    return state.done;
  };
};

test('who waits is woken by a ring, and not before', async () => {
  const bell = createBell();
  const isWoken = watch(bell.wait(forEver));
  expect(await isWoken()).toBe(false);
  bell.ring();
  expect(await isWoken()).toBe(true);
});

test('a ring while nobody waits is not lost', async () => {
  const bell = createBell();
  bell.ring();
  expect(await watch(bell.wait(forEver))()).toBe(true);
});

test('however often it rang while nobody waited, it wakes once: the next wait is for the next ring', async () => {
  const bell = createBell();
  bell.ring();
  bell.ring();
  await bell.wait(forEver);
  const isWoken = watch(bell.wait(forEver));
  expect(await isWoken()).toBe(false);
  bell.ring();
  expect(await isWoken()).toBe(true);
});

test('a ring between waking and waiting again is not lost', async () => {
  const bell = createBell();
  const first = bell.wait(forEver);
  bell.ring();
  await first;
  bell.ring();
  expect(await watch(bell.wait(forEver))()).toBe(true);
});

test('a wait ends by itself at its limit, not before, and leaves no ring behind', async () => {
  const bell = createBell();
  const isOver = watch(bell.wait(1_000));
  await vi.advanceTimersByTimeAsync(999);
  expect(await isOver()).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await isOver()).toBe(true);
  expect(await watch(bell.wait(forEver))()).toBe(false);
});

test.each([0, -5])('a limit of %d ms has passed already', async (limitMs) => {
  expect(await watch(createBell().wait(limitMs))()).toBe(true);
});

test('a ring leaves no timer behind', async () => {
  const bell = createBell();
  const waiting = bell.wait(60_000);
  bell.ring();
  await waiting;
  expect(vi.getTimerCount()).toBe(0);
});
