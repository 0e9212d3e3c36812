import { expect, test } from 'vitest';
import { createBufferBudget } from '../../../server/upload/budget.ts';

const never = new AbortController().signal;

test('no more is ever held than the budget allows', () => {
  const budget = createBufferBudget(100);
  expect(budget.tryTake(60)).toBe(true);
  expect(budget.tryTake(41)).toBe(false);
  expect(budget.tryTake(40)).toBe(true);
  expect(budget.usedBytes).toBe(100);
});

test('who waits is served in turn as soon as there is room, and nobody slips in before', async () => {
  const budget = createBufferBudget(100);
  budget.tryTake(90);
  const served: string[] = [];
  const first = budget.take(50, never).then(() => served.push('first'));
  const second = budget.take(10, never).then(() => served.push('second'));
  expect(budget.tryTake(5)).toBe(false);
  budget.give(90);
  await Promise.all([first, second]);
  expect(served).toEqual(['first', 'second']);
  expect(budget.usedBytes).toBe(60);
});

test('who gives up waiting takes nothing, and makes room for the next', async () => {
  const budget = createBufferBudget(100);
  budget.tryTake(60);
  const leaving = new AbortController();
  const large = budget.take(100, leaving.signal);
  const small = budget.take(40, never);
  leaving.abort(new Error('gone'));
  await expect(large).rejects.toThrow('gone');
  await small;
  expect(budget.usedBytes).toBe(100);
});

test('more than the whole budget is refused at once instead of waiting for ever', async () => {
  await expect(createBufferBudget(10).take(11, never)).rejects.toThrow(RangeError);
});
