import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Facts } from '../fact.ts';
import { dav, fileUrl, list, newAccount, ocs, stat } from '../server.ts';
import { call, propfindBody, putCutShort, readDavError, readMultistatus, searchBody } from '../wire.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const fileFacts = (facts: Facts): void => {
  putFacts(facts);
  readFacts(facts);
  moveFacts(facts);
  quotaFacts(facts);
};

const putFacts = (facts: Facts): void => {
  facts.add('PUT is 201 and then 204, with the file id, which stays, and the etag twice', async (server) => {
    const made = await dav(server, 'PUT', 'put.txt', { body: 'one' });
    const replaced = await dav(server, 'PUT', 'put.txt', { body: 'longer' });
    expect([made.status, replaced.status]).toEqual([201, 204]);
    expect(made.headers['oc-fileid']).toMatch(/^\d{8,}[a-z0-9]+$/);
    expect(replaced.headers['oc-fileid']).toBe(made.headers['oc-fileid']);
    expect(made.headers.etag).toMatch(/^".+"$/);
    expect(made.headers['oc-etag']).toBe(made.headers.etag);
    const told = await stat(server, 'put.txt', 'oc:fileid');
    expect(Number.parseInt(made.headers['oc-fileid'] ?? '', 10)).toBe(Number(told?.found.fileid));
  });

  facts.add('If-None-Match: * makes a PUT create or fail with 412', async (server) => {
    const headers = { 'if-none-match': '*' };
    expect((await dav(server, 'PUT', 'once.txt', { body: 'first', headers })).status).toBe(201);
    expect((await dav(server, 'PUT', 'once.txt', { body: 'second', headers })).status).toBe(412);
    expect((await dav(server, 'GET', 'once.txt')).text).toBe('first');
  });

  facts.add('a checksum is kept as sent, wrong or not, and forgotten by the next PUT', async (server) => {
    const headers = { 'oc-checksum': `SHA256:${sha256('something else')}` };
    expect((await dav(server, 'PUT', 'sum.txt', { body: 'text', headers })).status).toBe(201);
    const told = await stat(server, 'sum.txt', 'oc:checksums');
    expect(told?.found).toEqual({ checksums: { checksum: headers['oc-checksum'] } });
    await dav(server, 'PUT', 'sum.txt', { body: 'text' });
    expect((await stat(server, 'sum.txt', 'oc:checksums'))?.missing).toEqual(['checksums']);
  });

  facts.add('a mark beside the checksum is kept word for word, also after a MOVE', async (server) => {
    const headers = { 'oc-checksum': `SHA256:${sha256('text')} UKETORI:upl_0123` };
    const kept = { checksums: { checksum: headers['oc-checksum'].split(' ') } };
    await dav(server, 'PUT', 'marked.txt', { body: 'text', headers });
    expect((await stat(server, 'marked.txt', 'oc:checksums'))?.found).toEqual(kept);
    await dav(server, 'MOVE', 'marked.txt', {
      headers: { destination: fileUrl(server, 'marked-moved.txt') },
    });
    expect((await stat(server, 'marked-moved.txt', 'oc:checksums'))?.found).toEqual(kept);
  });

  facts.add('X-Hash answers the hash of what was stored, or all three', async (server) => {
    const one = await dav(server, 'PUT', 'hash.txt', { body: 'text', headers: { 'x-hash': 'sha256' } });
    expect(one.headers['x-hash-sha256']).toBe(sha256('text'));
    expect(one.headers).not.toHaveProperty('x-hash-md5');
    const all = await dav(server, 'PUT', 'hash.txt', { body: 'text', headers: { 'x-hash': 'all' } });
    expect(all.headers).toMatchObject({
      'x-hash-sha256': sha256('text'),
      'x-hash-md5': createHash('md5').update('text').digest('hex'),
      'x-hash-sha1': createHash('sha1').update('text').digest('hex'),
    });
  });

  facts.add('X-OC-MTime sets the time', async (server) => {
    const headers = { 'x-oc-mtime': '1500000000' };
    const reply = await dav(server, 'PUT', 'old.txt', { body: 'x', headers });
    expect(reply.headers['x-oc-mtime']).toBe('accepted');
    const told = await stat(server, 'old.txt', 'd:getlastmodified');
    expect(told?.found.getlastmodified).toBe('Fri, 14 Jul 2017 02:40:00 GMT');
  });

  facts.add(
    'an etag is of the second: another content, of another size, may have the same',
    async (server) => {
      let hasSeenEqual = false;
      for (let attempt = 0; attempt < 10 && !hasSeenEqual; attempt++) {
        const one = await dav(server, 'PUT', 'etag.txt', { body: 'one' });
        const other = await dav(server, 'PUT', 'etag.txt', { body: 'longer' });
        hasSeenEqual = one.headers.etag === other.headers.etag;
      }
      expect(hasSeenEqual).toBe(true);
    },
  );

  facts.add('a body cut short of its length leaves no file', async (server) => {
    await putCutShort(fileUrl(server, 'cut.txt'), server.auth, 1000);
    expect((await dav(server, 'PUT', 'uncut.txt', { body: 'whole' })).status).toBe(201);
    const names = await list(server, '');
    expect(names).toContain('uncut.txt');
    expect(names).not.toContain('cut.txt');
  });

  facts.add(
    'a body cut short replaces the file that was there with what had come; the listing tells the old size until it is read',
    async (server) => {
      const size = async (): Promise<number> =>
        Number((await stat(server, 'victim.txt', 'oc:size'))?.found.size);
      let text = 'whole';
      let told: number[] = [];
      // A proxy may hang up before the server has begun to write: cut again until it had.
      for (let attempt = 0; attempt < 20 && text === 'whole'; attempt++) {
        await dav(server, 'PUT', 'victim.txt', { body: 'whole' });
        await putCutShort(fileUrl(server, 'victim.txt'), server.auth, 1_000_000);
        const before = await size();
        ({ text } = await dav(server, 'GET', 'victim.txt'));
        told = [before, await size()];
      }
      expect(text).toMatch(/^(cut)*c?u?$/);
      expect(told).toEqual([5, text.length]);
    },
  );

  facts.add('a missing parent is 404 on PUT and 409 on MKCOL; AutoMkcol does not help', async (server) => {
    const headers = { 'x-nc-webdav-automkcol': '1' };
    expect((await dav(server, 'PUT', 'nowhere/a.txt', { body: 'x' })).status).toBe(404);
    expect((await dav(server, 'PUT', 'nowhere/a.txt', { body: 'x', headers })).status).toBe(404);
    expect((await dav(server, 'MKCOL', 'nowhere/deeper')).status).toBe(409);
  });

  facts.add('MKCOL tells the file id; what exists is 405; PUT on a folder is 409', async (server) => {
    const made = await dav(server, 'MKCOL', 'made');
    expect(made.status).toBe(201);
    expect(made.headers['oc-fileid']).toMatch(/^\d{8,}/);
    expect((await dav(server, 'MKCOL', 'made')).status).toBe(405);
    expect((await dav(server, 'PUT', 'made', { body: 'x' })).status).toBe(409);
  });
};

