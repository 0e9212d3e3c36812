import { expect, test } from 'vitest';
import { inParallel } from '../../../server/lib/in-parallel.ts';

const { signal } = new AbortController();
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('at most so many run at once, and the results come in the order of the items', async () => {
  let running = 0;
  let most = 0;
  const results = await inParallel([5, 1, 4, 2, 3], 2, signal, async (turns) => {
    running += 1;
    most = Math.max(most, running);
    for (let n = 0; n < turns; n += 1) await turn();
    running -= 1;
    return turns * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

test('the first failure is thrown when what runs has ended, and nothing more is begun', async () => {
  const begun: string[] = [];
  const ended: string[] = [];
  const work = inParallel(['good', 'bad', 'never'], 2, signal, async (item, stop) => {
    begun.push(item);
    if (item === 'bad') throw new Error('first');
    await new Promise((resolve) => {
      stop.addEventListener('abort', resolve);
    });
    await turn();
    ended.push(item);
    throw new Error('second');
  });
  await expect(work).rejects.toThrow('first');
  expect({ begun, ended }).toEqual({ begun: ['good', 'bad'], ended: ['good'] });
});

test('an abort reaches what runs, and its reason is thrown', async () => {
  const stop = new AbortController();
  const begun: number[] = [];
  const work = inParallel([1, 2], 1, stop.signal, async (item, either) => {
    begun.push(item);
    stop.abort(new Error('stopping'));
    await turn();
    expect(either.aborted).toBe(true);
  });
  await expect(work).rejects.toThrow('stopping');
  expect(begun).toEqual([1]);
});

test('nothing to do is done at once', async () => {
  expect(await inParallel([], 4, signal, () => Promise.reject(new Error('never')))).toEqual([]);
});
