import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type OpenRequest, partBytes, startPortal, type TestPortal, until } from '../../support/portal.ts';
import { ask, codeOf, contentOf, storedBelow, tusOf, uploadRow } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest({ takeBackMinutes: 0 });
});

afterAll(() => portal.close());

afterEach(() => portal.standin.control.calm());

const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Announces a file with the hash that its sender says it has, and sends it in one PATCH. */
const sendClaiming = async (content: Uint8Array, claimed: string) => {
  const begun = await portal.begin(request);
  const tus = tusOf(portal, begun);
  const made = await tus.createNamed('claimed.bin', content.length, { sha256: claimed });
  const uploadId = (made.headers.location ?? '').split('/').pop() ?? '';
  const reply = await tus.patch(uploadId, 0, content);
  const settled = await until('the file to be stored or refused', async () => {
    const row = await uploadRow(portal, uploadId);
    return row.state === 'stored' || row.state === 'failed' ? row : undefined;
  });
  return { begun, uploadId, reply, settled };
};

describe.each([
  ['in one piece', 1000],
  ['in parts', 2 * partBytes + 7],
])('a file that arrives %s', (_, sizeBytes) => {
  test('is not stored when it is not what its sender says it is, and is when it is', async () => {
    const content = randomBytes(sizeBytes);
    const wrong = await sendClaiming(content, '0'.repeat(64));
    expect(wrong.settled.state).toBe('failed');
    const files = storedBelow(portal, request.folder.slice(1)).filter((path) => !path.endsWith('/'));
    expect(files.filter((path) => path.includes(wrong.begun.receiptNumber))).toEqual([]);
    const right = await sendClaiming(content, hashOf(content));
    expect(right.settled.state).toBe('stored');
    expect(right.reply.status).toBe(204);
  });
});

describe('a file that fails after its submitter has finished', () => {
  test('is not passed over in silence: the submission is open again, and sealed only when it is said once more', async () => {
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    const good = await tus.made('good.txt', 2);
    await tus.patch(good, 0, Buffer.from('ok'));
    const content = randomBytes(2 * partBytes);
    const made = await tus.createNamed('bad.bin', content.length, { sha256: '0'.repeat(64) });
    // The first try at assembly is put off, so that the submitter has finished before it fails.
    portal.standin.control.fault({
      method: 'PROPFIND',
      path: /\/uploads\//,
      times: 1,
      action: { reply: 423 },
    });
    await tus.patch((made.headers.location ?? '').split('/').pop() ?? '', 0, content);
    await portal.finish(begun);
    const reopened = await until('the submission to be open again', async () => {
      const description = await portal.status(begun);
      return description.state === 'open' ? description : undefined;
    });
    expect(reopened.files.map(({ name, state }) => [name, state])).toEqual([
      ['good.txt', 'stored'],
      ['bad.bin', 'failed'],
    ]);
    expect((await portal.finish(begun)).status).toBe(200);
    expect((await portal.status(begun)).state).toBe('sealed');
  });
});

describe('a file and a folder of one name', () => {
  test.each([
    ['the file first', ['a', 'a/b']],
    ['the folder first', ['a/b', 'a']],
  ])('are both kept, %s', async (_, paths) => {
    const sent = await portal.submit(
      request,
      paths.map((path) => ({ name: path.split('/').pop() ?? '', content: path, relativePath: path })),
    );
    const stored = sent.description.files.map(({ name }) => name);
    expect(new Set(stored).size).toBe(2);
    const below = request.folder.slice(1);
    const folder = storedBelow(portal, below).find((path) => path.includes(sent.receiptNumber)) ?? '';
    const contents = await Promise.all(stored.map((name) => contentOf(portal, `${folder}${name}`)));
    expect(contents.map(String)).toEqual(paths);
  });
});

describe('a length that is never said', () => {
  test('does not let several uploads together past the limit of a submission', async () => {
    const limited = await portal.openRequest({ maxBytesPerSubmission: 3 * partBytes });
    const tus = tusOf(portal, await portal.begin(limited));
    const sendDeferred = async (name: string, bytes: number) => {
      const made = await tus.create({
        'upload-defer-length': '1',
        'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
      });
      return tus.patch((made.headers.location ?? '').split('/').pop() ?? '', 0, randomBytes(bytes));
    };
    expect((await sendDeferred('one.bin', 2 * partBytes)).status).toBe(204);
    expect((await sendDeferred('two.bin', 2 * partBytes)).status).toBe(413);
    expect((await sendDeferred('three.bin', partBytes / 2)).status).toBe(204);
  });
});

describe('a receipt', () => {
  test('can be checked by anyone with what the portal serves, and no longer when a byte is changed', async () => {
    const { description } = await portal.submit(request, [{ name: 'a.txt', content: 'x' }]);
    const fetchBytes = async (path: string) => {
      const reply = await fetch(`${portal.url}${path}`);
      expect(reply.status).toBe(200);
      return Buffer.from(await reply.arrayBuffer());
    };
    const address = description.receiptUrl ?? '';
    const [text, signature, key] = await Promise.all(
      [`${address}/receipt.json`, `${address}/receipt.sig`, '/receipts/key'].map(fetchBytes),
    );
    if (text === undefined || signature === undefined || key === undefined) throw new Error('unreachable');
    expect(verify(null, text, createPublicKey(key), signature)).toBe(true);
    text[text.length - 2] = 0x20;
    expect(verify(null, text, createPublicKey(key), signature)).toBe(false);
    const foreign = await ask(portal.url, { path: `${address.slice(0, -3)}AAA/receipt.json` });
    expect(foreign.status).toBe(404);
  });
});

describe('a request', () => {
  test('is not opened with a deadline that has passed, and a deadline may be given without seconds', async () => {
    const refused = await portal.post({ title: 'too late', deadline: '2001-01-01T00:00:00Z' });
    expect(refused.status).toBe(400);
    expect(storedBelow(portal)).not.toContain('Uketori/too late/');
    expect((await portal.post({ title: 'in time', deadline: '2090-01-01T17:00+09:00' })).status).toBe(201);
  });

  test('an address that the API does not have is a problem in JSON, not a page', async () => {
    const reply = await ask(portal.url, { path: '/api/v1/nope' });
    expect(reply.status).toBe(404);
    expect(codeOf(reply)).toBe('not-found');
  });
});
