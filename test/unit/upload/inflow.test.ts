import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createBell } from '../../../server/upload/bell.ts';
import { openInflow, waitingBytesOf } from '../../../server/upload/inflow.ts';

afterEach(() => void vi.useRealTimers());

const KiB = 1024;
const MiB = 1024 * KiB;
const any = Number.POSITIVE_INFINITY;

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A body that is pushed by hand, and what is taken of it. */
const bodyOf = () => {
  const source = new Readable({ read() {}, highWaterMark: 64 * KiB });
  const bell = createBell();
  const inflow = openInflow(source, bell);
  const push = async (...chunks: (Buffer | string | null)[]): Promise<void> => {
    for (const chunk of chunks) source.push(chunk);
    await settled();
  };
  /** Takes what waits. */
  const takeAll = (): Buffer => {
    const taken: Buffer[] = [];
    for (let chunk = inflow.peek(any); chunk !== undefined; chunk = inflow.peek(any)) {
      taken.push(chunk);
      inflow.take(chunk.length);
    }
    return Buffer.concat(taken);
  };
  return { source, bell, inflow, push, takeAll };
};

describe('the bytes of a body', () => {
  test('wait in their order until they are taken, and can be taken in pieces', async () => {
    const { inflow, push } = bodyOf();
    await push('abcdef', 'gh');
    expect([inflow.waitingBytes, inflow.arrivedBytes]).toEqual([8, 8]);
    expect(inflow.peek(4)?.toString()).toBe('abcd');
    expect(inflow.peek(any)?.toString()).toBe('abcdef');
    inflow.take(4);
    expect(inflow.peek(any)?.toString()).toBe('ef');
    inflow.take(2);
    expect(inflow.peek(1)?.toString()).toBe('g');
    expect(inflow.peek(any)?.toString()).toBe('gh');
    inflow.take(2);
    expect(inflow.peek(any)).toBeUndefined();
    expect([inflow.waitingBytes, inflow.arrivedBytes]).toEqual([0, 8]);
  });

  test('ring when they come, and at the end', async () => {
    const { bell, push } = bodyOf();
    const came = bell.wait(any);
    await push('a');
    await came;
    const ended = bell.wait(any);
    await push(null);
    expect(await ended).toBeUndefined();
  });

  test('are all of it only when the body came to its own end', async () => {
    const { inflow, push, takeAll } = bodyOf();
    await push('abc');
    expect([inflow.ended, inflow.complete]).toEqual([false, false]);
    await push(null);
    expect([inflow.ended, inflow.complete, inflow.error]).toEqual([true, true, undefined]);
    expect(takeAll().toString()).toBe('abc');
  });
});

describe('a sender of whose bytes too many wait', () => {
  test('is held back, and goes on as soon as they are taken', async () => {
    const { source, inflow, push, takeAll } = bodyOf();
    const content = randomBytes(3 * MiB);
    for (let at = 0; at < content.length; at += 64 * KiB) source.push(content.subarray(at, at + 64 * KiB));
    const taken: Buffer[] = [];
    for (let round = 0; round < 3; round += 1) {
      await settled();
      expect([inflow.waitingBytes, source.isPaused(), inflow.ended]).toEqual([MiB, true, false]);
      taken.push(takeAll());
      expect(source.isPaused()).toBe(false);
    }
    await push(null);
    expect([inflow.complete, inflow.waitingBytes]).toEqual([true, 0]);
    expect(Buffer.concat(taken).equals(content)).toBe(true);
  });

  test('is not held back by one byte less', async () => {
    const { source, inflow, push } = bodyOf();
    await push(randomBytes(MiB - 1));
    expect(source.isPaused()).toBe(false);
    await push('x');
    expect([source.isPaused(), inflow.waitingBytes]).toEqual([true, MiB]);
    inflow.take(MiB - 1);
    expect(source.isPaused()).toBe(false);
  });

  test('has no time counted in which it was held back, and is not silent meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['performance'], now: 0 });
    const { inflow, push, takeAll } = bodyOf();
    vi.advanceTimersByTime(1_000);
    await push(randomBytes(MiB));
    expect([inflow.openMs, inflow.silentSinceMs]).toEqual([1_000, Number.POSITIVE_INFINITY]);
    vi.advanceTimersByTime(60_000);
    expect([inflow.openMs, inflow.silentSinceMs]).toEqual([1_000, Number.POSITIVE_INFINITY]);
    takeAll();
    expect(inflow.silentSinceMs).toBe(performance.now());
    vi.advanceTimersByTime(500);
    expect(inflow.openMs).toBe(1_500);
    await push('x');
    expect(inflow.silentSinceMs).toBe(performance.now());
    vi.advanceTimersByTime(10);
    expect(inflow.silentSinceMs).toBe(performance.now() - 10);
  });
});

