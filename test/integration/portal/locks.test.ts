import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeRequest } from '../../../server/intake/close-request.ts';
import { systemActor } from '../../../server/intake/context.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { tusOf } from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});

afterAll(() => portal.close());

test('admissions, acknowledgements and ends of one submission never wait for each other in a circle', async () => {
  const request = await portal.openRequest({ maxBytesPerRequest: 10_000_000 });
  for (let round = 0; round < 15; round += 1) {
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    const statuses = await Promise.all(
      Array.from({ length: 6 }, async (_, n) => {
        const id = await tus.made('same.txt', 8);
        const first = await tus.patch(id, 0, Buffer.from('half'));
        const second = n % 2 === 0 ? await tus.remove(id) : await tus.patch(id, 4, Buffer.from('more'));
        return [first.status, second.status];
      }),
    );
    expect(statuses.flat()).toEqual(Array.from({ length: 12 }, () => 204));
  }
});

test('closing a request never waits in a circle with what comes in', async () => {
  for (let round = 0; round < 8; round += 1) {
    const request = await portal.openRequest({ maxBytesPerRequest: 10_000_000 });
    const senders = await Promise.all(Array.from({ length: 4 }, () => portal.begin(request)));
    const sending = senders.map(async (begun) => {
      const tus = tusOf(portal, begun);
      const made = await tus.createNamed('a.txt', 4);
      const sent =
        made.status === 201
          ? await tus.patch((made.headers.location ?? '').slice(9), 0, Buffer.from('abcd'))
          : made;
      return [made.status, sent.status];
    });
    await closeRequest(portal.composed.portal.intake, request.id, systemActor);
    const statuses = (await Promise.all(sending)).flat();
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
  }
});
