import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Facts } from '../fact.ts';
import { dav, fileUrl, newAccount, newUpload, type Server, stat, upload, uploadUrl } from '../server.ts';
import { putCutShort, type Reply, readDavError, readMultistatus } from '../wire.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** In the order in which they are joined, which isn't the order of their arrival. */
const parts = {
  '0000000000000012-10': 'big',
  '0000000000000000-1': 'hello',
  '0000000000000005-2': ' world ',
};
const whole = 'hello world big';

export const chunkFacts = (facts: Facts): void => {
  partFacts(facts);
  copyFacts(facts);
  moveFacts(facts);
  quotaFacts(facts);
};

const assemble = (
  server: Server,
  method: 'COPY' | 'MOVE',
  id: string,
  target: string,
  headers: Record<string, string> = {},
): Promise<Reply> =>
  upload(server, method, id, '.file', { headers: { destination: fileUrl(server, target), ...headers } });

const sizes = async (server: Server, id: string): Promise<Record<string, number>> => {
  const reply = await upload(server, 'PROPFIND', id, undefined, { headers: { depth: '1' } });
  const inside = readMultistatus(reply.text).slice(1);
  return Object.fromEntries(
    inside.map(({ href, found }) => [href.split('/').at(-1) ?? '', Number(found.getcontentlength)]),
  );
};

const partFacts = (facts: Facts): void => {
  facts.add('an upload folder is made once: 201, then 405', async (server) => {
    const id = await newUpload(server);
    expect((await upload(server, 'MKCOL', id)).status).toBe(405);
    expect((await upload(server, 'PROPFIND', id, undefined, { headers: { depth: '0' } })).status).toBe(207);
  });

  facts.add(
    'a part is 201 without an etag, the same name again 204 with one, and replaced',
    async (server) => {
      const id = await newUpload(server);
      const headers = { 'x-hash': 'sha256' };
      const made = await upload(server, 'PUT', id, '00001', { body: 'one', headers });
      const replaced = await upload(server, 'PUT', id, '00001', { body: 'two' });
      expect([made.status, replaced.status]).toEqual([201, 204]);
      expect(made.headers['x-hash-sha256']).toBe(sha256('one'));
      expect(made.headers).not.toHaveProperty('etag');
      expect(replaced.headers).toHaveProperty('etag');
      expect((await upload(server, 'GET', id, '00001')).text).toBe('two');
    },
  );

  facts.add('parts of any name and size are joined in natural order, listed and readable', async (server) => {
    const id = await newUpload(server, parts);
    expect(await sizes(server, id)).toEqual({
      '.file': 15,
      '0000000000000000-1': 5,
      '0000000000000005-2': 7,
      '0000000000000012-10': 3,
    });
    expect(await upload(server, 'GET', id, '.file')).toMatchObject({ status: 200, text: whole });
    const headers = { range: 'bytes=2-7' };
    expect(await upload(server, 'GET', id, '.file', { headers })).toMatchObject({
      status: 206,
      text: 'llo wo',
    });
    expect(await upload(server, 'HEAD', id, '.file')).toMatchObject({ headers: { 'content-length': '15' } });
  });

  facts.add('`2` comes before `10`, and `1` and `00001` are two parts', async (server) => {
    const id = await newUpload(server, { '10': 'c', '2': 'b', '1': 'a', '00001': 'a' });
    expect((await upload(server, 'GET', id, '.file')).text).toBe('aabc');
  });

  facts.add('a part can be deleted; without it the rest is joined and nobody minds', async (server) => {
    const id = await newUpload(server, { '1': 'a', '2': 'b', '3': 'c' });
    expect((await upload(server, 'DELETE', id, '2')).status).toBe(204);
    expect((await upload(server, 'GET', id, '.file')).text).toBe('ac');
    expect((await assemble(server, 'COPY', id, 'gap.txt')).status).toBe(201);
  });

  facts.add(
    'a part cut short of its length is not kept, nor does it touch the one of its name',
    async (server) => {
      const id = await newUpload(server, { '1': 'kept' });
      for (let attempt = 0; attempt < 5; attempt++) {
        await putCutShort(uploadUrl(server, id, '1'), server.auth, 1_000_000);
        await putCutShort(uploadUrl(server, id, '2'), server.auth, 1_000_000);
      }
      expect(await sizes(server, id)).toEqual({ '.file': 4, '1': 4 });
      expect((await upload(server, 'GET', id, '1')).text).toBe('kept');
    },
  );

  facts.add(
    'refused: a part in no folder 404, named *.part 400, named .file 403, a folder inside 403',
    async (server) => {
      const id = await newUpload(server);
      const status = async (method: string, part: string, folder = id): Promise<number> =>
        (await upload(server, method, folder, part, method === 'PUT' ? { body: 'x' } : {})).status;
      expect(await status('PUT', '1', `${id}-never-made`)).toBe(404);
      expect(await status('PUT', '1.part')).toBe(400);
      expect(await status('PUT', '.file')).toBe(403);
      expect(await status('MKCOL', 'folder')).toBe(403);
      expect(await status('PUT', '1')).toBe(201);
    },
  );

  facts.add('deleting the folder, or `.file` in it, deletes the upload', async (server) => {
    for (const part of [undefined, '.file']) {
      const id = await newUpload(server, { '1': 'a' });
      expect((await upload(server, 'DELETE', id, part)).status).toBe(204);
      expect((await upload(server, 'PROPFIND', id)).status).toBe(404);
      expect((await upload(server, 'DELETE', id)).status).toBe(404);
    }
  });

  facts.add(
    'an upload untouched for a day is removed, a younger one is not',
    async (server) => {
      const id = await newUpload(server, { '1': 'a' });
      const hourMs = 60 * 60 * 1000;
      const remove = (inHours: number): string[] =>
        server.standin?.control.removeStaleUploads(Date.now() + inHours * hourMs) ?? [];
      expect(remove(23)).not.toContain(id);
      expect(remove(25)).toContain(id);
      expect((await upload(server, 'PROPFIND', id)).status).toBe(404);
    },
    'stand-in',
  );
};

