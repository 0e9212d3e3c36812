import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createBufferBudget } from '../../../server/upload/budget.ts';
import { Flow } from '../../../server/upload/flow.ts';

const MiB = 1024 * 1024;

/** A flow of so many bytes, whose chunks take their place in a budget as they do in a PATCH. */
const flowOf = (sizeBytes: number) => {
  const budget = createBufferBudget(64 * MiB);
  const state = { emptied: 0 };
  const flow = new Flow(sizeBytes, Buffer.alloc(0), budget, () => {
    state.emptied += 1;
  });
  const add = (chunk: Buffer): void => {
    if (!budget.tryTake(chunk.length)) throw new Error('no room');
    flow.add(chunk);
  };
  return { budget, flow, add, state };
};

/** What the other end has got so far. */
const reading = (flow: Flow) => {
  const got = { chunks: [] as Buffer[], error: undefined as unknown, ended: false };
  const done = (async () => {
    try {
      for await (const chunk of flow.read()) got.chunks.push(chunk);
      got.ended = true;
    } catch (error) {
      got.error = error;
    }
  })();
  const text = () => Buffer.concat(got.chunks).toString();
  return { got, done, text };
};

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const allowed = Promise.resolve();

describe('what flows', () => {
  test('comes out as it went in, and makes room as it goes', async () => {
    const { budget, flow, add, state } = flowOf(3 * MiB);
    const content = randomBytes(3 * MiB);
    const { got, done } = reading(flow);
    for (let at = 0; at < content.length; at += 64 * 1024) {
      add(content.subarray(at, at + 64 * 1024));
      await settled();
      expect(budget.usedBytes).toBeLessThanOrEqual(64 * 1024);
    }
    expect([flow.isFull, got.ended, state.emptied]).toEqual([true, false, 47]);
    flow.allowEnd(allowed);
    await done;
    expect(Buffer.concat(got.chunks).equals(content)).toBe(true);
    expect(got.ended).toBe(true);
    expect(budget.usedBytes).toBe(0);
  });

  test('is not taken in faster than it goes out', async () => {
    const { flow, add } = flowOf(20 * MiB);
    while (flow.hasRoom) add(randomBytes(512 * 1024));
    expect(flow.addedBytes).toBe(4 * MiB);
    const out = flow.read();
    await out.next();
    expect(flow.hasRoom).toBe(false);
    await out.next();
    expect(flow.hasRoom).toBe(true);
    await out.return(undefined);
  });

  test('is full with the bytes that were announced', () => {
    const { flow, add } = flowOf(5);
    add(Buffer.from('abcd'));
    expect([flow.isFull, flow.addedBytes]).toEqual([false, 4]);
    add(Buffer.from('e'));
    expect([flow.isFull, flow.addedBytes]).toEqual([true, 5]);
  });
});

describe('the last bytes', () => {
  test('are kept back until they are allowed', async () => {
    const { flow, add } = flowOf(6);
    const { got, done, text } = reading(flow);
    add(Buffer.from('abc'));
    add(Buffer.from('def'));
    await settled();
    expect([text(), got.ended]).toEqual(['abc', false]);
    let allow: () => void = () => undefined;
    flow.allowEnd(
      new Promise((resolve) => {
        allow = resolve;
      }),
    );
    await settled();
    expect([text(), got.ended]).toEqual(['abc', false]);
    allow();
    await done;
    expect([text(), got.ended]).toEqual(['abcdef', true]);
  });

  test('flow at once when they were allowed before', async () => {
    const { flow, add } = flowOf(3);
    flow.allowEnd(allowed);
    const { done, text } = reading(flow);
    add(Buffer.from('abc'));
    await done;
    expect(text()).toBe('abc');
  });

  test('never flow when they are refused: who reads fails with the reason', async () => {
    const { budget, flow, add } = flowOf(6);
    const { got, done, text } = reading(flow);
    add(Buffer.from('abc'));
    add(Buffer.from('def'));
    flow.allowEnd(Promise.reject(new Error('closed')));
    await done;
    expect(got.error).toEqual(new Error('closed'));
    expect(text()).toBe('abc');
    expect(budget.usedBytes).toBe(0);
  });

  test('that are refused before anybody reads fail nobody else', async () => {
    const { flow, add } = flowOf(3);
    flow.allowEnd(Promise.reject(new Error('closed')));
    await settled();
    add(Buffer.from('abc'));
    const { got, done, text } = reading(flow);
    await done;
    expect([text(), got.error]).toEqual(['', new Error('closed')]);
  });
});

describe('a flow that fails', () => {
  test('wakes who waits for its bytes', async () => {
    const { budget, flow, add } = flowOf(6);
    const { got, done, text } = reading(flow);
    add(Buffer.from('abc'));
    await settled();
    flow.fail(new Error('it stopped coming'));
    await done;
    expect([text(), got.error]).toEqual(['abc', new Error('it stopped coming')]);
    expect(budget.usedBytes).toBe(0);
  });

  test('wakes who waits for the end to be allowed', async () => {
    const { flow, add } = flowOf(3);
    const { got, done, text } = reading(flow);
    add(Buffer.from('abc'));
    await settled();
    flow.fail(new Error('it was given up'));
    await done;
    expect([text(), got.error]).toEqual(['', new Error('it was given up')]);
  });

  test('sends nothing more of what waits, and tells the first reason', async () => {
    const { budget, flow, add } = flowOf(9);
    add(Buffer.from('abc'));
    add(Buffer.from('def'));
    flow.fail(new Error('first'));
    flow.fail(new Error('second'));
    const { got, done, text } = reading(flow);
    await done;
    expect([text(), got.error]).toEqual(['', new Error('first')]);
    expect(budget.usedBytes).toBe(0);
  });
});

describe('the place in the budget is given back', () => {
  test.each<[string, (flow: Flow, add: (chunk: Buffer) => void) => Promise<unknown>]>([
    [
      'when all has been read',
      async (flow, add) => {
        add(Buffer.from('ef'));
        flow.allowEnd(allowed);
        await reading(flow).done;
      },
    ],
    [
      'when who reads goes away in the middle',
      async (flow) => {
        const out = flow.read();
        await out.next();
        await out.return(undefined);
      },
    ],
    [
      'when it fails while it is read',
      async (flow) => {
        const { done } = reading(flow);
        await settled();
        flow.fail(new Error('broken'));
        await done;
      },
    ],
    [
      'when the end is refused',
      async (flow, add) => {
        add(Buffer.from('ef'));
        flow.allowEnd(Promise.reject(new Error('refused')));
        await reading(flow).done;
      },
    ],
    [
      'when it fails before anybody reads, as when no connection could be had',
      async (flow) => {
        flow.fail(new Error('unreachable'));
        await settled();
      },
    ],
    [
      'when bytes still come after it has failed',
      async (flow, add) => {
        const { done } = reading(flow);
        flow.fail(new Error('broken'));
        await done;
        add(Buffer.from('e'));
        flow.fail(new Error('broken'));
        await settled();
      },
    ],
  ])('%s', async (_case, ending) => {
    const { budget, flow, add } = flowOf(6);
    add(Buffer.from('ab'));
    add(Buffer.from('cd'));
    expect(budget.usedBytes).toBe(4);
    await ending(flow, add);
    expect(budget.usedBytes).toBe(0);
  });
});
