import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uploads } from '../../../db/schema/index.ts';
import { sweepUploads } from '../../../server/upload/sweep.ts';
import { type Begun, type OpenRequest, startPortal, type TestPortal, until } from '../../support/portal.ts';
import { idIn, metadata, type Reply, tusOf, uploadFolders, uploadRow } from './wire.ts';

let portal: TestPortal;
/** Uploads of it may stand still for an hour. */
let request: OpenRequest;
/** For five hours. */
let patientRequest: OpenRequest;

const resumeMinutes = 60;
const patientMinutes = 300;
const emptyMinutes = 120;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest({ resumeMinutes });
  patientRequest = await portal.openRequest({ resumeMinutes: patientMinutes });
});

afterAll(() => portal.close());

const octets = { 'content-type': 'application/offset+octet-stream' };

const setUp = async (of = request) => {
  const begun = await portal.begin(of);
  return { begun, tus: tusOf(portal, begun) };
};

/** Lets an upload have stood still for so long. */
const age = async (uploadId: string, minutes: number): Promise<void> => {
  await portal.db
    .update(uploads)
    .set({ updatedAt: sql`now() - ${minutes} * interval '1 minute'` })
    .where(eq(uploads.id, uploadId));
};

const sweep = (): Promise<void> => sweepUploads(portal.composed.engine);

const stateOf = async (uploadId: string): Promise<string> => (await uploadRow(portal, uploadId)).state;

/** When an upload expires that stood still since it was last written to, as its row tells. */
const expiryOf = async (uploadId: string, minutes: number): Promise<number> =>
  (await uploadRow(portal, uploadId)).updatedAt.getTime() + minutes * 60_000;

const toldExpiry = (reply: Reply): number => {
  const told = String(reply.headers['upload-expires']);
  // The form of a date in HTTP, and no other.
  expect(new Date(told).toUTCString()).toBe(told);
  return Date.parse(told);
};

/** Whether both are of the same moment, give or take how long a request takes. */
const isMoment = (toldMs: number, trueMs: number): boolean => Math.abs(toldMs - trueMs) < 60_000;

describe('until when an upload can be gone on with', () => {
  test('is told when bytes have come and more are missing, and follows each of them', async () => {
    const { tus } = await setUp();
    const id = await tus.made('a.bin', 8);
    const first = await tus.patch(id, 0, Buffer.from('ab'));
    expect(isMoment(toldExpiry(first), await expiryOf(id, resumeMinutes))).toBe(true);
    await age(id, 30);
    const second = await tus.patch(id, 2, Buffer.from('cd'));
    expect(isMoment(toldExpiry(second), await expiryOf(id, resumeMinutes))).toBe(true);
    expect(isMoment(toldExpiry(second), Date.now() + resumeMinutes * 60_000)).toBe(true);
  });

  test('is told at creation, with bytes and without', async () => {
    const { tus } = await setUp();
    const headers = { 'upload-length': '8', 'upload-metadata': metadata({ filename: 'a.bin' }) };
    const empty = await tus.create(headers);
    expect(isMoment(toldExpiry(empty), await expiryOf(idIn(empty), resumeMinutes))).toBe(true);
    const begun = await tus.create({ ...headers, ...octets }, Buffer.from('abcd'));
    expect(begun.headers['upload-offset']).toBe('4');
    expect(isMoment(toldExpiry(begun), await expiryOf(idIn(begun), resumeMinutes))).toBe(true);
  });

  test('is told of an upload of which nothing came as what it is: two hours, though others are kept longer', async () => {
    const { tus } = await setUp(patientRequest);
    const empty = await tus.createNamed('a.bin', 8);
    expect(isMoment(toldExpiry(empty), await expiryOf(idIn(empty), emptyMinutes))).toBe(true);
    const begun = await tus.patch(idIn(empty), 0, Buffer.from('abcd'));
    expect(isMoment(toldExpiry(begun), await expiryOf(idIn(empty), patientMinutes))).toBe(true);
  });

  test('is told to who asks where to go on, and asking puts nothing off', async () => {
    const { tus } = await setUp();
    const id = await tus.made('a.bin', 8);
    await tus.patch(id, 0, Buffer.from('ab'));
    await age(id, 50);
    const head = await tus.head(id);
    expect(head.headers['upload-offset']).toBe('2');
    expect(isMoment(toldExpiry(head), await expiryOf(id, resumeMinutes))).toBe(true);
    expect(isMoment(toldExpiry(head), Date.now() + 10 * 60_000)).toBe(true);
  });

  test('is not put off by a piece of no bytes, and is by one of one byte', async () => {
    const { tus } = await setUp();
    const id = await tus.made('a.bin', 8);
    await tus.patch(id, 0, Buffer.from('ab'));
    await age(id, 50);
    const nothing = await tus.patch(id, 2, Buffer.alloc(0));
    expect(nothing.status).toBe(204);
    expect(toldExpiry(nothing)).toBeLessThan(Date.now() + 11 * 60_000);
    expect(await expiryOf(id, resumeMinutes)).toBeLessThan(Date.now() + 11 * 60_000);
    expect((await tus.patch(id, 2, Buffer.from('c'))).status).toBe(204);
    expect(await expiryOf(id, resumeMinutes)).toBeGreaterThan(Date.now() + 55 * 60_000);
  });

  test('is not told of an upload that is complete, however it came to be', async () => {
    const { tus } = await setUp();
    const id = await tus.made('a.bin', 4);
    expect((await tus.patch(id, 0, Buffer.from('ab'))).headers['upload-expires']).toBeDefined();
    const last = await tus.patch(id, 2, Buffer.from('cd'));
    expect([last.status, last.headers['upload-expires']]).toEqual([204, undefined]);
    expect((await tus.head(id)).headers['upload-expires']).toBeUndefined();
    const whole = await tus.create(
      { 'upload-length': '4', 'upload-metadata': metadata({ filename: 'b.bin' }), ...octets },
      Buffer.from('abcd'),
    );
    expect([whole.status, whole.headers['upload-expires']]).toEqual([201, undefined]);
    const empty = await tus.createNamed('c.bin', 0);
    expect([empty.status, empty.headers['upload-expires']]).toEqual([201, undefined]);
  });

  test('is not told when the length is said last and every byte is there', async () => {
    const { tus } = await setUp();
    const deferred = await tus.create({
      'upload-defer-length': '1',
      'upload-metadata': metadata({ filename: 'a.bin' }),
    });
    expect(deferred.headers['upload-expires']).toBeDefined();
    const last = await tus.patch(idIn(deferred), 0, Buffer.from('abcd'), { 'upload-length': '4' });
    expect([last.status, last.headers['upload-expires']]).toEqual([204, undefined]);
  });

  test('is not told to who is refused, nor to who takes the upload away', async () => {
    const { tus } = await setUp();
    const id = await tus.made('a.bin', 8);
    expect((await tus.patch(id, 5, Buffer.from('ab'))).headers['upload-expires']).toBeUndefined();
    const removed = await tus.remove(id);
    expect([removed.status, removed.headers['upload-expires']]).toEqual([204, undefined]);
  });
});

