import { createHash, randomBytes } from 'node:crypto';
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
  codeOf,
  contentOf,
  filesOf,
  idIn,
  metadata,
  open,
  replyOf,
  tusOf,
  untilStored,
  uploadFolders,
  uploadRow,
  uploadsOfSubmission,
} from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest();
});

afterAll(() => portal.close());

afterEach(() => until('the memory to be free', () => portal.composed.engine.room.budget.usedBytes === 0));

type Algorithm = 'sha1' | 'sha256';

const checksumOf = (algorithm: Algorithm, content: Uint8Array) => ({
  'upload-checksum': `${algorithm} ${createHash(algorithm).update(content).digest('base64')}`,
});

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

const setUp = async (sizeBytes: number) => {
  const begun = await portal.begin(request);
  const tus = tusOf(portal, begun);
  const id = await tus.made('file.bin', sizeBytes);
  const stored = () => filesOf(portal, request, begun);
  /** Nothing of the file is anywhere. */
  const expectNothing = async () => {
    expect((await tus.head(id)).headers['upload-offset']).toBe('0');
    expect(stored()).toEqual([]);
    expect(uploadFolders(portal)).not.toContain(`uketori-${id}`);
  };
  const expectStored = async (content: Buffer) => {
    await untilStored(portal, id);
    const [path = 'nothing'] = stored();
    expect(sha256(await contentOf(portal, path))).toBe(sha256(content));
    expect(stored()).toHaveLength(1);
  };
  return { begun, tus, id, content: randomBytes(sizeBytes), stored, expectNothing, expectStored };
};

/** A PATCH that says it brings all of the content, and has brought 2000 bytes of it. */
const begunPatch = (
  { credential }: Begun,
  uploadId: string,
  content: Buffer,
  headers: Record<string, string>,
): ClientRequest => {
  const patch = open(portal.url, {
    method: 'PATCH',
    path: `/uploads/${uploadId}`,
    headers: {
      authorization: `Bearer ${credential}`,
      'tus-resumable': '1.0.0',
      'content-type': 'application/offset+octet-stream',
      'upload-offset': '0',
      'content-length': String(content.length),
      ...headers,
    },
  });
  patch.on('error', () => undefined);
  patch.write(content.subarray(0, 2000));
  return patch;
};

test('what is offered is told', async () => {
  const { tus } = await setUp(1);
  const { headers } = await tus.call('OPTIONS', '/uploads');
  expect(headers['tus-checksum-algorithm']?.toString().split(',').toSorted()).toEqual(['sha1', 'sha256']);
  expect(headers['tus-extension']?.toString().split(',')).toEqual(
    expect.arrayContaining(['checksum', 'expiration']),
  );
});

describe.each<Algorithm>(['sha1', 'sha256'])('a piece with its %s', (algorithm) => {
  test('that is right is kept, piece by piece, up to the whole file', async () => {
    const { tus, id, content, expectStored } = await setUp(3000);
    for (let at = 0; at < 3000; at += 1000) {
      const piece = content.subarray(at, at + 1000);
      const reply = await tus.patch(id, at, piece, checksumOf(algorithm, piece));
      expect([reply.status, reply.headers['upload-offset']]).toEqual([204, String(at + 1000)]);
    }
    await expectStored(content);
  });

  test('that is another is refused with 460, nothing of it is kept, and the right one goes through', async () => {
    const { tus, id, content, expectNothing, expectStored } = await setUp(3000);
    const refused = await tus.patch(id, 0, content, checksumOf(algorithm, randomBytes(3000)));
    expect([refused.status, codeOf(refused)]).toEqual([460, 'upload.checksum-mismatch']);
    await expectNothing();
    expect((await tus.patch(id, 0, content, checksumOf(algorithm, content))).status).toBe(204);
    await expectStored(content);
  });

  test('that is another leaves what was acknowledged before as it was', async () => {
    const { tus, id, content, stored, expectStored } = await setUp(2000);
    const [first, second] = [content.subarray(0, 1000), content.subarray(1000)];
    expect((await tus.patch(id, 0, first, checksumOf(algorithm, first))).status).toBe(204);
    const changed = Buffer.from(second);
    changed[999] = (changed[999] ?? 0) ^ 1;
    expect((await tus.patch(id, 1000, changed, checksumOf(algorithm, second))).status).toBe(460);
    expect((await tus.head(id)).headers['upload-offset']).toBe('1000');
    expect(stored()).toEqual([]);
    expect((await tus.patch(id, 1000, second, checksumOf(algorithm, second))).status).toBe(204);
    await expectStored(content);
  });

  test('of exactly a part is taken, and so is one that ends the file', async () => {
    const { tus, id, content, expectStored } = await setUp(2 * partBytes);
    for (const at of [0, partBytes]) {
      const piece = content.subarray(at, at + partBytes);
      expect((await tus.patch(id, at, piece, checksumOf(algorithm, piece))).status).toBe(204);
    }
    await expectStored(content);
  });

  test('at creation: 460 when it is another and nothing is admitted, 201 when it is right', async () => {
    const { begun, tus } = await setUp(1);
    const content = randomBytes(500);
    const headers = {
      'upload-length': '500',
      'upload-metadata': metadata({ filename: 'at-once.bin' }),
      'content-type': 'application/offset+octet-stream',
    };
    const refused = await tus.create({ ...headers, ...checksumOf(algorithm, randomBytes(500)) }, content);
    expect(refused.status).toBe(460);
    const after = (await uploadsOfSubmission(portal, begun)).find(
      ({ sentName }) => sentName === 'at-once.bin',
    );
    expect(after?.state).toBe('abandoned');
    const taken = await tus.create({ ...headers, ...checksumOf(algorithm, content) }, content);
    expect([taken.status, taken.headers['upload-offset']]).toEqual([201, '500']);
    await untilStored(portal, idIn(taken));
    expect((await uploadRow(portal, idIn(taken))).targetPath).toBe('at-once.bin');
  });
});

