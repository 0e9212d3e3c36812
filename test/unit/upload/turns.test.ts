import { afterEach, describe, expect, test, vi } from 'vitest';
import { createTurns, type Turns } from '../../../server/upload/turns.ts';

afterEach(() => void vi.useRealTimers());

const never = new AbortController().signal;
const tenSecondsMs = 10_000;

/** Asks for a turn. @returns whether it has come, and how to give it back */
const asking = (turns: Turns, signal = never) => {
  const state: { release?: () => void; refused?: unknown } = {};
  const wait = async (): Promise<void> => {
    try {
      state.release = await turns.take(signal);
    } catch (error) {
      state.refused = error;
    }
  };
  void wait();
  return state;
};

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const had = (asked: { release?: () => void }[]): number =>
  asked.filter(({ release }) => release !== undefined).length;

describe('turns', () => {
  test('are had by five at once and by nobody else', async () => {
    const turns = createTurns(tenSecondsMs);
    const asked = Array.from({ length: 9 }, () => asking(turns));
    await settled();
    expect(had(asked)).toBe(5);
    expect(turns.tryTakeLong()).toBeUndefined();
    asked[0]?.release?.();
    await settled();
    expect(had(asked)).toBe(6);
  });

  test('come in the order of asking', async () => {
    const turns = createTurns(tenSecondsMs);
    const first = Array.from({ length: 5 }, () => asking(turns));
    const waiting = ['a', 'b', 'c'].map((name) => ({ name, asked: asking(turns) }));
    await settled();
    const order: string[] = [];
    for (const { release } of first.slice(0, 3)) {
      release?.();
      await settled();
      for (const { name, asked } of waiting)
        if (asked.release !== undefined && !order.includes(name)) order.push(name);
    }
    expect(order).toEqual(['a', 'b', 'c']);
  });

  test('are not had by who gave up waiting: the next one gets it', async () => {
    const turns = createTurns(tenSecondsMs);
    const first = Array.from({ length: 5 }, () => asking(turns));
    const leaving = new AbortController();
    const left = asking(turns, leaving.signal);
    const next = asking(turns);
    leaving.abort(new Error('gone'));
    await settled();
    first[0]?.release?.();
    await settled();
    expect(left.refused).toEqual(new Error('gone'));
    expect(next.release).toBeDefined();
  });

  test('that are given back twice are free once', async () => {
    const turns = createTurns(tenSecondsMs);
    const held = asking(turns);
    await settled();
    held.release?.();
    held.release?.();
    const asked = Array.from({ length: 6 }, () => asking(turns));
    await settled();
    expect(had(asked)).toBe(5);
  });
});

describe('long turns', () => {
  test('leave some to the others', async () => {
    const turns = createTurns(tenSecondsMs);
    const long = Array.from({ length: 5 }, () => turns.tryTakeLong());
    expect(long.filter((release) => release !== undefined)).toHaveLength(3);
    const asked = Array.from({ length: 3 }, () => asking(turns));
    await settled();
    expect(had(asked)).toBe(2);
    long[0]?.();
    await settled();
    expect(had(asked)).toBe(3);
    // The place has gone to who waited for it.
    expect(turns.tryTakeLong()).toBeUndefined();
  });

  test('that find no place keep nothing, and one that was given back is free again, once', async () => {
    const turns = createTurns(tenSecondsMs);
    const asked = Array.from({ length: 5 }, () => asking(turns));
    await settled();
    for (let time = 0; time < 9; time += 1) expect(turns.tryTakeLong()).toBeUndefined();
    for (const { release } of asked) release?.();
    for (let time = 0; time < 9; time += 1) {
      const long = turns.tryTakeLong();
      expect(long).toBeDefined();
      long?.();
      long?.();
    }
    expect(Array.from({ length: 5 }, () => turns.tryTakeLong()).filter(Boolean)).toHaveLength(3);
  });
});

