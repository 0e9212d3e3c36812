import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createBell } from '../../../server/upload/bell.ts';
import { createBufferBudget } from '../../../server/upload/budget.ts';
import { Collector } from '../../../server/upload/collector.ts';
import { defaultUploadLimits } from '../../../server/upload/engine.ts';
import { openInflow } from '../../../server/upload/inflow.ts';
import { LeastRate, PartPlan } from '../../../server/upload/plan.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'], now: 0 });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a body that hardly comes', () => {
  const leastBytes = 4096;
  const minuteMs = 60_000;

  const coming = () => {
    const source = new PassThrough();
    const inflow = openInflow(source, createBell());
    const rate = new LeastRate(inflow, leastBytes);
    /** What comes in a minute. */
    const minute = async (bytes: number) => {
      if (bytes > 0) source.write(Buffer.alloc(bytes));
      await new Promise(setImmediate);
      inflow.take(inflow.waitingBytes);
      vi.advanceTimersByTime(minuteMs);
      return rate.isMissed(performance.now());
    };
    return { rate, minute };
  };

  test.each([
    [0, true],
    [leastBytes - 1, true],
    [leastBytes, false],
  ])('is told after a minute: %i bytes', async (bytes, isMissed) => {
    expect(await coming().minute(bytes)).toBe(isMissed);
  });

  test('is not told before a minute is over', () => {
    const { rate } = coming();
    vi.advanceTimersByTime(minuteMs - 1);
    expect([rate.isMissed(performance.now()), rate.dueAtMs]).toEqual([false, minuteMs]);
  });

  test('is told in any minute: what came before is not held to its credit', async () => {
    const { minute } = coming();
    expect(await minute(100 * leastBytes)).toBe(false);
    expect(await minute(leastBytes)).toBe(false);
    expect(await minute(leastBytes - 1)).toBe(true);
  });
});

describe('a part', () => {
  const partBytes = 1_000;

  const collecting = (sizeBytes: number | null, isChecked = false) => {
    const room = { budget: createBufferBudget(1024 * 1024), spill: { open: async () => undefined } };
    const collector = new Collector(room, 0, createBell(), new AbortController().signal);
    const limits = { ...defaultUploadLimits, partBytes };
    const turns = { partAgeMs: () => 10_000 } as never;
    const plan = new PartPlan({ limits, turns, collecting: new Set() }, { sizeBytes }, collector, isChecked);
    const add = (bytes: number) => collector.add(Buffer.alloc(bytes), () => undefined);
    return { plan, add };
  };

  test('of which nothing has come is not sent, however old', () => {
    const { plan } = collecting(5_000);
    vi.advanceTimersByTime(3_600_000);
    expect(plan.isDue).toBe(false);
  });

  test('is sent when it is full, and when it is old', () => {
    const full = collecting(5_000);
    full.add(partBytes);
    expect(full.plan.isDue).toBe(true);
    const old = collecting(5_000);
    old.add(1);
    vi.advanceTimersByTime(9_999);
    expect(old.plan.isDue).toBe(false);
    vi.advanceTimersByTime(1);
    expect(old.plan.isDue).toBe(true);
  });

  test('that reaches the end waits for the end of the body', () => {
    const { plan, add } = collecting(10);
    add(10);
    vi.advanceTimersByTime(3_600_000);
    expect([plan.reachesEnd, plan.isDue]).toEqual([true, false]);
  });

  test('that has a checksum waits until it is known whole', () => {
    const { plan, add } = collecting(5_000, true);
    add(partBytes);
    vi.advanceTimersByTime(3_600_000);
    expect([plan.isFull, plan.isDue]).toEqual([true, false]);
  });

  test('of a file whose length is still to be said has no end to reach', () => {
    const { plan, add } = collecting(null);
    add(10);
    expect(plan.reachesEnd).toBe(false);
  });
});
