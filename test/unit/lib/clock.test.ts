import { expect, test } from 'vitest';
import { systemClock } from '../../../server/lib/clock.ts';

test('the clock moves', () => {
  expect(systemClock.now()).toBeInstanceOf(Date);
});
