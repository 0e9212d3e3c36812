import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type OpenRequest, partBytes, startPortal, type TestPortal, until } from '../../support/portal.ts';
import {
  codeOf,
  contentOf,
  filesOf,
  idIn,
  metadata,
  storedBelow,
  tusOf,
  untilStored,
  uploadFolders,
  uploadRow,
  uploadsOfSubmission,
} from './wire.ts';

let portal: TestPortal;
/** Takes PDFs and nothing else. */
let request: OpenRequest;
/** Takes anything. */
let openRequest: OpenRequest;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest({ allowedTypes: ['pdf'] });
  openRequest = await portal.openRequest();
});

afterAll(() => portal.close());

afterEach(() => until('the memory to be free', () => portal.composed.engine.room.budget.usedBytes === 0));

const pdfOf = (sizeBytes: number): Buffer =>
  Buffer.concat([Buffer.from('%PDF-1.7\n1 0 obj\n'), randomBytes(sizeBytes)]).subarray(0, sizeBytes);
const exeOf = (sizeBytes: number): Buffer =>
  Buffer.concat([Buffer.from('MZ\x90\0\x03\0\0\0', 'latin1'), randomBytes(sizeBytes)]).subarray(0, sizeBytes);

const setUp = async (of = request) => {
  const begun = await portal.begin(of);
  const tus = tusOf(portal, begun);
  const stored = () => filesOf(portal, of, begun).map((path) => path.slice(path.indexOf('/') + 1));
  const send = async (name: string, content: Buffer) => {
    const id = await tus.made(name, content.length);
    return { id, reply: await tus.patch(id, 0, content) };
  };
  const expectStored = async (id: string) => untilStored(portal, id);
  return { begun, tus, stored, send, expectStored };
};

/** What has been sent to Nextcloud of an upload: as a file or in parts. */
const putsOf = (name: string, id: string): number =>
  portal.standin.requests.matching('PUT').filter(({ path }) => path.endsWith(`/${name}`) || path.includes(id))
    .length;

const refused = [422, 'upload.content-other'];

