import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { createNextcloudWay, type LoginFlows } from '../../../server/auth/nextcloud-way.ts';
import { Failure } from '../../../server/lib/failure.ts';
import { createSealing } from '../../../server/lib/sealing.ts';

/** A Nextcloud that grants access and then refuses to be asked who it was for; gives back what is left of `refusals`. */
const granting = (refusals: number) => {
  const away = () => Promise.reject(new Failure('nextcloud.unreachable'));
  const giveBack = vi.fn<LoginFlows['giveBack']>(() => Promise.resolve());
  for (let n = 0; n < refusals; n += 1) giveBack.mockImplementationOnce(away);
  const warned: unknown[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => warned.push(JSON.parse(line)) });
  const way = createNextcloudWay({
    sealing: createSealing(Buffer.alloc(32)),
    publicUrl: new URL('https://uketori.example'),
    flows: {
      start: () => Promise.resolve({ loginUrl: 'https://cloud.example/flow', pollToken: 'poll' }),
      poll: () => Promise.resolve({ loginName: 'hanako', appPassword: 'granted-secret' }),
      holderOf: away,
      giveBack,
    },
    log,
    giveBackAgainMs: [0, 0, 0],
  });
  return { way, giveBack, warned };
};

test('an app password that could not be given back while Nextcloud was away is given back later', async () => {
  const { way, giveBack, warned } = granting(3);
  const begun = await way.begin('sign-in');
  await expect(way.finish(begun, 'sign-in')).rejects.toMatchObject({ code: 'auth.provider-unavailable' });
  await vi.waitFor(() => expect(giveBack).toHaveBeenCalledTimes(4));
  await expect(giveBack.mock.results[3]?.value).resolves.toBeUndefined();
  expect(
    giveBack.mock.calls.every(([user, secret]) => user === 'hanako' && secret === 'granted-secret'),
  ).toBe(true);
  expect(warned).toEqual([]);
});

test('one that can’t be given back at all is said so, without the secret', async () => {
  const { way, giveBack, warned } = granting(99);
  await way.giveBack({ user: 'hanako', appPassword: 'granted-secret' });
  await vi.waitFor(() => expect(warned).toHaveLength(1));
  expect(giveBack).toHaveBeenCalledTimes(4);
  expect(warned[0]).toMatchObject({ user: 'hanako' });
  expect(JSON.stringify(warned)).not.toContain('granted-secret');
});
