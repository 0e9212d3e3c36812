import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ClientRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type Begun,
  type OpenRequest,
  partBytes,
  startPortal,
  type TestPortal,
  until,
} from '../../support/portal.ts';
import {
  contentOf,
  filesOf,
  noticesOf,
  replyOf,
  storedBelow,
  tusOf,
  untilStored,
  uploadFolders,
  uploadRow,
} from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest();
});

afterAll(() => portal.close());

afterEach(() => portal.standin.control.calm());

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

const setUp = async (size: number, name = 'file.bin') => {
  const begun = await portal.begin(request);
  const tus = tusOf(portal, begun);
  return { begun, tus, content: randomBytes(size), id: await tus.made(name, size) };
};

const pathOf = (begun: Begun, name = 'file.bin'): string =>
  storedBelow(portal, request.folder).find(
    (path) => path.includes(begun.receiptNumber) && path.endsWith(`/${name}`),
  ) ?? `nothing of ${begun.receiptNumber}`;

const offsetOf = async (tus: ReturnType<typeof tusOf>, id: string): Promise<number> => {
  const head = await tus.head(id);
  expect(head.status).toBe(200);
  return Number(head.headers['upload-offset']);
};

const write = async (patch: ClientRequest, bytes: Uint8Array): Promise<void> => {
  if (!patch.write(bytes)) await once(patch, 'drain');
};

/** Sends the rest in one PATCH. */
const sendRest = async (tus: ReturnType<typeof tusOf>, id: string, content: Buffer): Promise<void> => {
  const offset = await offsetOf(tus, id);
  expect((await tus.patch(id, offset, content.subarray(offset))).status).toBe(204);
};

describe('a connection that is cut', () => {
  test('costs nothing that was acknowledged: the offset never falls, and the file is the same bytes', async () => {
    const { begun, tus, content, id } = await setUp(5 * partBytes + 777);
    let acknowledged = 0;
    for (const cutAt of [partBytes / 2, 2 * partBytes + 5, 3 * partBytes + 99]) {
      const patch = tus.openPatch(id, acknowledged, content.length - acknowledged);
      patch.on('error', () => undefined);
      await write(patch, content.subarray(acknowledged, cutAt));
      await until('the bytes to arrive', async () => {
        const row = await uploadRow(portal, id);
        return row.offsetBytes + portal.composed.engine.room.budget.usedBytes >= cutAt;
      });
      patch.destroy();
      const offset = await offsetOf(tus, id);
      expect(offset).toBeGreaterThan(acknowledged);
      expect(offset).toBeLessThanOrEqual(cutAt);
      acknowledged = offset;
    }
    await sendRest(tus, id, content);
    await untilStored(portal, id);
    expect(sha256(await contentOf(portal, pathOf(begun)))).toBe(sha256(content));
    const { files } = await portal.status(begun);
    expect(files).toMatchObject([{ sha256: sha256(content), state: 'stored' }]);
  });

  test('keeps what arrived before it, though no part was full', async () => {
    const { tus, content, id } = await setUp(1000);
    const patch = tus.openPatch(id, 0, content.length);
    patch.on('error', () => undefined);
    await write(patch, content.subarray(0, 600));
    await until('the writer', () => portal.composed.portal.uploads.locker.leaseOf(id));
    await until('the bytes to arrive', () => portal.composed.engine.room.budget.usedBytes >= 600);
    patch.destroy();
    await until('the flush', async () => (await uploadRow(portal, id)).offsetBytes === 600);
    expect(await offsetOf(tus, id)).toBe(600);
    await sendRest(tus, id, content);
  });
});

describe('a PATCH that hangs half open', () => {
  test('gives way to the client that comes back: HEAD answers within 5 s, and the upload is completed', async () => {
    const { begun, tus, content, id } = await setUp(2 * partBytes + 10);
    const hanging = tus.openPatch(id, 0, content.length);
    hanging.on('error', () => undefined);
    await write(hanging, content.subarray(0, partBytes + 100));
    await until('the first part', async () => (await uploadRow(portal, id)).offsetBytes > 0);
    const startedMs = Date.now();
    const offset = await offsetOf(tus, id);
    expect(Date.now() - startedMs).toBeLessThan(5_000);
    expect(offset).toBe(partBytes + 100);
    await sendRest(tus, id, content);
    // What the old one still sends changes nothing.
    hanging.write(randomBytes(1000));
    hanging.destroy();
    await untilStored(portal, id);
    expect(sha256(await contentOf(portal, pathOf(begun)))).toBe(sha256(content));
  });

  test('gives way to another PATCH: one of the two wins, and the file is the same bytes', async () => {
    const { begun, tus, content, id } = await setUp(2 * partBytes);
    const answers = await Promise.all([0, 1, 2].map(() => tus.patch(id, 0, content).catch(() => undefined)));
    expect(answers.filter((answer) => answer?.status === 500)).toEqual([]);
    if ((await uploadRow(portal, id)).state === 'uploading') await sendRest(tus, id, content);
    await untilStored(portal, id);
    expect(sha256(await contentOf(portal, pathOf(begun)))).toBe(sha256(content));
    await until('the clean-up', () => !uploadFolders(portal).includes(`uketori-${id}`));
  });

  test('gives way to being taken away', async () => {
    const { begun, tus, content, id } = await setUp(2 * partBytes);
    const hanging = tus.openPatch(id, 0, content.length);
    hanging.on('error', () => undefined);
    await write(hanging, content.subarray(0, 100));
    await until('the writer', () => portal.composed.portal.uploads.locker.leaseOf(id));
    expect((await tus.remove(id)).status).toBe(204);
    hanging.destroy();
    expect((await tus.head(id)).status).toBe(404);
    expect(pathOf(begun)).toMatch(/^nothing/);
    await until('the clean-up', () => !uploadFolders(portal).includes(`uketori-${id}`));
  });

  test('gives way to the end of the process, and what arrived is kept', async () => {
    const { tus, content, id } = await setUp(partBytes);
    const hanging = tus.openPatch(id, 0, content.length);
    hanging.on('error', () => undefined);
    await write(hanging, content.subarray(0, 500));
    await until('the bytes to arrive', () => portal.composed.engine.room.budget.usedBytes >= 500);
    const reply = replyOf(hanging).catch(() => undefined);
    portal.composed.releaseUploads();
    await until('the flush', async () => (await uploadRow(portal, id)).offsetBytes === 500);
    await reply;
    hanging.destroy();
    expect(await offsetOf(tus, id)).toBe(500);
    await sendRest(tus, id, content);
  });
});