const readFacts = (facts: Facts): void => {
  facts.add(
    'PROPFIND gives what was asked for, and what is lacking in a second propstat with 404',
    async (server) => {
      await dav(server, 'MKCOL', 'props');
      await dav(server, 'PUT', 'props/a.txt', { body: 'four' });
      const body = propfindBody(
        'd:getcontentlength',
        'd:resourcetype',
        'oc:size',
        'oc:permissions',
        'nc:upload_time',
      );
      const reply = await dav(server, 'PROPFIND', 'props', { headers: { depth: '1' }, body });
      expect(reply.status).toBe(207);
      const [folder, file] = readMultistatus(reply.text);
      expect(folder?.href).toMatch(/\/props\/$/);
      expect(folder?.found).toMatchObject({ resourcetype: { collection: '' }, size: '4' });
      expect(folder?.missing.sort()).toEqual(['getcontentlength', 'upload_time']);
      expect(file?.found).toMatchObject({
        getcontentlength: '4',
        resourcetype: '',
        size: '4',
        permissions: expect.stringMatching(/^[A-Z]+$/),
        upload_time: expect.stringMatching(/^\d+$/),
      });
      expect(file?.missing).toEqual([]);
    },
  );

  facts.add('depth 0 is the thing itself, 1 what is in it, and what is not there is 404', async (server) => {
    await dav(server, 'MKCOL', 'depth');
    await dav(server, 'MKCOL', 'depth/below');
    await dav(server, 'PUT', 'depth/below/a.txt', { body: 'x' });
    const count = async (depth: string): Promise<number> =>
      readMultistatus((await dav(server, 'PROPFIND', 'depth', { headers: { depth } })).text).length;
    expect([await count('0'), await count('1')]).toEqual([1, 2]);
    expect((await dav(server, 'PROPFIND', 'depth/none')).status).toBe(404);
  });

  facts.add(
    'GET gives whole files and ranges, HEAD the length, a range beyond the end 416',
    async (server) => {
      await dav(server, 'PUT', 'range.txt', { body: '0123456789' });
      const get = (range: string) => dav(server, 'GET', 'range.txt', { headers: { range } });
      expect(await dav(server, 'GET', 'range.txt')).toMatchObject({ status: 200, text: '0123456789' });
      expect(await get('bytes=2-4')).toMatchObject({
        status: 206,
        text: '234',
        headers: { 'content-range': 'bytes 2-4/10', 'content-length': '3' },
      });
      expect((await get('bytes=7-')).text).toBe('789');
      expect((await get('bytes=-2')).text).toBe('89');
      expect((await get('bytes=10-')).status).toBe(416);
      expect(await dav(server, 'HEAD', 'range.txt')).toMatchObject({
        status: 200,
        text: '',
        headers: { 'content-length': '10' },
      });
    },
  );

  facts.add("a folder's etag changes with what lies below it", async (server) => {
    await dav(server, 'MKCOL', 'tagged');
    await dav(server, 'MKCOL', 'tagged/inner');
    const before = await stat(server, 'tagged', 'd:getetag');
    await dav(server, 'PUT', 'tagged/inner/a.txt', { body: 'x' });
    const after = await stat(server, 'tagged', 'd:getetag');
    expect(before?.found.getetag).toBeDefined();
    expect(after?.found.getetag).not.toEqual(before?.found.getetag);
  });

  facts.add('SEARCH finds by time, at any depth, up to a limit', async (server) => {
    await dav(server, 'MKCOL', 'search');
    await dav(server, 'MKCOL', 'search/deep');
    const old = { 'x-oc-mtime': '1500000000' };
    await dav(server, 'PUT', 'search/old.txt', { body: 'x', headers: old });
    await dav(server, 'PUT', 'search/deep/new.txt', { body: 'x' });
    const find = async (limit: number): Promise<unknown[]> => {
      const scope = `/files/${server.user}/${server.folder}/search`;
      const reply = await call(`${server.url}/remote.php/dav/`, 'SEARCH', {
        auth: server.auth,
        headers: { 'content-type': 'text/xml' },
        body: searchBody(scope, '2020-01-01T00:00:00Z', limit),
      });
      expect(reply.status).toBe(207);
      return readMultistatus(reply.text).map(({ found }) => found.displayname);
    };
    expect(new Set(await find(10))).toEqual(new Set(['deep', 'new.txt']));
    // On PostgreSQL it can be none: what it may not show counts.
    expect((await find(1)).length).toBeLessThanOrEqual(1);
  });
};