describe('long turns that are waited for', () => {
  test('come in the order of asking, when one is given back', async () => {
    const turns = createTurns(tenSecondsMs);
    const held = Array.from({ length: 3 }, () => turns.tryTakeLong());
    const came: number[] = [];
    const waiting = [1, 2].map(async (n) => {
      const release = await turns.takeLong(never);
      came.push(n);
      return release;
    });
    await settled();
    expect(came).toEqual([]);
    held[0]?.();
    await settled();
    expect(came).toEqual([1]);
    held[1]?.();
    await Promise.all(waiting);
    expect(came).toEqual([1, 2]);
    expect(turns.tryTakeLong()).toBeUndefined();
    (await waiting[0])?.();
    expect(turns.tryTakeLong()).toBeDefined();
  });

  test('are given up with the signal, and nothing is kept: neither the long place nor the other', async () => {
    const turns = createTurns(tenSecondsMs);
    const held = Array.from({ length: 3 }, () => turns.tryTakeLong());
    const leaving = new AbortController();
    const gaveUp = turns.takeLong(leaving.signal);
    leaving.abort();
    expect(await gaveUp).toBeUndefined();
    for (const release of held) release?.();
    const others = Array.from({ length: 5 }, () => asking(turns));
    await settled();
    expect(had(others)).toBe(5);
    // A long place is free, and none of the five.
    const late = new AbortController();
    const noPlace = turns.takeLong(late.signal);
    await settled();
    late.abort();
    expect(await noPlace).toBeUndefined();
    for (const { release } of others) release?.();
    expect(Array.from({ length: 5 }, () => turns.tryTakeLong()).filter(Boolean)).toHaveLength(3);
  });

  test('are waited for by eight at most: the next is sent away at once', async () => {
    const turns = createTurns(tenSecondsMs);
    const held = Array.from({ length: 3 }, () => turns.tryTakeLong());
    const waiting = Array.from({ length: 8 }, () => turns.takeLong(never));
    expect(await turns.takeLong(never)).toBeUndefined();
    held[0]?.();
    expect(await waiting[0]).toBeDefined();
  });
});

describe('quiet', () => {
  test('is when the last long turn was given back, and at once without any', async () => {
    const turns = createTurns(tenSecondsMs);
    await turns.untilQuiet(tenSecondsMs);
    const held = [turns.tryTakeLong(), turns.tryTakeLong()];
    let isQuiet = false;
    const waits = async () => {
      await turns.untilQuiet(tenSecondsMs);
      isQuiet = true;
    };
    const quiet = waits();
    held[0]?.();
    held[0]?.();
    await settled();
    expect(isQuiet).toBe(false);
    held[1]?.();
    await quiet;
  });

  test('is not waited for beyond a limit', async () => {
    const turns = createTurns(tenSecondsMs);
    expect(turns.tryTakeLong()).toBeDefined();
    await turns.untilQuiet(10);
  });
});

describe('the age at which a part is sent', () => {
  test('is the least while few collect, and grows with their number', () => {
    const { partAgeMs } = createTurns(tenSecondsMs);
    expect([0, 1, 10, 100].map(partAgeMs)).toEqual([10_000, 10_000, 10_000, 10_000]);
    expect([200, 400, 1_000].map(partAgeMs)).toEqual([20_000, 40_000, 100_000]);
  });

  test('has an end', () => {
    expect(createTurns(tenSecondsMs).partAgeMs(1_000_000)).toBe(5 * 60_000);
  });

  test('is so great that the parts of all of them keep half a worker busy, however slow the server is', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const turns = createTurns(tenSecondsMs);
    const before = turns.partAgeMs(200);
    for (let request = 0; request < 200; request += 1) {
      const release = await turns.take(never);
      vi.advanceTimersByTime(300);
      release();
    }
    expect(before).toBe(20_000);
    expect(turns.partAgeMs(200)).toBeCloseTo((200 * 300) / 0.5, -2);
    for (let request = 0; request < 200; request += 1) (await turns.take(never))();
    expect(turns.partAgeMs(200)).toBe(tenSecondsMs);
  });

  test('does not follow what is sent while it comes: that waits for its submitter', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const turns = createTurns(tenSecondsMs);
    for (let request = 0; request < 200; request += 1) {
      const release = turns.tryTakeLong();
      vi.advanceTimersByTime(10_000);
      release?.();
    }
    expect(turns.partAgeMs(200)).toBe(20_000);
  });
});