describe('a request that takes only PDFs', () => {
  test('takes a real one, at once and in parts', async () => {
    const { stored, send, expectStored } = await setUp();
    const [small, large] = [pdfOf(2_000), pdfOf(3 * partBytes)];
    for (const [name, content] of [
      ['small.pdf', small],
      ['large.pdf', large],
    ] as const) {
      const { id, reply } = await send(name, content);
      expect(reply.status).toBe(204);
      await expectStored(id);
    }
    expect(stored().toSorted()).toEqual(
      ['large.pdf', 'small.pdf'].map((name) => expect.stringContaining(name)),
    );
  });

  test('refuses a program of that name: nothing of it goes to Nextcloud, and the submitter is told', async () => {
    const { begun, tus, stored, send } = await setUp();
    const { id, reply } = await send('program.pdf', exeOf(2_000));
    expect([reply.status, codeOf(reply)]).toEqual(refused);
    expect(JSON.parse(reply.body)).toMatchObject({
      retry: false,
      params: { name: 'program.pdf', ending: '.pdf' },
    });
    expect(stored()).toEqual([]);
    expect(putsOf('program.pdf', id)).toBe(0);
    expect((await tus.head(id)).status).toBe(404);
    expect(await portal.status(begun)).toMatchObject({
      files: [{ state: 'failed', failureCode: 'upload.content-other' }],
    });
  });

  test('has its name and its slot free again, and the sending goes on to its end', async () => {
    const limited = await portal.openRequest({ allowedTypes: ['pdf'], maxFilesPerSubmission: 1 });
    const { begun, send, expectStored } = await setUp(limited);
    expect((await send('report.pdf', exeOf(100))).reply.status).toBe(422);
    const { id, reply } = await send('report.pdf', pdfOf(100));
    expect(reply.status).toBe(204);
    await expectStored(id);
    expect((await uploadRow(portal, id)).targetPath).toBe('report.pdf');
    expect((await portal.finish(begun)).status).toBe(200);
    expect((await portal.status(begun)).files.filter(({ state }) => state === 'stored')).toHaveLength(1);
  });

  test('refuses a large one at its first bytes: no part of it is put, and its sender is not heard to the end', async () => {
    const { tus, stored } = await setUp();
    const content = exeOf(20 * partBytes);
    const id = await tus.made('large.pdf', content.length);
    const patch = tus.openPatch(id, 0, content.length);
    patch.on('error', () => undefined);
    const answered = new Promise<number | undefined>((resolve) => {
      patch.once('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
    });
    // The end is never sent.
    patch.write(content.subarray(0, 10 * partBytes));
    expect(await answered).toBe(422);
    patch.destroy();
    expect(putsOf('large.pdf', id)).toBe(0);
    expect(stored()).toEqual([]);
    expect(uploadFolders(portal)).not.toContain(`uketori-${id}`);
    expect(await uploadRow(portal, id)).toMatchObject({ state: 'failed', offsetBytes: 0 });
  });

  test('refuses it at creation too, and nothing is left of what was admitted', async () => {
    const { begun, tus, stored } = await setUp();
    const createWith = (content: Buffer) =>
      tus.create(
        {
          'upload-length': String(content.length),
          'upload-metadata': metadata({ filename: 'at-once.pdf' }),
          'content-type': 'application/offset+octet-stream',
        },
        content,
      );
    const reply = await createWith(exeOf(300));
    expect([reply.status, codeOf(reply)]).toEqual(refused);
    expect(stored()).toEqual([]);
    expect((await uploadsOfSubmission(portal, begun)).map(({ state }) => state)).toEqual(['failed']);
    expect((await createWith(pdfOf(300))).status).toBe(201);
  });

  test('takes an empty file: it is of any type', async () => {
    const { tus, stored, expectStored } = await setUp();
    await expectStored(await tus.made('empty.pdf', 0));
    expect(stored()).toHaveLength(1);
  });

  test('takes a real one whose first piece is smaller than what tells it', async () => {
    const { tus, begun, stored, expectStored } = await setUp();
    const content = pdfOf(2_000);
    const id = await tus.made('pieces.pdf', content.length);
    for (const [at, end] of [
      [0, 3],
      [3, 10],
      [10, 2_000],
    ] as const)
      expect((await tus.patch(id, at, content.subarray(at, end))).status).toBe(204);
    await expectStored(id);
    expect(stored()).toHaveLength(1);
    const path = storedBelow(portal, request.folder).find(
      (each) => each.includes(begun.receiptNumber) && each.endsWith('.pdf'),
    );
    expect((await contentOf(portal, path ?? '')).equals(content)).toBe(true);
  });

  test('is not passed by a program that comes in pieces too small to tell', async () => {
    const { tus, stored } = await setUp();
    const content = exeOf(2_000);
    const id = await tus.made('pieces.pdf', content.length);
    for (const [at, end] of [
      [0, 1],
      [1, 10],
      [10, 2_000],
    ] as const)
      await tus.patch(id, at, content.subarray(at, end));
    await until('the end', async () => (await uploadRow(portal, id)).state === 'failed');
    expect(stored()).toEqual([]);
  });
});

describe('a request that takes anything', () => {
  test('takes a program of whatever name', async () => {
    const { stored, send, expectStored } = await setUp(openRequest);
    for (const content of [exeOf(2_000), exeOf(3 * partBytes)]) {
      const { id, reply } = await send('program.pdf', content);
      expect(reply.status).toBe(204);
      await expectStored(id);
    }
    expect(stored()).toHaveLength(2);
  });

  test('takes the same bytes that another request refuses', async () => {
    const content = exeOf(500);
    const [strict, lenient] = [await setUp(request), await setUp(openRequest)];
    expect((await strict.send('same.pdf', content)).reply.status).toBe(422);
    expect((await lenient.send('same.pdf', content)).reply.status).toBe(204);
    expect(idIn(await lenient.tus.createNamed('more.pdf', 1))).toMatch(/^upl_/);
  });
});

test('refusals use nothing up: after many of them a real file is stored', async () => {
  // One of its own: what is used up would be missed by the tests that follow.
  const own = await startPortal();
  try {
    const begun = await own.begin(await own.openRequest({ allowedTypes: ['pdf'] }));
    const tus = tusOf(own, begun);
    const send = async (name: string, content: Buffer, state: string) => {
      const id = await tus.made(name, content.length);
      void tus.patch(id, 0, content).catch(() => undefined);
      return until(`${name} to be ${state}`, async () => (await uploadRow(own, id)).state === state);
    };
    for (let n = 0; n < 6; n += 1) await send(`program-${n}.pdf`, exeOf(100), 'failed');
    expect(await send('real.pdf', pdfOf(100), 'stored')).toBe(true);
  } finally {
    own.composed.releaseUploads();
    await own.close();
  }
});