const moveFacts = (facts: Facts): void => {
  facts.add('MOVE keeps the file id and tells id and etag', async (server) => {
    const put = await dav(server, 'PUT', 'from.txt', { body: 'x' });
    const headers = { destination: fileUrl(server, 'to.txt') };
    const moved = await dav(server, 'MOVE', 'from.txt', { headers });
    expect(moved.status).toBe(201);
    expect(moved.headers).toMatchObject({
      'oc-fileid': put.headers['oc-fileid'],
      etag: put.headers.etag,
    });
    expect((await dav(server, 'HEAD', 'from.txt')).status).toBe(404);
    expect((await dav(server, 'GET', 'to.txt')).status).toBe(200);
  });

  facts.add('COPY makes another file, without the checksum, and tells its id but no etag', async (server) => {
    const headers = { 'oc-checksum': 'SHA256:00' };
    const put = await dav(server, 'PUT', 'source.txt', { body: 'x', headers });
    const copied = await dav(server, 'COPY', 'source.txt', {
      headers: { destination: fileUrl(server, 'copy.txt') },
    });
    expect(copied.status).toBe(201);
    expect(copied.headers['oc-fileid']).toMatch(/^\d{8,}/);
    expect(copied.headers['oc-fileid']).not.toBe(put.headers['oc-fileid']);
    expect(copied.headers).not.toHaveProperty('etag');
    expect((await stat(server, 'copy.txt', 'oc:checksums'))?.missing).toEqual(['checksums']);
    expect((await stat(server, 'source.txt', 'oc:checksums'))?.missing).toEqual([]);
  });

  facts.add('Overwrite: F is 412 on what exists; without it the target is replaced: 204', async (server) => {
    for (const method of ['MOVE', 'COPY']) {
      await dav(server, 'PUT', 'a.txt', { body: 'a' });
      await dav(server, 'PUT', 'b.txt', { body: 'b' });
      const destination = fileUrl(server, 'b.txt');
      const refused = await dav(server, method, 'a.txt', { headers: { destination, overwrite: 'F' } });
      expect(refused.status).toBe(412);
      expect((await dav(server, 'GET', 'b.txt')).text).toBe('b');
      const replaced = await dav(server, method, 'a.txt', { headers: { destination } });
      expect(replaced.status).toBe(204);
      expect((await dav(server, 'GET', 'b.txt')).text).toBe('a');
    }
  });

  facts.add(
    'MOVE into a missing folder is 409, of what is not there 404, without a target 400',
    async (server) => {
      await dav(server, 'PUT', 'stay.txt', { body: 'x' });
      const status = async (name: string, headers: Record<string, string>): Promise<number> =>
        (await dav(server, 'MOVE', name, { headers })).status;
      expect(await status('stay.txt', { destination: fileUrl(server, 'nowhere/x.txt') })).toBe(409);
      expect(await status('none.txt', { destination: fileUrl(server, 'x.txt') })).toBe(404);
      expect(await status('stay.txt', {})).toBe(400);
      expect(await status('stay.txt', { destination: fileUrl(server, 'x.part') })).toBe(400);
      expect((await dav(server, 'GET', 'stay.txt')).status).toBe(200);
    },
  );

  facts.add('DELETE is 204 and then 404, with all that is below', async (server) => {
    await dav(server, 'MKCOL', 'doomed');
    await dav(server, 'PUT', 'doomed/a.txt', { body: 'x' });
    expect((await dav(server, 'DELETE', 'doomed')).status).toBe(204);
    expect((await dav(server, 'DELETE', 'doomed')).status).toBe(404);
    expect((await dav(server, 'GET', 'doomed/a.txt')).status).toBe(404);
  });

  facts.add(
    'DELETE heeds If-Match: with another ETag, and of what is not there, it is 412',
    async (server) => {
      await dav(server, 'PUT', 'matched.txt', { body: 'x' });
      const { etag = '' } = (await dav(server, 'GET', 'matched.txt')).headers;
      const remove = async (ifMatch: string): Promise<number> =>
        (await dav(server, 'DELETE', 'matched.txt', { headers: { 'if-match': ifMatch } })).status;
      expect(await remove('"another"')).toBe(412);
      expect((await dav(server, 'GET', 'matched.txt')).status).toBe(200);
      expect(await remove(etag)).toBe(204);
      expect(await remove(etag)).toBe(412);
    },
  );

  facts.add('no If-Match lets a folder be deleted, not even its own ETag', async (server) => {
    await dav(server, 'MKCOL', 'unmatched');
    const body = propfindBody('d:getetag');
    const reply = await dav(server, 'PROPFIND', 'unmatched', { headers: { depth: '0' }, body });
    const etag = String(readMultistatus(reply.text)[0]?.found['getetag']);
    expect(etag).toMatch(/^".+"$/);
    const remove = async (headers: Record<string, string>): Promise<number> =>
      (await dav(server, 'DELETE', 'unmatched', { headers })).status;
    expect(await remove({ 'if-match': etag })).toBe(412);
    expect(await remove({})).toBe(204);
  });

  facts.add(
    'a folder that several ask for at once is made by one; the others are told 405 or 423',
    async (server) => {
      const making = Array.from({ length: 4 }, () => dav(server, 'MKCOL', 'at-once'));
      const statuses = (await Promise.all(making)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 201)).toHaveLength(1);
      expect(statuses.filter((status) => ![201, 405, 423].includes(status))).toEqual([]);
      expect((await dav(server, 'MKCOL', 'at-once')).status).toBe(405);
    },
  );
};

const quotaFacts = (facts: Facts): void => {
  facts.add(
    'beyond the quota PUT is 507, by its own length or by OC-Total-Length; MKCOL still works',
    async (server) => {
      const own = await newAccount(server, '1 MB');
      const fits = Buffer.alloc(900_000, 'x');
      expect((await dav(own, 'PUT', 'fits.bin', { body: fits })).status).toBe(201);
      const refused = await dav(own, 'PUT', 'too-much.bin', { body: fits });
      expect(refused.status).toBe(507);
      expect(readDavError(refused.text).message).toMatch(/^Insufficient space in /);
      const headers = { 'oc-total-length': '900000' };
      expect((await dav(own, 'PUT', 'small.bin', { body: 'x', headers })).status).toBe(507);
      expect((await dav(own, 'PUT', 'small.bin', { body: 'x' })).status).toBe(201);
      expect((await dav(own, 'MKCOL', 'folder')).status).toBe(201);
      const { data } = await ocs(own, 'GET', '/cloud/user');
      expect(data).toMatchObject({ quota: { quota: 1_048_576, used: 900_001 } });
    },
    'administrator',
  );
};
