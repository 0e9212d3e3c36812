import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OpenRequest, type TestPortal, until } from '../../support/portal.ts';
import { announce, expectAllGivenBack, fileBytes, MiB, sha256, startFastPortal, write } from './fast.ts';
import { codeOf, noticesOf, replyOf } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;
/** Its senders may be silent for half a second. */
let impatient: TestPortal;

beforeAll(async () => {
  portal = await startFastPortal();
  impatient = await startFastPortal({ stallMs: 500 });
  request = await portal.openRequest();
});

afterAll(() => Promise.all([portal.close(), impatient.close()]));

/** More than nothing only after a test that has failed. */
let heldBytes: number;

beforeEach(() => {
  heldBytes = portal.composed.engine.room.budget.usedBytes;
});

afterEach(async () => {
  for (const each of [portal, impatient]) each.standin.control.calm();
  await expectAllGivenBack(portal, heldBytes);
  await expectAllGivenBack(impatient);
});

type Announced = Awaited<ReturnType<typeof announce>>;

/** Sends so much of a file. The rest is still to come. */
const sendSome = async ({ tus, id, content }: Announced, bytes = 12 * MiB) => {
  const patch = tus.openPatch(id, 0, content.length);
  const reply = replyOf(patch);
  // Who breaks it off has no answer.
  reply.catch(() => undefined);
  patch.on('error', () => undefined);
  // On a busy machine the answer may come first: then nobody takes the rest.
  await Promise.race([write(patch, content.subarray(0, bytes)), reply]);
  return { patch, reply };
};

/** The same, until Nextcloud is being sent it. */
const flowSome = async (upload: Announced, bytes?: number) => {
  const sent = await sendSome(upload, bytes);
  await upload.flowing();
  return sent;
};

/** Nothing of it is in Nextcloud, and the next attempt is kept in parts until it is confirmed. */
const expectKeptThen = async (upload: Announced): Promise<void> => {
  expect(await upload.offset()).toBe(0);
  await upload.gone();
  await upload.sendRest();
  expect((await upload.partsOf()).length).toBeGreaterThan(1);
  await upload.expectStored();
  expect(upload.names()).toHaveLength(1);
};

describe('a sender of a file that is sent on as it comes', () => {
  test('who stops is answered 423, and Nextcloud is not kept waiting; the upload goes on in kept parts', async () => {
    const upload = await announce(impatient, await impatient.openRequest());
    const { patch, reply } = await sendSome(upload);
    expect([(await reply).status, codeOf(await reply)]).toEqual([423, 'upload.busy']);
    patch.destroy();
    await until('the PUT to be over', () => upload.wholePuts().length === 1);
    expect(upload.wholePuts()[0]?.status).toBe(0);
    await expectKeptThen(upload);
  });

  test('whose line is cut loses what has come, and goes on in kept parts', async () => {
    const upload = await announce(portal, request);
    (await flowSome(upload)).patch.destroy();
    await expectKeptThen(upload);
    expect(upload.wholePuts().map(({ status }) => status)).toEqual([0]);
  });

  test('who comes back on another line is heard at once, and goes on', async () => {
    const upload = await announce(portal, request);
    const { patch: hanging } = await flowSome(upload);
    await expectKeptThen(upload);
    expect(upload.wholePuts().map(({ status }) => status)).toEqual([0]);
    hanging.destroy();
  });

  test('who takes the upload away leaves nothing', async () => {
    const upload = await announce(portal, request);
    const { patch } = await flowSome(upload);
    expect((await upload.tus.remove(upload.id)).status).toBe(204);
    patch.destroy();
    await upload.gone();
    expect((await upload.row()).state).toBe('abandoned');
  });

  test('is told to come again when the process ends', async () => {
    const upload = await announce(portal, request);
    const { patch, reply } = await flowSome(upload);
    portal.composed.releaseUploads();
    expect((await reply).status).toBe(423);
    patch.destroy();
    await expectKeptThen(upload);
  });
});

