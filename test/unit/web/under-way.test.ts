import { describe, expect, test } from 'vitest';
import { formatMinutes } from '../../../web/i18n/format.ts';
import { createWakeLock } from '../../../web/islands/sending/wake-lock.ts';
import { isAtWork, wouldLose } from '../../../web/sending/leaving.ts';
import { createMeter, roughSeconds } from '../../../web/sending/pace.ts';
import { firstView, type ItemView, type SendView } from '../../../web/sending/view.ts';

const view = (
  phase: SendView['phase'],
  states: ItemView['state'][],
  more: Partial<SendView> = {},
): SendView => ({
  ...firstView,
  phase,
  items: states.map((state) => ({ key: state, path: state, sizeBytes: 1, sentBytes: 0, state })),
  ...more,
});

describe('leaving the page', () => {
  test.each([
    ['before anything is chosen', view('choosing', []), false],
    ['with files that have been chosen', view('choosing', ['ready']), true],
    ['while the submission is made', view('opening', ['ready']), true],
    ['while a file is on its way', view('sending', ['sending']), true],
    ['while a file is paused', view('sending', ['paused'], { paused: true }), true],
    ['when something has arrived that is not finished', view('sending', ['arrived', 'failed']), true],
    ['when only files of an earlier visit are missing', view('sending', ['missing']), false],
    ['when nothing could be sent', view('sending', ['failed', 'refused']), false],
    ['before the portal knows that it is all', view('finishing', ['arrived']), true],
    ['once the portal knows', view('finishing', ['arrived'], { handedOver: true }), false],
    ['with the receipt', view('sealed', ['stored']), false],
  ])('%s: %#', (_when, now, isWarned) => {
    expect(wouldLose(now)).toBe(isWarned);
  });
});

describe('the screen', () => {
  const fake = () => {
    const log: string[] = [];
    const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
    const show = (state: 'visible' | 'hidden') => {
      page.visibilityState = state;
      page.dispatchEvent(new Event('visibilitychange'));
    };
    const release = () => {
      log.push('released');
      return Promise.resolve();
    };
    const locks = {
      request: () => {
        log.push('asked');
        return Promise.resolve({ release });
      },
    };
    return { log, page, show, locks };
  };

  test('stays on while it is wanted, again after the page was hidden, and not longer', async () => {
    const { log, page, show, locks } = fake();
    const keepAwake = createWakeLock(locks, page);
    keepAwake(true);
    keepAwake(true);
    expect(log).toEqual(['asked']);
    show('hidden');
    expect(log).toEqual(['asked']);
    show('visible');
    expect(log.filter((word) => word === 'asked')).toHaveLength(2);
    keepAwake(false);
    await new Promise(setImmediate);
    // The first one too, should the browser not have taken it.
    expect(log).toEqual(['asked', 'asked', 'released', 'released']);
    show('hidden');
    show('visible');
    expect(log.filter((word) => word === 'asked')).toHaveLength(2);
  });

  test('is left alone where it can’t be kept on', async () => {
    const { page, show } = fake();
    let asked = 0;
    const request = () => {
      asked += 1;
      return Promise.reject(new Error('low battery'));
    };
    for (const keepAwake of [createWakeLock({ request }, page), createWakeLock(undefined, page)]) {
      keepAwake(true);
      show('visible');
      keepAwake(false);
    }
    // A rejection that nobody takes would fail the run.
    await new Promise(setImmediate);
    expect(asked).toBe(2);
  });

  test('is wanted while bytes move or will by themselves, and not while the submitter pauses', () => {
    expect(isAtWork(view('sending', ['interrupted']))).toBe(true);
    expect(isAtWork(view('finishing', ['arrived']))).toBe(true);
    expect(isAtWork(view('sending', ['paused'], { paused: true }))).toBe(false);
    expect(isAtWork(view('sending', ['arrived', 'failed']))).toBe(false);
    expect(isAtWork(view('choosing', ['ready']))).toBe(false);
  });
});

describe('the time left', () => {
  const megabyte = 1024 * 1024;

  /** Reads once a second. @param speedAt bytes in that second */
  const readings = (totalBytes: number, speedAt: (second: number) => number, seconds: number) => {
    const meter = createMeter();
    let sentBytes = 0;
    return Array.from({ length: seconds }, (_, second) => {
      sentBytes += speedAt(second);
      return meter.read(sentBytes, totalBytes, second * 1000);
    });
  };

  test('is not guessed from the first second', () => {
    const [first, second, third] = readings(1000 * megabyte, () => megabyte, 10);
    expect([first, second, third]).toEqual([undefined, undefined, undefined]);
  });

  test('is right on an even line', () => {
    const last = readings(1000 * megabyte, () => 2 * megabyte, 60).at(-1);
    expect(last?.bytesPerSecond).toBeCloseTo(2 * megabyte, -3);
    expect(last?.secondsLeft).toBeGreaterThan(430);
    expect(last?.secondsLeft).toBeLessThan(450);
  });

  test('does not jump on a line that comes in gusts', () => {
    const gusts = readings(2000 * megabyte, (second) => (second % 4 === 0 ? 4 * megabyte : 0), 120);
    const left = gusts
      .map((pace) => pace?.secondsLeft)
      .filter((seconds) => seconds !== undefined)
      .slice(10);
    for (const [index, seconds] of left.slice(1).entries()) {
      const before = left[index] ?? 0;
      expect(Math.abs(seconds - before) / before).toBeLessThan(0.1);
    }
  });

  test('follows a line that has become four times slower, within a minute', () => {
    const slower = readings(4000 * megabyte, (second) => (second < 30 ? 8 : 2) * megabyte, 90);
    const exact = (4000 - 30 * 8 - 60 * 2) / 2;
    expect(slower.at(-1)?.secondsLeft).toBeGreaterThan(exact * 0.85);
    expect(slower.at(-1)?.secondsLeft).toBeLessThan(exact * 1.15);
  });

  test('finds out soon that its first word was wrong', () => {
    const late = readings(60 * megabyte, (second) => (second < 5 ? megabyte / 50 : 2 * megabyte), 20);
    expect(late[5]?.secondsLeft).toBeGreaterThan(100);
    expect(late.at(-1)?.secondsLeft).toBeLessThan(40);
  });

  test('survives a pause, and a file that is taken back', () => {
    const meter = createMeter();
    for (let second = 0; second < 10; second += 1)
      meter.read(second * megabyte, 100 * megabyte, second * 1000);
    meter.rest();
    const after = meter.read(9 * megabyte, 100 * megabyte, 600_000);
    expect(after?.bytesPerSecond).toBeCloseTo(megabyte, -4);
    expect(meter.read(2 * megabyte, 50 * megabyte, 601_000)?.secondsLeft).toBeGreaterThan(0);
  });

  test('is told in steps that people think in', () => {
    expect([1, 61, 3599, 3601, 5000].map(roughSeconds)).toEqual([60, 120, 3600, 3900, 5100]);
    expect(formatMinutes('en', 120)).toBe('2 minutes');
    expect(formatMinutes('en', 5100)).toBe('1 hour 25 minutes');
    expect(formatMinutes('en', 7200)).toBe('2 hours');
    expect(formatMinutes('ja', 5100)).toBe('1時間25分');
  });
});