const copyFacts = (facts: Facts): void => {
  facts.add(
    'COPY of .file: 201, file id, hash, checksum and time; no etag; the parts stay',
    async (server) => {
      const id = await newUpload(server, parts);
      const copied = await assemble(server, 'COPY', id, 'copied.txt', {
        overwrite: 'F',
        'x-hash': 'sha256',
        'oc-checksum': 'SHA256:11',
        'x-oc-mtime': '1500000000',
      });
      expect(copied.status).toBe(201);
      expect(copied.headers).toMatchObject({
        'oc-fileid': expect.stringMatching(/^\d{8,}/),
        'x-hash-sha256': sha256(whole),
        'x-oc-mtime': 'accepted',
      });
      expect(copied.headers).not.toHaveProperty('etag');
      expect((await dav(server, 'GET', 'copied.txt')).text).toBe(whole);
      const told = await stat(server, 'copied.txt', 'oc:fileid', 'oc:checksums', 'd:getlastmodified');
      expect(told?.found).toEqual({
        fileid: String(Number.parseInt(copied.headers['oc-fileid'] ?? '', 10)),
        checksums: { checksum: 'SHA256:11' },
        getlastmodified: 'Fri, 14 Jul 2017 02:40:00 GMT',
      });
      expect((await upload(server, 'GET', id, '.file')).text).toBe(whole);
    },
  );

  facts.add(
    'COPY onto what exists is 412 with Overwrite: F; without, a new file takes its place',
    async (server) => {
      const id = await newUpload(server, parts);
      const first = await assemble(server, 'COPY', id, 'twice.txt');
      expect((await assemble(server, 'COPY', id, 'twice.txt', { overwrite: 'F' })).status).toBe(412);
      const again = await assemble(server, 'COPY', id, 'twice.txt');
      expect([first.status, again.status]).toEqual([201, 204]);
      expect(again.headers['oc-fileid']).not.toBe(first.headers['oc-fileid']);
    },
  );

  facts.add('COPY does not compare OC-Total-Length', async (server) => {
    const id = await newUpload(server, parts);
    const copied = await assemble(server, 'COPY', id, 'unchecked.txt', { 'oc-total-length': '99' });
    expect(copied.status).toBe(201);
    expect((await dav(server, 'GET', 'unchecked.txt')).text).toBe(whole);
  });

  facts.add('a target in no folder is 409, a forbidden name 400; the parts stay', async (server) => {
    for (const method of ['COPY', 'MOVE'] as const) {
      const id = await newUpload(server, parts);
      expect((await assemble(server, method, id, 'nowhere/a.txt')).status).toBe(409);
      expect((await assemble(server, method, id, 'a.part')).status).toBe(400);
      expect((await upload(server, 'GET', id, '.file')).text).toBe(whole);
    }
  });
};

