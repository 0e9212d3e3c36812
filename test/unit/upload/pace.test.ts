import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSpeedMeter, flowBytes, fullPartBytes } from '../../../server/upload/pace.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const hourMs = 3_600_000;

/** A sender that is looked at once a second. */
const sender = () => {
  const meter = createSpeedMeter();
  let arrivedBytes = 0;
  let openMs = 0;
  const look = () => meter.look({ arrivedBytes, openMs });
  return {
    look,
    /** @returns what the last look told */
    sends(bytesPerSecond: number, forMs: number): number | undefined {
      let told: number | undefined;
      for (const endMs = openMs + forMs; openMs < endMs; ) {
        openMs += 1_000;
        arrivedBytes += bytesPerSecond;
        told = look();
      }
      return told;
    },
    /** Bytes that come at once. */
    bursts(bytes: number): void {
      arrivedBytes += bytes;
    },
  };
};

describe('how fast bytes come', () => {
  test('is not told by a burst below the evidence; by one more byte it is', () => {
    const { bursts, look } = sender();
    bursts(8 * MiB - 1);
    expect(look()).toBeUndefined();
    bursts(1);
    expect(look()).toBeGreaterThan(0);
  });

  test('is told of a slow sender too, once it has been watched for long enough', () => {
    const { sends } = sender();
    expect(sends(KiB, 1_000)).toBeUndefined();
    expect(sends(KiB, 1_000)).toBe(KiB);
  });

  test('is a finite number even when everything came in no time', () => {
    const { bursts, look } = sender();
    bursts(100 * MiB);
    expect(look()).toBe(100 * MiB * 1000);
  });

  test.each([
    ['was fast for an hour is slow when it sends slowly', 64 * MiB, KiB],
    ['was slow for an hour is fast when it sends fast', KiB, 64 * MiB],
    ['stopped is fast no more', 64 * MiB, 0],
  ])('counts lately: who %s', (_case, before, now) => {
    const { sends } = sender();
    expect(sends(before, hourMs)).toBe(before);
    expect(sends(now, 6_000)).toBe(now);
  });

  test('counts no time in which nothing could come', () => {
    const meter = createSpeedMeter();
    // Ten minutes on the clock, in which the sender was held back but for one second.
    expect(meter.look({ arrivedBytes: 32 * MiB, openMs: 1_000 })).toBe(32 * MiB);
  });

  test('is never more than what can have come in the time that it is told of', () => {
    const looks = fc.array(fc.record({ bytes: fc.nat(32 * MiB), ms: fc.integer({ min: 1, max: 5_000 }) }));
    fc.assert(
      fc.property(looks, (steps) => {
        const meter = createSpeedMeter();
        let [arrivedBytes, openMs, fastest] = [0, 0, 0];
        for (const { bytes, ms } of steps) {
          arrivedBytes += bytes;
          openMs += ms;
          fastest = Math.max(fastest, (bytes * 1000) / ms);
          expect(meter.look({ arrivedBytes, openMs }) ?? 0).toBeLessThanOrEqual(fastest * (1 + 1e-9));
        }
      }),
    );
  });
});

