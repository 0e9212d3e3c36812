import { expect, test } from 'vitest';
import { Failure } from '../../../server/lib/failure.ts';
import { retrying } from '../../../server/upload/retry.ts';

const never = new AbortController().signal;

const failing = (times: number, failure: Error) => {
  let calls = 0;
  const attempt = () => {
    calls += 1;
    return calls <= times ? Promise.reject(failure) : Promise.resolve('done');
  };
  return { attempt, calls: () => calls };
};

test('what may pass is tried again until it has passed', async () => {
  const { attempt, calls } = failing(2, new Failure('nextcloud.locked', { retry: { afterMs: 1 } }));
  expect(await retrying(attempt, { signal: never, patienceMs: 60_000 })).toBe('done');
  expect(calls()).toBe(3);
});

test('what will never pass is tried once', async () => {
  const { attempt, calls } = failing(1, new Failure('nextcloud.out-of-space'));
  await expect(retrying(attempt, { signal: never, patienceMs: 60_000 })).rejects.toThrow(
    'nextcloud.out-of-space',
  );
  expect(calls()).toBe(1);
});

test('a pause that would outlast the patience is not begun', async () => {
  const { attempt, calls } = failing(9, new Failure('nextcloud.throttled', { retry: { afterMs: 300_000 } }));
  await expect(retrying(attempt, { signal: never, patienceMs: 1_000 })).rejects.toThrow(
    'nextcloud.throttled',
  );
  expect(calls()).toBe(1);
});

test('nobody waits on once the sender has gone, and the last failure tells why', async () => {
  const gone = new AbortController();
  const { attempt } = failing(9, new Failure('nextcloud.failed', { retry: { afterMs: 50_000 } }));
  const outcome = retrying(attempt, { signal: gone.signal, patienceMs: 60_000 });
  setImmediate(() => gone.abort());
  await expect(outcome).rejects.toThrow('nextcloud.failed');
});
