import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { files } from '../../../db/schema/index.ts';
import { type OpenRequest, type TestPortal, until } from '../../support/portal.ts';
import {
  announce,
  expectAllGivenBack,
  fileBytes,
  MiB,
  startFastPortal,
  startPartsPortal,
  write,
} from './fast.ts';
import { idIn, metadata, noticesOf, tusOf, untilStored } from './wire.ts';

const octets = { 'content-type': 'application/offset+octet-stream' };

/** What was asked of an upload's folder, but for its removal. */
const askedOfFolder = ({ standin }: TestPortal, id: string): string[] =>
  standin.requests.all
    .filter(({ path, method }) => path.includes(id) && method !== 'DELETE')
    .map(({ path, method }) => `${method} ${path}`);

describe('a whole file that comes fast', () => {
  let portal: TestPortal;
  let request: OpenRequest;

  beforeAll(async () => {
    portal = await startFastPortal();
    request = await portal.openRequest();
  });

  afterAll(() => portal.close());

  afterEach(async () => {
    portal.standin.control.calm();
    await expectAllGivenBack(portal);
  });

  test('goes to its place as it comes: one create-only PUT, no parts, and it is read back', async () => {
    const { begun, id, sends, wholePuts, partsOf, expectStored } = await announce(portal, request);
    portal.standin.requests.clear();
    const reply = await sends(0);
    expect([reply.status, reply.headers['upload-offset']]).toEqual([204, String(fileBytes)]);
    await expectStored();
    expect(wholePuts().map(({ status, headers }) => [status, headers['if-none-match']])).toEqual([
      [201, '*'],
    ]);
    expect(wholePuts()[0]?.headers['content-length']).toBe(String(fileBytes));
    expect(askedOfFolder(portal, id)).toEqual([]);
    expect(await partsOf()).toEqual([]);
    const [file] = await portal.db.select().from(files).where(eq(files.uploadId, id));
    expect(file).toMatchObject({ sizeBytes: fileBytes, verifiedBy: 'read-back', path: 'file.bin' });
    expect((await portal.finish(begun)).status).toBe(200);
  });

  test('is received, and not yet stored, until it has been read back', async () => {
    const { begun, sends, row, expectStored } = await announce(portal, request);
    const fault = portal.standin.control.fault({
      method: 'GET',
      path: request.folder,
      action: { reply: 503 },
    });
    expect((await sends(0)).status).toBe(204);
    await fault.hit();
    expect(await row()).toMatchObject({ state: 'received', offsetBytes: fileBytes });
    expect((await portal.finish(begun)).status).toBe(202);
    await expectStored();
    await until('the seal', async () => (await portal.status(begun)).state === 'sealed');
  });

  test('is not called stored when another is read back, twice: it is kept under another name, and both sides are told', async () => {
    const { id, sends, row, names, spoil } = await announce(portal, request);
    const fault = portal.standin.control.fault({
      method: 'GET',
      path: request.folder,
      action: { reply: 503 },
    });
    expect((await sends(0)).status).toBe(204);
    await fault.hit();
    spoil('file.bin');
    await until('the end', async () => (await row()).state === 'failed');
    expect((await row()).failureCode).toBe('upload.lost');
    expect(names()).toEqual([`file.bin.${id}.damaged`]);
    expect((await noticesOf(portal, 'upload.lost')).map(({ subject }) => subject)).toContain(id);
  });

  test('may come with its creation', async () => {
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    const reply = await tus.create(
      {
        'upload-length': String(fileBytes),
        'upload-metadata': metadata({ filename: 'file.bin' }),
        ...octets,
      },
      randomBytes(fileBytes),
    );
    expect([reply.status, reply.headers['upload-offset']]).toEqual([201, String(fileBytes)]);
    await untilStored(portal, idIn(reply));
    expect(askedOfFolder(portal, idIn(reply))).toEqual([]);
  });

  test('of which the length is not said in the body is collected in parts', async () => {
    const { tus, id, content, wholePuts, partsOf, expectStored } = await announce(portal, request);
    const reply = await tus.call(
      'PATCH',
      `/uploads/${id}`,
      { ...octets, 'upload-offset': '0', 'transfer-encoding': 'chunked' },
      content,
    );
    expect(reply.status).toBe(204);
    expect((await partsOf()).length).toBeGreaterThan(0);
    await expectStored();
    expect(wholePuts()).toEqual([]);
  });

  test('is not taken when more comes than was announced', async () => {
    const { content, sends, gone, offset } = await announce(portal, request);
    const refused = await sends(0, Buffer.concat([content, Buffer.from('x')]));
    expect(refused.status).toBe(413);
    expect(await offset()).toBe(0);
    await gone();
  });

  test('waits for its turn beside others, more than there are turns for: each goes as it comes', async () => {
    const sent = await Promise.all(Array.from({ length: 6 }, () => announce(portal, request)));
    const replies = await Promise.all(sent.map(({ sends }) => sends(0)));
    expect(replies.map(({ status }) => status)).toEqual(sent.map(() => 204));
    for (const { expectStored, names, partsOf } of sent) {
      expect(await partsOf()).toEqual([]);
      await expectStored();
      expect(names()).toEqual(['file.bin']);
    }
  });

  test('whose turn does not come in time is sent all the same, and is whole', async () => {
    const hurried = await startFastPortal({ waitMs: 500 });
    onTestFinished(() => hurried.close());
    const asked = await hurried.openRequest();
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => announce(hurried, asked)));
    // All turns are taken for longer than anybody waits.
    const { turns } = hurried.composed.engine;
    const taken = Array.from({ length: 3 }, () => turns.tryTakeLong());
    expect((await first?.sends(0))?.status).toBe(204);
    await first?.expectStored();
    for (const release of taken) release?.();
    const replies = await Promise.all(others.map(({ sends }) => sends(0)));
    expect(replies.map(({ status }) => status)).toEqual([204, 204, 204]);
    for (const { expectStored } of others) await expectStored();
    await expectAllGivenBack(hurried);
  });

  test('is given up while it waits for its turn: what has come is kept, and the rest is sent later', async () => {
    const upload = await announce(portal, request);
    const { turns } = portal.composed.engine;
    const taken = Array.from({ length: 3 }, () => turns.tryTakeLong());
    const patch = upload.tus.openPatch(upload.id, 0, upload.content.length);
    patch.on('error', () => undefined);
    patch.write(upload.content.subarray(0, 12 * MiB));
    // From then on it waits: nothing more is taken in.
    const { budget } = portal.composed.engine.room;
    await until('its bytes', () => budget.usedBytes >= 8 * MiB);
    expect(await upload.offset()).toBeGreaterThanOrEqual(8 * MiB);
    patch.destroy();
    for (const release of taken) release?.();
    await upload.sendRest();
    await upload.expectStored();
    await expectAllGivenBack(portal);
  });
});