const moveFacts = (facts: Facts): void => {
  facts.add('MOVE of .file: 201, file id, etag and hash; the upload is gone', async (server) => {
    const id = await newUpload(server, parts);
    const moved = await assemble(server, 'MOVE', id, 'moved.txt', {
      overwrite: 'F',
      'oc-total-length': '15',
      'x-hash': 'sha256',
    });
    expect(moved.status).toBe(201);
    expect(moved.headers).toMatchObject({
      'oc-fileid': expect.stringMatching(/^\d{8,}/),
      etag: expect.stringMatching(/^".+"$/),
      'x-hash-sha256': sha256(whole),
    });
    expect((await dav(server, 'GET', 'moved.txt')).text).toBe(whole);
    expect((await upload(server, 'PROPFIND', id)).status).toBe(404);
  });

  facts.add('MOVE is 400 where the parts do not sum up to OC-Total-Length; they stay', async (server) => {
    const id = await newUpload(server, parts);
    const refused = await assemble(server, 'MOVE', id, 'sum-of-parts.txt', { 'oc-total-length': '99' });
    expect(refused.status).toBe(400);
    expect(readDavError(refused.text).message).toContain('do not sum up to 99 but to 15 bytes');
    expect((await dav(server, 'HEAD', 'sum-of-parts.txt')).status).toBe(404);
    expect((await upload(server, 'GET', id, '.file')).text).toBe(whole);
  });

  facts.add(
    'MOVE onto what exists is 412 with Overwrite: F; without, the file keeps its id',
    async (server) => {
      const before = await dav(server, 'PUT', 'target.txt', { body: 'before' });
      const id = await newUpload(server, parts);
      expect((await assemble(server, 'MOVE', id, 'target.txt', { overwrite: 'F' })).status).toBe(412);
      expect((await dav(server, 'GET', 'target.txt')).text).toBe('before');
      const moved = await assemble(server, 'MOVE', id, 'target.txt');
      expect(moved.status).toBe(204);
      expect(moved.headers['oc-fileid']).toBe(before.headers['oc-fileid']);
      expect((await dav(server, 'GET', 'target.txt')).text).toBe(whole);
    },
  );
};

const quotaFacts = (facts: Facts): void => {
  facts.add(
    'the quota: parts pass unless they are new and name target and total, MOVE is 507, COPY does not look at it',
    async (server) => {
      const own = await newAccount(server, '1 MB');
      const part = 'x'.repeat(700_000);
      const id = await newUpload(own, { '1': part, '2': part });
      const total = { 'oc-total-length': '1400000' };
      const put = async (name: string, headers: Record<string, string>): Promise<number> =>
        (await upload(own, 'PUT', id, name, { body: part, headers })).status;
      const told = { ...total, destination: fileUrl(own, 'much.bin') };
      expect(await put('2', total)).toBe(204);
      expect(await put('2', told)).toBe(204);
      expect(await put('3', told)).toBe(507);
      expect((await assemble(own, 'MOVE', id, 'much.bin')).status).toBe(507);
      expect((await assemble(own, 'COPY', id, 'much.bin')).status).toBe(201);
      expect(await dav(own, 'HEAD', 'much.bin')).toMatchObject({ headers: { 'content-length': '1400000' } });
    },
    'administrator',
  );
};
