import { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import type { Delivery } from '../../../../server/importer/destinations/destination.ts';
import type { Failure } from '../../../../server/lib/failure.ts';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { type BoxPlace, openBox } from './harness.ts';

const partBytes = 8 * 1024 * 1024;
const bytes = Buffer.alloc(3 * partBytes + 17, 'large');
const wrong = Buffer.alloc(bytes.length, 'wrong');

let place: BoxPlace | undefined;
afterEach(async () => {
  await place?.remove();
  place = undefined;
});
/** Two parts a listing: so every listing here takes more than one call. */
const open = async (): Promise<BoxPlace> => {
  place = await openBox({}, {}, { partBytes, pageLength: 2 });
  return place;
};

const large = (source?: () => Readable) => fileOf('large.bin', bytes, source);
const parts = ({ box }: BoxPlace) =>
  box.calls.filter(({ method, path }) => method === 'PUT' && path.startsWith('/files/upload_sessions/'));
const begun = ({ box }: BoxPlace) =>
  box.calls.filter(({ method, path }) => method === 'POST' && path === '/files/upload_sessions');
const commits = ({ box }: BoxPlace) => box.calls.filter(({ path }) => path.endsWith('/commit'));
const failPart = ({ box }: BoxPlace, skip: number) =>
  box.faults.add({ method: 'PUT', path: /upload_sessions/, skip, action: { reply: { status: 500 } } });
const whole = async (here: BoxPlace, delivery: Delivery) => {
  expect(await here.effects(delivery.key)).toBe(1);
  expect(await here.seen()).toHaveLength(delivery.files.length);
  expect(here.box.sessions.open.size).toBe(0);
};

test('a large file goes in parts of the size that Box says, and is committed with the hash of the whole', async () => {
  const here = await open();
  const delivery = deliveryOf([large()]);
  await here.destination().deliver(delivery, contextOf());
  expect(parts(here).map(({ headers }) => headers['content-range'])).toEqual([
    `bytes 0-${partBytes - 1}/${bytes.length}`,
    `bytes ${partBytes}-${2 * partBytes - 1}/${bytes.length}`,
    `bytes ${2 * partBytes}-${3 * partBytes - 1}/${bytes.length}`,
    `bytes ${3 * partBytes}-${bytes.length - 1}/${bytes.length}`,
  ]);
  await whole(here, delivery);
});

test.each([
  ['just small enough for one request', 20 * 1024 * 1024, 0],
  ['one byte larger', 20 * 1024 * 1024 + 1, 1],
  ['of exactly so many parts', 3 * partBytes, 1],
])('a file %s arrives', async (_, sizeBytes, sessions) => {
  const here = await open();
  const delivery = deliveryOf([fileOf('a.bin', Buffer.alloc(sizeBytes, 7))]);
  await here.destination().deliver(delivery, contextOf());
  expect(begun(here)).toHaveLength(sessions);
  await whole(here, delivery);
});

test('Box that is still busy with the parts is asked to commit again', async () => {
  const here = await open();
  here.box.sessions.options.commitsLater = 2;
  const delivery = deliveryOf([large()]);
  await here.destination().deliver(delivery, contextOf());
  expect(commits(here).map(({ status }) => status)).toEqual([202, 202, 201]);
  await whole(here, delivery);
});

test('Box that stays busy is left alone for as long as it says, and then the file is not even read again', async () => {
  const here = await open();
  here.box.sessions.options.commitsLater = 1;
  here.box.commitAfterSeconds = 600;
  const file = large();
  const delivery = deliveryOf([file]);
  const context = contextOf();
  await expect(here.destination().deliver(delivery, context)).rejects.toMatchObject({
    code: 'destination.unavailable',
    retry: { afterMs: 600_000 },
  });
  expect(await here.seen()).toEqual([]);
  await here.destination().deliver(delivery, context);
  expect([file.opened, parts(here).length, begun(here).length]).toEqual([1, 4, 1]);
  await whole(here, delivery);
});

test('one that stopped in the middle is continued: what is there is not sent again', async () => {
  const here = await open();
  failPart(here, 3);
  const delivery = deliveryOf([large()]);
  const context = contextOf();
  await expect(here.destination().deliver(delivery, context)).rejects.toMatchObject({ retry: 'later' });
  expect(await here.seen()).toEqual([]);
  await here.destination().deliver(delivery, context);
  expect([parts(here).length, begun(here).length]).toEqual([5, 1]);
  await whole(here, delivery);
});

test('twins that continue one session make one file of it', async () => {
  const here = await open();
  failPart(here, 1);
  const delivery = deliveryOf([large()]);
  const context = contextOf();
  await expect(here.destination().deliver(delivery, context)).rejects.toMatchObject({ retry: 'later' });
  const twins = await Promise.allSettled([
    here.destination().deliver(delivery, context),
    here.destination().deliver(delivery, context),
  ]);
  const fine = twins.map((twin) => twin.status === 'fulfilled' || (twin.reason as Failure).retry === 'later');
  expect(fine).toEqual([true, true]);
  await here.destination().deliver(delivery, context);
  await whole(here, delivery);
});

test('a part whose answer was lost is found, not sent again', async () => {
  const here = await open();
  here.box.faults.add({ method: 'PUT', path: /upload_sessions/, skip: 1, action: 'answer-lost' });
  const delivery = deliveryOf([large()]);
  const context = contextOf();
  await expect(here.destination().deliver(delivery, context)).rejects.toMatchObject({ retry: 'later' });
  await here.destination().deliver(delivery, context);
  expect(parts(here)).toHaveLength(4);
  await whole(here, delivery);
});

test('a commit whose answer was lost is found: the file is there, and is not read again', async () => {
  const here = await open();
  here.box.faults.add({ path: /commit$/, action: 'answer-lost' });
  const file = large();
  const delivery = deliveryOf([file]);
  const context = contextOf();
  await expect(here.destination().deliver(delivery, context)).rejects.toMatchObject({ retry: 'later' });
  await here.destination().deliver(delivery, context);
  expect([file.opened, commits(here).length]).toEqual([1, 1]);
  await whole(here, delivery);
});

test('a session that has ended is begun anew', async () => {
  const here = await open();
  failPart(here, 2);
  const delivery = deliveryOf([large()]);
  const context = contextOf();
  await expect(here.destination().deliver(delivery, context)).rejects.toMatchObject({ retry: 'later' });
  here.box.sessions.open.clear();
  await here.destination().deliver(delivery, context);
  expect(begun(here)).toHaveLength(2);
  await whole(here, delivery);
});

test('wrong bytes end the session: nothing is to be seen, nothing is kept, and the right ones arrive', async () => {
  const here = await open();
  let broken = true;
  const delivery = deliveryOf([large(() => Readable.from([broken ? wrong : bytes]))]);
  const context = contextOf();
  await expect(here.destination().deliver(delivery, context)).rejects.toMatchObject({
    code: 'upload.integrity',
  });
  expect([here.box.sessions.open.size, (await here.seen()).length]).toEqual([0, 0]);
  broken = false;
  await here.destination().deliver(delivery, context);
  await whole(here, delivery);
});

test('parts too large to be held in memory are refused', async () => {
  const here = await open();
  here.box.sessions.options.partBytes = 256 * 1024 * 1024;
  const delivery = deliveryOf([large()]);
  await expect(here.destination().deliver(delivery, contextOf())).rejects.toMatchObject({
    code: 'destination.unavailable',
  });
  here.box.sessions.open.clear();
  here.box.sessions.options.partBytes = partBytes;
  await here.destination().deliver(delivery, contextOf());
  await whole(here, delivery);
});

test('a token that ends in the middle is renewed once, within the attempt', async () => {
  const here = await open();
  here.box.faults.add({ method: 'PUT', path: /upload_sessions/, skip: 2, action: 'signed-out' });
  const file = large();
  const delivery = deliveryOf([file]);
  await here.destination().deliver(delivery, contextOf());
  expect([file.opened, here.box.tokens.given]).toEqual([1, 2]);
  await whole(here, delivery);
});

test('another file that takes the name while the parts go out is stepped aside for', async () => {
  const here = await open();
  const delivery = deliveryOf([large()]);
  const other = fileOf('large.bin', Buffer.alloc(21 * 1024 * 1024, 1));
  let raced = false;
  const first = delivery.files[0];
  if (first === undefined) throw new Error('no file');
  const slow = {
    ...first,
    async open() {
      // The other one is delivered to the same place while this one is on its way.
      if (!raced) {
        raced = true;
        const { receiptNumber, request, submitter } = delivery;
        const twin = deliveryOf([other], { per: 'file', receiptNumber, request, submitter });
        await here.destination().deliver(twin, contextOf());
      }
      return first.open();
    },
  };
  const { remote } = await here.destination().deliver({ ...delivery, files: [slow] }, contextOf());
  expect(remote[0]?.path).toMatch(/\/large \(2\)\.bin$/);
  expect((await here.seen()).map(({ sizeBytes }) => sizeBytes).sort((a, b) => a - b)).toEqual(
    [other.sizeBytes, bytes.length].sort((a, b) => a - b),
  );
});