describe('a body that breaks', () => {
  test.each<[string, (source: Readable) => unknown, string]>([
    ['with an error', (source) => source.destroy(new Error('aborted')), 'aborted'],
    ['without a word', (source) => source.destroy(), 'the body broke off'],
  ])('%s is not complete, and what came before can still be taken', async (_case, breaks, message) => {
    const { source, inflow, bell, push, takeAll } = bodyOf();
    await push('what ', 'came');
    await bell.wait(any);
    const rung = bell.wait(any);
    breaks(source);
    await rung;
    expect([inflow.ended, inflow.complete]).toEqual([true, false]);
    expect(inflow.error?.message).toBe(message);
    expect(takeAll().toString()).toBe('what came');
  });

  test('while it is held back loses nothing of what had come', async () => {
    const { source, inflow, push, takeAll } = bodyOf();
    const content = randomBytes(MiB);
    await push(content, 'not read any more');
    source.destroy(new Error('aborted'));
    await settled();
    expect(takeAll().equals(content)).toBe(true);
    expect([inflow.complete, inflow.error?.message]).toEqual([false, 'aborted']);
  });

  test('before anybody looks is known to have broken', () => {
    const source = new Readable({ read() {} });
    source.destroy();
    const inflow = openInflow(source, createBell());
    expect([inflow.ended, inflow.complete]).toEqual([true, false]);
    expect(inflow.error).toBeInstanceOf(Error);
  });

  test('after its own end is complete all the same', async () => {
    const { source, inflow, push } = bodyOf();
    await push('abc', null);
    source.destroy(new Error('the line went'));
    await settled();
    expect([inflow.complete, inflow.error]).toEqual([true, undefined]);
  });
});

describe('a body that is given up', () => {
  test('brings nothing more; what came can be taken, and nothing is wrong with it', async () => {
    const { source, inflow, push, takeAll } = bodyOf();
    await push('abc');
    inflow.stop();
    await push('def', null);
    expect([inflow.ended, inflow.complete, inflow.error]).toEqual([true, false, undefined]);
    expect(takeAll().toString()).toBe('abc');
    expect(source.isPaused()).toBe(true);
    expect(inflow.arrivedBytes).toBe(3);
  });

  test('and breaks then ends nothing else: neither the process nor what was decided before', async () => {
    const { source, inflow } = bodyOf();
    inflow.stop();
    source.destroy(new Error('aborted'));
    await settled();
    expect(inflow.error).toBeUndefined();
  });

  test('while it was held back stays so, whatever is taken', async () => {
    const { source, inflow, push, takeAll } = bodyOf();
    await push(randomBytes(MiB), 'more');
    inflow.stop();
    takeAll();
    await settled();
    expect([source.isPaused(), inflow.waitingBytes, inflow.arrivedBytes]).toEqual([true, 0, MiB]);
  });

  test('with a reason ends as if it had broken with it, and the first reason counts', async () => {
    const { source, inflow, push, takeAll } = bodyOf();
    await push('abc');
    inflow.breakOff(new Error('too slow'));
    inflow.breakOff(new Error('later'));
    source.destroy(new Error('aborted'));
    await settled();
    expect([inflow.ended, inflow.complete, inflow.error?.message]).toEqual([true, false, 'too slow']);
    expect(takeAll().toString()).toBe('abc');
  });
});

test('many bodies together hold no more than 64 MiB, and each a little', () => {
  expect([0, 1, 64].map(waitingBytesOf)).toEqual([MiB, MiB, MiB]);
  expect([128, 1_000].map((bodies) => waitingBytesOf(bodies) * bodies <= 64 * MiB)).toEqual([true, true]);
  expect(waitingBytesOf(1_000_000)).toBe(MiB / 16);
});
