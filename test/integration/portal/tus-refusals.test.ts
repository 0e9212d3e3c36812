import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, bare, codeOf, filesOf, metadata, storedBelow, tusOf, uploadsOfSubmission } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest();
});

afterAll(() => portal.close());

afterEach(() => portal.standin.control.calm());

const octets = { 'content-type': 'application/offset+octet-stream' };

const setUp = async () => {
  const begun = await portal.begin(request);
  return { begun, tus: tusOf(portal, begun) };
};

describe('a credential', () => {
  test('opens the uploads of its own submission; those of others are as unknown ones', async () => {
    const [mine, theirs] = [await setUp(), await setUp()];
    const id = await theirs.tus.made('theirs.txt', 4);
    await theirs.tus.patch(id, 0, Buffer.from('th'));
    const unknown = `upl_${'0'.repeat(32)}`;
    for (const method of ['head', 'remove'] as const) {
      const [foreign, absent] = [await mine.tus[method](id), await mine.tus[method](unknown)];
      expect(foreign.status).toBe(404);
      expect(bare(foreign)).toEqual(bare(absent));
    }
    const [foreign, absent] = [
      await mine.tus.patch(id, 2, Buffer.from('xx')),
      await mine.tus.patch(unknown, 2, Buffer.from('xx')),
    ];
    expect(foreign.status).toBe(404);
    expect(bare(foreign)).toEqual(bare(absent));
    const status = await ask(portal.url, {
      path: `/submissions/${theirs.begun.submissionId}`,
      headers: { authorization: `Bearer ${mine.begun.credential}` },
    });
    expect(status.status).toBe(404);
    // Nothing of it has reached the upload, and its owner goes on.
    expect((await theirs.tus.head(id)).headers['upload-offset']).toBe('2');
    expect((await theirs.tus.patch(id, 2, Buffer.from('ei'))).status).toBe(204);
  });

  test('is asked for, and one that is wrong or absent opens nothing', async () => {
    const { tus } = await setUp();
    const id = await tus.made('a.txt', 4);
    for (const authorization of [undefined, 'Bearer wrong', 'Basic YTpi', `Bearer ${'x'.repeat(600)}`])
      for (const [method, path] of [
        ['HEAD', `/uploads/${id}`],
        ['POST', '/uploads'],
      ] as const) {
        const refused = await ask(portal.url, {
          method,
          path,
          headers: {
            'tus-resumable': '1.0.0',
            'upload-length': '4',
            'upload-metadata': metadata({ filename: 'a.txt' }),
            ...(authorization === undefined ? {} : { authorization }),
          },
        });
        expect(refused.status).toBe(404);
      }
    expect((await tus.head(id)).status).toBe(200);
  });
});

