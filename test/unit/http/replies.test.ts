import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { problemJson } from '../../../server/http/replies.ts';
import { Failure } from '../../../server/lib/failure.ts';

const retryAfter = async (failure: Failure) => {
  const app = new Hono().get('/', (c) => problemJson(c, failure));
  return (await app.request('/')).headers.get('retry-after');
};

test('who was slowed down by Nextcloud is told when to try again, also where Nextcloud does not say', async () => {
  expect(await retryAfter(new Failure('nextcloud.throttled', { retry: 'later' }))).toBe('600');
  expect(await retryAfter(new Failure('nextcloud.throttled', { retry: { afterMs: 30_500 } }))).toBe('31');
  expect(await retryAfter(new Failure('nextcloud.unreachable', { retry: 'later' }))).toBeNull();
});