describe('a checksum', () => {
  test.each([
    ['of an algorithm that is not offered', 'md5 1B2M2Y8AsgTpgAmY7PhCfg=='],
    ['of an algorithm in capitals', 'SHA1 2jmj7l5rSw0yVb/vlWAYkK/YBwk='],
    ['that has no value', 'sha1'],
    ['that is empty', ''],
    ['that is too short for its algorithm', 'sha256 2jmj7l5rSw0yVb/vlWAYkK/YBwk='],
    ['that is in hexadecimal', `sha1 ${'ab'.repeat(20)}`],
    ['that is followed by another', 'sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk= sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk='],
    ['that is no Base64', `sha1 ${'*'.repeat(28)}`],
  ])('%s is refused, and nothing of the piece is kept', async (_case, value) => {
    const { tus, id, content, expectNothing } = await setUp(100);
    const refused = await tus.patch(id, 0, content, { 'upload-checksum': value });
    expect([refused.status, codeOf(refused)]).toEqual([400, 'upload.checksum-invalid']);
    await expectNothing();
    expect((await tus.patch(id, 0, content, checksumOf('sha1', content))).status).toBe(204);
  });
});

describe('a piece that has a checksum', () => {
  test('and is larger than a part is refused, and nothing of it is kept; without one it is taken', async () => {
    const { tus, id, content, expectNothing, expectStored } = await setUp(3 * partBytes);
    const piece = content.subarray(0, 2 * partBytes);
    const refused = await tus.patch(id, 0, piece, checksumOf('sha256', piece));
    expect([refused.status, codeOf(refused)]).toEqual([400, 'upload.checksum-invalid']);
    await expectNothing();
    expect((await tus.patch(id, 0, piece)).status).toBe(204);
    const rest = content.subarray(2 * partBytes);
    expect((await tus.patch(id, 2 * partBytes, rest, checksumOf('sha256', rest))).status).toBe(204);
    await expectStored(content);
  });

  test('and is cut in the middle is not kept; without one, what arrived is', async () => {
    const { begun, tus, id, content, expectNothing } = await setUp(3000);
    const { locker } = portal.composed.portal.uploads;
    const { budget } = portal.composed.engine.room;
    for (const [headers, keptBytes] of [
      [checksumOf('sha1', content), 0],
      [{}, 2000],
    ] as const) {
      const patch = begunPatch(begun, id, content, headers);
      await until('the bytes to arrive', () => budget.usedBytes > 0 && locker.leaseOf(id) !== undefined);
      patch.destroy();
      await until('the end of the write', () => locker.leaseOf(id) === undefined);
      if (keptBytes === 0) await expectNothing();
      expect((await tus.head(id)).headers['upload-offset']).toBe(String(keptBytes));
    }
  });

  test('and gives way to another request is not kept: its sender is told to send it again', async () => {
    const { begun, tus, id, content, expectNothing } = await setUp(3000);
    const patch = begunPatch(begun, id, content, checksumOf('sha1', content));
    const reply = replyOf(patch);
    await until('the bytes to arrive', () => portal.composed.engine.room.budget.usedBytes > 0);
    await expectNothing();
    expect((await reply).status).toBe(423);
    patch.destroy();
    expect((await tus.patch(id, 0, content, checksumOf('sha1', content))).status).toBe(204);
  });
});