describe('what is not offered', () => {
  test('reading, by GET or in a range, finished or not', async () => {
    const { begun, tus } = await setUp();
    const id = await portal.send(begun, { name: 'secret.txt', content: 'secret content' });
    const ranges: Record<string, string>[] = [{}, { range: 'bytes=0-3' }];
    for (const headers of ranges) {
      const refused = await tus.call('GET', `/uploads/${id}`, headers);
      expect([refused.status, codeOf(refused)]).toEqual([405, 'upload.not-offered']);
      expect(refused.body).not.toContain('secret');
      expect(refused.headers.allow).toBe('OPTIONS, POST, HEAD, PATCH, DELETE');
    }
    expect((await tus.head(id)).status).toBe(200);
  });

  test('X-HTTP-Method-Override: the method that was sent is the one that counts', async () => {
    const { tus } = await setUp();
    const id = await tus.made('kept.txt', 4);
    for (const overriding of ['DELETE', 'PATCH', 'GET'])
      await tus.call(
        'POST',
        `/uploads/${id}`,
        { 'x-http-method-override': overriding, ...octets, 'upload-offset': '0' },
        Buffer.from('abcd'),
      );
    const head = await tus.call('HEAD', `/uploads/${id}`, { 'x-http-method-override': 'DELETE' });
    expect([head.status, head.headers['upload-offset']]).toEqual([200, '0']);
    expect((await tus.head(id)).status).toBe(200);
  });

  test.each(['partial', 'final;/uploads/a /uploads/b'])('Upload-Concat: %s', async (concat) => {
    const { begun, tus } = await setUp();
    const refused = await tus.create({
      'upload-concat': concat,
      'upload-length': '4',
      'upload-metadata': metadata({ filename: 'a.txt' }),
    });
    expect(refused.status).toBe(501);
    expect(await uploadsOfSubmission(portal, begun)).toEqual([]);
    const options = await tus.call('OPTIONS', '/uploads');
    expect(options.headers['tus-extension']).toBe(
      'creation,creation-with-upload,creation-defer-length,termination,expiration,checksum',
    );
  });

  test('two lengths in one request: refused with 400, the line is closed, nothing of it is kept', async () => {
    const { begun, tus } = await setUp();
    const id = await tus.made('a.txt', 4);
    /** One request, byte by byte, and what is hidden behind it. @returns all that was answered until the line closed */
    const sendRaw = async (lengths: string[], body: string) => {
      const { hostname, port } = new URL(portal.url);
      const line = connect(Number(port), hostname);
      line.write(
        [
          `PATCH /uploads/${id} HTTP/1.1`,
          `Host: ${hostname}`,
          `Authorization: Bearer ${begun.credential}`,
          'Tus-Resumable: 1.0.0',
          'Upload-Offset: 0',
          'Content-Type: application/offset+octet-stream',
          ...lengths,
          '',
          body,
        ].join('\r\n'),
      );
      let answered = '';
      for await (const chunk of line) answered += String(chunk);
      return answered;
    };
    const hidden = `0\r\n\r\nDELETE /uploads/${id} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const smuggled = await sendRaw(['Content-Length: 4', 'Transfer-Encoding: chunked'], hidden);
    expect(smuggled.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
    expect((await tus.head(id)).headers['upload-offset']).toBe('0');
    const plain = await sendRaw(['Content-Length: 4', 'Connection: close'], 'abcd');
    expect(plain).toContain('HTTP/1.1 204');
  });

  test('a compressed body: its length would not be what is stored', async () => {
    const { tus } = await setUp();
    const id = await tus.made('a.txt', 4);
    const refused = await tus.patch(id, 0, Buffer.from('abcd'), { 'content-encoding': 'gzip' });
    expect([refused.status, codeOf(refused)]).toEqual([400, 'input.invalid']);
    expect((await tus.head(id)).headers['upload-offset']).toBe('0');
    expect((await tus.patch(id, 0, Buffer.from('abcd'))).status).toBe(204);
  });

  test.each(['%2f', '%00', 'upl_%00', '..%2f..', 'a%2fb', '%5c', '%', '%zz', '%e0%a4%a', '__proto__', "'"])(
    'an id of %s',
    async (id) => {
      const { tus } = await setUp();
      const before = storedBelow(portal);
      for (const method of ['HEAD', 'PATCH', 'DELETE']) {
        const headers = method === 'PATCH' ? { ...octets, 'upload-offset': '0' } : {};
        const refused = await tus.call(method, `/uploads/${id}`, headers);
        expect([method, refused.status]).toEqual([method, 404]);
      }
      expect(storedBelow(portal)).toEqual(before);
    },
  );

  test.each(['%2e%2e', '..', '.', '%2e%2e/staff', '../uploads/..'])('a path with an id of %s', async (id) => {
    const { begun, tus } = await setUp();
    const mine = await tus.made('mine.txt', 1);
    for (const method of ['HEAD', 'PATCH', 'DELETE']) {
      const headers = method === 'PATCH' ? { ...octets, 'upload-offset': '0' } : {};
      const refused = await tus.call(method, `/uploads/${id}`, headers);
      // A dot segment is gone before the path is looked at: what is left is another address, with rules of its own.
      expect(refused.status).toBeGreaterThanOrEqual(300);
      expect(refused.headers['upload-offset']).toBeUndefined();
    }
    expect((await tus.head(mine)).status).toBe(200);
    expect(filesOf(portal, request, begun)).toEqual([]);
  });
});