describe('a piece of a file that comes fast', () => {
  let portal: TestPortal;
  let request: OpenRequest;

  beforeAll(async () => {
    portal = await startFastPortal();
    request = await portal.openRequest();
  });

  afterAll(() => portal.close());

  test('goes as it comes, as a part; the rest is sent after it', async () => {
    const { tus, id, content, partsOf, wholePuts, expectStored } = await announce(portal, request);
    expect((await tus.patch(id, 0, content.subarray(0, 15 * MiB))).status).toBe(204);
    expect((await partsOf()).map(({ sizeBytes }) => sizeBytes)).toEqual([15 * MiB]);
    expect((await tus.patch(id, 15 * MiB, content.subarray(15 * MiB))).status).toBe(204);
    await expectStored();
    expect(wholePuts()).toEqual([]);
    await expectAllGivenBack(portal);
  });
});

describe('a file of which parts were sent before its sender was known to be fast', () => {
  let portal: TestPortal;
  let request: OpenRequest;

  beforeAll(async () => {
    portal = await startPartsPortal();
    request = await portal.openRequest({ allowedTypes: [] });
  });

  afterAll(() => portal.close());

  afterEach(async () => {
    portal.standin.control.calm();
    await expectAllGivenBack(portal);
  });

  test('goes on in larger parts, no larger than is announced', async () => {
    const { sends, partsOf, expectStored } = await announce(portal, request);
    expect((await sends(0)).status).toBe(204);
    const sizes = (await partsOf()).map(({ sizeBytes }) => sizeBytes);
    expect(Math.max(...sizes)).toBe(4 * MiB);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(fileBytes);
    expect(sizes[0]).toBeLessThan(2 * MiB);
    await expectStored();
  });

  test('goes on from the last part that was acknowledged when it is cut, in kept parts', async () => {
    const { tus, id, content, row, partsOf, offset, sendRest, expectStored } = await announce(
      portal,
      request,
    );
    const patch = tus.openPatch(id, 0, content.length);
    patch.on('error', () => undefined);
    await write(patch, content.subarray(0, 18 * MiB));
    await until('parts that flowed', async () => (await row()).offsetBytes >= 12 * MiB);
    patch.destroy();
    const at = await offset();
    expect(at).toBeGreaterThanOrEqual(12 * MiB);
    expect(at).toBeLessThanOrEqual(18 * MiB);
    await sendRest();
    await expectStored();
    const last = (await partsOf()).filter(({ startBytes }) => startBytes >= at);
    for (const { sizeBytes } of last) expect(sizeBytes).toBeLessThan(2 * MiB + 1);
  });

  test('is sent on in kept parts when every part that flows is cut by Nextcloud', async () => {
    const { id, sends, offset, partsOf, sendRest, expectStored } = await announce(portal, request);
    // Those that are kept are smaller.
    portal.standin.control.fault({
      method: 'PUT',
      path: id,
      times: Number.POSITIVE_INFINITY,
      action: { dropAfterBodyBytes: 2.5 * MiB },
    });
    expect((await sends(0)).status).toBe(503);
    const at = await offset();
    expect(at).toBeGreaterThan(0);
    await sendRest();
    await expectStored();
    for (const { sizeBytes } of await partsOf()) expect(sizeBytes).toBeLessThan(2 * MiB);
  });

  describe.each([1, 7, 8, 9])('after so many parts: %d', (skip) => {
    test.each([
      ['a part is refused for a while', { reply: 503 }],
      ['the connection is cut in the middle of a part', { dropAfterBodyBytes: MiB / 2 }],
      ['the connection is cut after a part was stored', { drop: 'after' }],
    ] as const)('%s, and the file is stored whole all the same', async (_case, action) => {
      const { id, sends, row, names, sendRest, expectStored } = await announce(portal, request);
      portal.standin.control.fault({ method: 'PUT', path: id, skip, action });
      await sends(0);
      if ((await row()).state === 'uploading') await sendRest();
      await expectStored();
      expect(names()).toEqual(['file.bin']);
    });
  });

  test('ends with the wrong hash where it is not what its sender has', async () => {
    const { sends, row, gone } = await announce(portal, request, {
      more: { sha256: '0'.repeat(64) },
    });
    const reply = await sends(0);
    expect([204, 422]).toContain(reply.status);
    await until('the end', async () => (await row()).state === 'failed');
    await gone();
  });
});