describe('a part that is collected', () => {
  const limits = { partBytes: 32 * MiB };

  test.each([
    ['one byte', 1],
    ['less than a part', 31 * MiB],
    ['just a part', 32 * MiB],
  ])('holds a file of %s whole', (_case, sizeBytes) => {
    expect(fullPartBytes(0, sizeBytes, limits)).toBeGreaterThanOrEqual(sizeBytes);
  });

  test('is as large as it may be while much follows, and while nobody has said how much does', () => {
    expect(fullPartBytes(0, 1024 * MiB, limits)).toBe(32 * MiB);
    expect(fullPartBytes(64 * MiB, 64 * MiB, limits)).toBe(32 * MiB);
    expect(fullPartBytes(0, undefined, limits)).toBe(32 * MiB);
    expect(fullPartBytes(64 * MiB, undefined, limits)).toBe(32 * MiB);
  });

  test('gets smaller towards the end, so that little is left when the last byte comes', () => {
    expect(fullPartBytes(0, 33 * MiB, limits)).toBe(16.5 * MiB);
    expect(fullPartBytes(64 * MiB, 20 * MiB, limits)).toBe(10 * MiB);
    expect(fullPartBytes(64 * MiB, 5 * MiB, limits)).toBe(4 * MiB);
    expect(fullPartBytes(64 * MiB, 1, limits)).toBe(4 * MiB);
  });

  test('never exceeds the limit, and its like bring every file to its end in few more than are needed', () => {
    const sizes = fc.integer({ min: 1, max: 4096 * MiB });
    const brings = fc.property(sizes, fc.integer({ min: 1, max: 64 }), (sizeBytes, partMiB) => {
      const partBytes = partMiB * MiB;
      let parts = 0;
      for (let atBytes = 0; atBytes < sizeBytes; parts += 1) {
        const fullBytes = fullPartBytes(atBytes, sizeBytes - atBytes, { partBytes });
        if (fullBytes <= 0 || fullBytes > partBytes) return false;
        atBytes += fullBytes;
      }
      return parts <= Math.ceil(sizeBytes / partBytes) + 5;
    });
    expect(fc.check(brings).counterexample).toBeNull();
  });
});

describe('bytes that may be sent while they come', () => {
  const limits = {
    mostPartBytes: 100 * MiB,
    flow: {
      leastBytesPerSecond: 32 * MiB,
      leastBytes: 64 * MiB,
      mostMs: 10_000,
      waitMs: 30_000,
      stallMs: 2_000,
    },
  };
  const fast = 64 * MiB;
  const allowed = (
    bytesPerSecond: number | undefined,
    bodyBytes: number | undefined,
    isWholeFile = false,
  ): number | undefined => flowBytes(bytesPerSecond, { isWholeFile, bodyBytes }, limits);

  test('are none of a sender who is slow, or of whom nothing is known yet', () => {
    for (const isWholeFile of [true, false]) {
      expect(allowed(undefined, 500 * MiB, isWholeFile)).toBeUndefined();
      expect(allowed(32 * MiB - 1, 500 * MiB, isWholeFile)).toBeUndefined();
      expect(allowed(32 * MiB, 90 * MiB, isWholeFile)).toBe(90 * MiB);
    }
  });

  test('are none of a body that is small, or does not say what it brings', () => {
    for (const isWholeFile of [true, false]) {
      expect(allowed(fast, 64 * MiB - 1, isWholeFile)).toBeUndefined();
      expect(allowed(fast, undefined, isWholeFile)).toBeUndefined();
      expect(allowed(fast, 64 * MiB, isWholeFile)).toBe(64 * MiB);
    }
  });

  test('are a whole file, beyond what is announced for parts, as long as that takes no longer than it may', () => {
    expect(allowed(fast, 640 * MiB, true)).toBe(640 * MiB);
    expect(allowed(fast, 640 * MiB + 1, true)).toBe(100 * MiB);
  });

  test('are else no more than is announced for a part', () => {
    expect(allowed(fast, 640 * MiB)).toBe(100 * MiB);
    expect(allowed(fast, 101 * MiB)).toBe(100 * MiB);
  });

  test('are no more than may be lost: what takes this sender the longest time that is allowed', () => {
    const slowToLose = { ...limits, flow: { ...limits.flow, mostMs: 1_000 } };
    expect(flowBytes(48 * MiB, { isWholeFile: false, bodyBytes: 640 * MiB }, slowToLose)).toBe(48 * MiB);
  });

  test('are never more than the body still brings', () => {
    const speeds = fc.option(fc.integer({ min: 0, max: 4096 * MiB }), { nil: undefined });
    const bodies = fc.integer({ min: 0, max: 8192 * MiB });
    fc.assert(
      fc.property(speeds, bodies, fc.boolean(), (bytesPerSecond, bodyBytes, isWholeFile) => {
        const bytes = allowed(bytesPerSecond, bodyBytes, isWholeFile) ?? 0;
        expect(bytes).toBeLessThanOrEqual(
          Math.min(bodyBytes, isWholeFile ? bodyBytes : limits.mostPartBytes),
        );
      }),
    );
  });
});