describe('an upload that stands still', () => {
  const begunUpload = async (
    of = request,
  ): Promise<{ begun: Begun; tus: ReturnType<typeof tusOf>; id: string }> => {
    const { begun, tus } = await setUp(of);
    const id = await tus.made('a.bin', 2000);
    expect((await tus.patch(id, 0, randomBytes(1000))).status).toBe(204);
    expect(uploadFolders(portal)).toContain(`uketori-${id}`);
    return { begun, tus, id };
  };

  test('longer than its request allows is abandoned: it is unknown, and its parts are removed', async () => {
    const { begun, tus, id } = await begunUpload();
    await age(id, resumeMinutes + 1);
    await sweep();
    expect(await stateOf(id)).toBe('abandoned');
    expect((await tus.head(id)).status).toBe(404);
    expect((await tus.patch(id, 1000, randomBytes(1000))).status).toBe(404);
    await until('the clean-up', () => !uploadFolders(portal).includes(`uketori-${id}`));
    // It keeps its submission from nothing, and its name is free.
    await portal.send(begun, { name: 'a.bin', content: 'again' });
    expect((await portal.finish(begun)).status).toBe(200);
    const { files } = await portal.status(begun);
    expect(files.filter(({ state }) => state === 'stored').map(({ name }) => name)).toEqual(['a.bin']);
  });

  test('a little less long is kept, and goes on', async () => {
    const { tus, id } = await begunUpload();
    await age(id, resumeMinutes - 1);
    await sweep();
    expect(await stateOf(id)).toBe('uploading');
    expect((await tus.head(id)).headers['upload-offset']).toBe('1000');
    expect((await tus.patch(id, 1000, randomBytes(1000))).status).toBe(204);
  });

  test('and moved then is kept', async () => {
    const { tus, id } = await begunUpload();
    await age(id, resumeMinutes + 1);
    expect((await tus.patch(id, 1000, randomBytes(10))).status).toBe(204);
    await sweep();
    expect(await stateOf(id)).toBe('uploading');
    expect(uploadFolders(portal)).toContain(`uketori-${id}`);
  });

  test('is kept as long as its own request allows', async () => {
    const [impatient, patient] = [await begunUpload(), await begunUpload(patientRequest)];
    for (const { id } of [impatient, patient]) await age(id, patientMinutes - 1);
    await sweep();
    expect([await stateOf(impatient.id), await stateOf(patient.id)]).toEqual(['abandoned', 'uploading']);
  });

  test('is kept while somebody writes to it, however slowly', async () => {
    const { tus, id } = await begunUpload();
    const patch = tus.openPatch(id, 1000, 1000);
    patch.on('error', () => undefined);
    patch.write(randomBytes(1));
    await until('the writer', () => portal.composed.portal.uploads.locker.leaseOf(id));
    await age(id, resumeMinutes + 1);
    await sweep();
    expect(await stateOf(id)).toBe('uploading');
    patch.destroy();
    await until(
      'the end of the write',
      () => portal.composed.portal.uploads.locker.leaseOf(id) === undefined,
    );
  });

  test('and has nothing yet is abandoned after two hours, and not before', async () => {
    const { tus } = await setUp(patientRequest);
    const [older, younger] = [await tus.made('a.bin', 10), await tus.made('b.bin', 10)];
    await age(older, emptyMinutes + 1);
    await age(younger, emptyMinutes - 1);
    await sweep();
    expect([await stateOf(older), await stateOf(younger)]).toEqual(['abandoned', 'uploading']);
    expect([(await tus.head(older)).status, (await tus.head(younger)).status]).toEqual([404, 200]);
  });

  test('and has nothing yet is abandoned sooner where its request keeps nothing for two hours', async () => {
    const { tus } = await setUp();
    const id = await tus.made('a.bin', 10);
    await age(id, resumeMinutes + 1);
    await sweep();
    expect(await stateOf(id)).toBe('abandoned');
  });

  test('and is complete is not abandoned', async () => {
    const { tus } = await setUp();
    const id = await tus.made('a.bin', 4);
    await tus.patch(id, 0, Buffer.from('abcd'));
    await until('the file', async () => (await stateOf(id)) === 'stored');
    await age(id, 10_000);
    await sweep();
    expect(await stateOf(id)).toBe('stored');
  });
});