describe('Nextcloud failing for a while', () => {
  test.each([
    ['refuses a part with 503', { method: 'PUT', path: '/uploads/', action: { reply: 503 } }],
    [
      'is throttling',
      { method: 'PUT', path: '/uploads/', action: { reply: 429, headers: { 'retry-after': '1' } } },
    ],
    [
      'drops the connection after a part was stored',
      { method: 'PUT', path: '/uploads/', action: { drop: 'after' } },
    ],
    [
      'drops the connection in the middle of a part',
      { method: 'PUT', path: '/uploads/', action: { dropAfterBodyBytes: 1000 } },
    ],
    [
      'answers the assembly and stores nothing',
      { method: 'COPY', path: '/uploads/', action: { hollow: true } },
    ],
    ['loses the answer of the assembly', { method: 'COPY', path: '/uploads/', action: { drop: 'after' } }],
    ['is locked at the assembly', { method: 'COPY', path: '/uploads/', action: { reply: 423 } }],
    ['says another hash than was sent', { method: 'COPY', path: '/uploads/', action: { wrongHash: true } }],
  ] as const)('%s: the file is stored once, the same bytes', async (_case, rule) => {
    const { begun, tus, content, id } = await setUp(2 * partBytes + 1);
    const fault = portal.standin.control.fault(rule);
    await tus.patch(id, 0, content);
    if ((await uploadRow(portal, id)).state === 'uploading') await sendRest(tus, id, content);
    await untilStored(portal, id);
    expect(fault.hits).toBe(1);
    expect(sha256(await contentOf(portal, pathOf(begun)))).toBe(sha256(content));
    const files = filesOf(portal, request, begun);
    expect(files).toHaveLength(1);
  });

  test('a part that nobody acknowledged is not put into the file', async () => {
    const { begun, tus, content, id } = await setUp(2000);
    await tus.patch(id, 0, content.subarray(0, 1000));
    portal.standin.control.plantPart(
      portal.standin.user.id,
      `uketori-${id}`,
      '0000000000000500-9',
      'phantom',
    );
    await sendRest(tus, id, content);
    await untilStored(portal, id);
    expect(sha256(await contentOf(portal, pathOf(begun)))).toBe(sha256(content));
  });

  test('parts that somebody removed end the upload: staff and submitter are told', async () => {
    const { begun, tus, content, id } = await setUp(2000);
    await tus.patch(id, 0, content.subarray(0, 1000));
    portal.standin.control.removeStaleUploads(Date.now() + 25 * 3_600_000);
    const refused = await tus.patch(id, 1000, content.subarray(1000));
    expect(refused.status).toBe(404);
    await until('the end', async () => (await uploadRow(portal, id)).state === 'failed');
    expect(await portal.status(begun)).toMatchObject({
      files: [{ state: 'failed', failureCode: 'upload.lost' }],
    });
    expect((await noticesOf(portal, 'upload.lost')).map(({ subject }) => subject)).toContain(id);
    expect(pathOf(begun)).toMatch(/^nothing/);
  });
});

test('two uploads at once into one submission are both whole', async () => {
  const begun = await portal.begin(request);
  const contents = [randomBytes(3 * partBytes), randomBytes(2 * partBytes + 3)];
  await Promise.all(contents.map((content, n) => portal.send(begun, { name: `${n}.bin`, content })));
  await until('both', async () =>
    (await portal.status(begun)).files.every(({ state }) => state === 'stored'),
  );
  for (const [n, content] of contents.entries())
    expect(sha256(await contentOf(portal, pathOf(begun, `${n}.bin`)))).toBe(sha256(content));
  await until('the budget to be given back', () => portal.composed.engine.room.budget.usedBytes === 0);
});
