import { afterEach, describe, expect, test } from 'vitest';
import { isFailure } from '../../../../server/lib/failure.ts';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { filesIn } from './harness.ts';
import { ask, calls, closeAll, open, small, tokenOf } from './support.ts';

afterEach(closeAll);

describe('limits', () => {
  test('a file larger than the BaaS takes is refused for good, in words; one that is as large passes', async () => {
    const { standin, destination } = await open({}, { mostFileBytes: 100_000 });
    const large = deliveryOf([fileOf('large.bin', Buffer.alloc(100_001))]);
    await expect(destination.deliver(large, contextOf())).rejects.toMatchObject({
      code: 'destination.rejected',
      retry: 'never',
      details: { status: 413, sizeBytes: 100_001, problem: expect.stringContaining('larger') as string },
    });
    expect(filesIn(standin)).toEqual([]);
    await destination.deliver(deliveryOf([fileOf('fits.bin', Buffer.alloc(100_000))]), contextOf());
    expect(filesIn(standin)).toHaveLength(2);
  });

  test('a BaaS that is full may have room later', async () => {
    const { destination } = await open({}, { capacityBytes: 10 });
    await expect(destination.deliver(small('a.txt', 'too much text'), contextOf())).rejects.toMatchObject({
      code: 'destination.unavailable',
      retry: 'later',
      details: { status: 507 },
    });
  });
});

describe('a bucket that is not there', () => {
  test('is made when that is configured, closed for others, and the delivery arrives', async () => {
    const { standin, again, user } = await open();
    const delivery = small();
    const missing = again({ bucket: 'fresh' });
    await expect(missing.deliver(delivery, contextOf())).rejects.toMatchObject({
      code: 'destination.unavailable',
      retry: 'later',
    });
    expect(standin.bucketNames()).toEqual(['incoming']);
    const making = again({ bucket: 'fresh', createBucket: true, publish: true, acl: { r: ['g:staff'] } });
    await making.deliver(delivery, contextOf());
    expect(await making.probe(delivery, contextOf())).toBeDefined();
    const { acl, contentAcl } = standin.bucket('fresh') ?? {};
    expect(acl?.owner).toBe(user.id);
    expect(contentAcl).toEqual({ r: [user.id, 'g:staff'], w: [], c: [user.id], u: [user.id], d: [user.id] });
    standin.addUser('other', 'password-of-the-other');
    const token = await tokenOf(standin, 'other', 'password-of-the-other');
    expect((await ask(standin, 'files/fresh', token)).status).toBe(403);
  });

  test('one that is there is never changed', async () => {
    const { standin, again } = await open();
    await again({ createBucket: true }).deliver(small(), contextOf());
    expect(calls(standin, 'PUT', '/buckets/')).toEqual([]);
  });

  test('an account that may not make it is told to staff', async () => {
    const { again } = await open({}, { rootContentAcl: {} });
    const making = again({ bucket: 'fresh', createBucket: true });
    await expect(making.deliver(small(), contextOf())).rejects.toMatchObject({
      code: 'destination.auth',
      retry: 'later',
    });
  });
});

describe('sessions', () => {
  test('one is enough for many deliveries, and one that has ended is renewed once', async () => {
    const { standin, destination } = await open();
    await destination.deliver(small(), contextOf());
    await destination.deliver(small(), contextOf());
    expect(calls(standin, 'POST', '/login')).toHaveLength(1);
    standin.endSessions();
    const delivery = small();
    expect(await destination.probe(delivery, contextOf())).toBeUndefined();
    await destination.deliver(delivery, contextOf());
    expect(calls(standin, 'POST', '/login')).toHaveLength(2);
  });

  test('an account that was disabled meanwhile is asked for once an attempt', async () => {
    const { standin, destination, user } = await open();
    await destination.deliver(small(), contextOf());
    standin.endSessions();
    user.enabled = false;
    await expect(destination.deliver(small(), contextOf())).rejects.toMatchObject({
      code: 'destination.auth',
      retry: 'later',
    });
    expect(calls(standin, 'POST', '/login').map(({ status }) => status)).toEqual([200, 401]);
  });

  test('are begun by e-mail as well, and ended when the destination is closed', async () => {
    const { standin, again, settings } = await open();
    const { appKey, password } = settings.secrets;
    const secrets = { appKey, password, email: 'portal@example.com' };
    const destination = again({}, secrets as unknown as typeof settings.secrets);
    await destination.deliver(small(), contextOf());
    expect(standin.sessions()).toBe(1);
    await destination.close?.();
    expect(standin.sessions()).toBe(0);
  });
});

test('an account that may not create is told to staff, and nothing is written', async () => {
  const { standin, destination } = await open();
  standin.addBucket('incoming', { contentAcl: { r: ['g:authenticated'] } });
  const failure = await destination.deliver(small(), contextOf()).catch((error: unknown) => error);
  expect(isFailure(failure, 'destination.auth') && failure.retry).toBe('later');
  expect(filesIn(standin)).toEqual([]);
});