describe('the last bytes of a file that is sent on as it comes', () => {
  test('are not sent when its request was closed meanwhile: nothing is stored', async () => {
    const own = await portal.openRequest();
    const upload = await announce(portal, own);
    const { patch, reply } = await flowSome(upload, fileBytes - 1);
    const closed = await fetch(`${portal.url}/api/v1/requests/${own.id}/close`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await portal.apiToken()}` },
    });
    expect(closed.status).toBe(200);
    patch.end(upload.content.subarray(fileBytes - 1));
    expect((await reply).status).toBeGreaterThanOrEqual(400);
    await upload.gone();
    expect((await upload.row()).state).toBe('abandoned');
  });

  test('are not sent when it is not what its sender says it has: nothing is stored, and staff are told', async () => {
    const upload = await announce(portal, request, { more: { sha256: '0'.repeat(64) } });
    const reply = await upload.sends(0);
    expect([reply.status, codeOf(reply)]).toEqual([422, 'upload.integrity']);
    await upload.gone();
    expect((await upload.row()).state).toBe('failed');
    expect((await noticesOf(portal, 'upload.failed')).map(({ subject }) => subject)).toContain(upload.id);
  });

  test('are sent when it is', async () => {
    const content = randomBytes(fileBytes);
    const upload = await announce(portal, request, { content, more: { sha256: sha256(content) } });
    expect((await upload.sends(0)).status).toBe(204);
    await upload.expectStored();
    expect(upload.wholePuts().map(({ status }) => status)).toEqual([201]);
  });
});

describe('Nextcloud failing while a file is sent on as it comes', () => {
  test.each([
    ['refuses it', { reply: 503 }],
    ['is throttling', { reply: 429, headers: { 'retry-after': '1' } }],
    ['breaks the connection in the middle', { dropAfterBodyBytes: 9 * MiB }],
    ['breaks the connection at once', { drop: 'before' }],
    ['answers before all has been sent, as if it were stored', { reply: 201 }],
  ] as const)('%s: the sender is told to come again, and then it is stored', async (_case, action) => {
    const upload = await announce(portal, request);
    const fault = portal.standin.control.fault({ method: 'PUT', path: request.folder, action });
    const reply = await upload.sends(0);
    expect(fault.hits).toBe(1);
    expect(JSON.parse(reply.body)).toMatchObject({ retry: true });
    await expectKeptThen(upload);
  });

  test.each([
    ['loses the answer', { drop: 'after' }],
    ['answers without the number of the file', { reply: 201, when: 'after' }],
    ['answers that it failed', { reply: 500, when: 'after' }],
    ['answers that it is busy', { reply: 503, when: 'after' }],
  ] as const)(
    'has stored it and %s: it is looked for and found, and there is one file',
    async (_case, action) => {
      const upload = await announce(portal, request);
      const fault = portal.standin.control.fault({ method: 'PUT', path: request.folder, action });
      expect((await upload.sends(0)).status).toBe(204);
      expect(fault.hits).toBe(1);
      await upload.expectStored();
      expect(upload.names()).toEqual(['file.bin']);
      expect(upload.wholePuts()).toHaveLength(1);
    },
  );

  test('has stored it and can not even be asked: it is found later, and there is one file', async () => {
    const upload = await announce(portal, request);
    const path = /file\.bin$/;
    portal.standin.control.fault({ method: 'PUT', path, action: { drop: 'after' } });
    const asked = portal.standin.control.fault({ method: 'PROPFIND', path, action: { reply: 503 } });
    const reply = await upload.sends(0);
    expect([reply.status, asked.hits]).toEqual([503, 1]);
    await upload.sendRest();
    await upload.expectStored();
    expect(upload.names()).toEqual(['file.bin']);
  });

  test('has lost the folder that was made for it: it is made again', async () => {
    const upload = await announce(portal, request);
    await portal.send(upload.begun, { name: 'before.txt', content: 'made it' });
    await upload.removeFolder();
    const reply = await upload.sends(0);
    expect(JSON.parse(reply.body)).toMatchObject({ retry: true });
    await upload.sendRest();
    await upload.expectStored();
  });
});

describe('a name that is taken in Nextcloud meanwhile', () => {
  const foreign = Buffer.from('somebody else’s');

  test('is left alone: the file gets another', async () => {
    const upload = await announce(portal, request);
    await upload.takeName('file.bin', foreign);
    const reply = await upload.sends(0);
    if (reply.status !== 204) await upload.sendRest();
    await upload.expectStored('file (2).bin');
    expect(upload.names()).toEqual(['file (2).bin', 'file.bin']);
    expect((await upload.contentIn('file.bin')).equals(foreign)).toBe(true);
  });

  test('by a file of the same size is left alone, even when nobody knows what became of ours', async () => {
    const upload = await announce(portal, request);
    const twin = randomBytes(fileBytes);
    portal.standin.control.fault({
      method: 'PUT',
      path: /file\.bin$/,
      action: { dropAfterBodyBytes: fileBytes },
    });
    const { patch, reply } = await flowSome(upload);
    await upload.takeName('file.bin', twin);
    patch.end(upload.content.subarray(12 * MiB));
    if ((await reply).status !== 204) await upload.sendRest();
    await until('the end', async () => ['stored', 'failed'].includes((await upload.row()).state));
    expect(upload.names()).toContain('file.bin');
    expect((await upload.contentIn('file.bin')).equals(twin)).toBe(true);
    await upload.expectStored('file (2).bin');
  });

  test('by the same file, which a process put there that ended before it could say so, is taken over', async () => {
    const upload = await announce(portal, request);
    await upload.takeName('file.bin', upload.content);
    const reply = await upload.sends(0);
    if (reply.status !== 204) await upload.sendRest();
    await until('the end', async () => (await upload.row()).state === 'stored');
    expect(upload.names()).toEqual(['file.bin']);
    await upload.expectStored('file.bin');
  });
});

test('a file of another type than is asked for is refused at its first bytes: nothing of it is sent or held', async () => {
  // One of its own: what is held would be missed by the tests that follow.
  const own = await startFastPortal();
  try {
    const upload = await announce(own, await own.openRequest({ allowedTypes: ['pdf'] }), {
      content: Buffer.concat([Buffer.from('MZ\x90\0', 'latin1'), randomBytes(fileBytes)]),
      name: 'program.pdf',
    });
    const reply = await upload.sends(0);
    expect([reply.status, codeOf(reply)]).toEqual([422, 'upload.content-other']);
    await upload.gone();
    expect(upload.wholePuts()).toEqual([]);
    await expectAllGivenBack(own);
  } finally {
    await own.close();
  }
});
