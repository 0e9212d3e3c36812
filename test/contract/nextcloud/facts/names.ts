import { expect } from 'vitest';
import type { Facts } from '../fact.ts';
import { dav, fileUrl, list } from '../server.ts';
import { call, readDavError, readMultistatus } from '../wire.ts';

export const nameFacts = (facts: Facts): void => {
  facts.add(
    'names that are refused: .htaccess, *.part, *.filepart, a backslash, over 250 bytes',
    async (server) => {
      const names = ['.htaccess', 'a.part', 'A.PART', 'a.filepart', 'a\\b', 'a'.repeat(251)];
      for (const name of names) {
        const reply = await dav(server, 'PUT', name, { body: 'x' });
        expect([name, reply.status]).toEqual([name, 400]);
        expect(readDavError(reply.text).exception).toMatch(/InvalidPath$/);
      }
    },
  );

  facts.add(
    'names that pass: con.txt, a trailing space or dot, a colon, emoji, Japanese, 250 bytes',
    async (server) => {
      await dav(server, 'MKCOL', 'names');
      const names = ['con.txt', 'end ', 'end.', 'a:b', '😀', '日本.txt', 'a'.repeat(250)];
      for (const name of names) {
        const reply = await dav(server, 'PUT', `names/${name}`, { body: 'x' });
        expect([name, reply.status]).toEqual([name, 201]);
      }
      expect((await list(server, 'names')).sort()).toEqual(names.sort());
    },
  );

  facts.add('NUL is 400, a newline 404, and an encoded climb leads nowhere', async (server) => {
    const put = async (raw: string): Promise<number> =>
      (await call(`${fileUrl(server)}/${raw}`, 'PUT', { auth: server.auth, body: 'x' })).status;
    expect(await put('a%00b')).toBe(400);
    expect(await put('a%0Ab')).toBe(404);
    expect(await put('..%2Fclimbed')).toBe(404);
    const home = await call(`${server.url}/remote.php/dav/files/${server.user}/climbed`, 'HEAD', {
      auth: server.auth,
    });
    expect(home.status).toBe(404);
  });

  facts.add('the two spellings of an accented name are one file, kept composed', async (server) => {
    await dav(server, 'MKCOL', 'accents');
    const [composed, decomposed] = ['caf\u00e9.txt', 'cafe\u0301.txt'];
    expect((await dav(server, 'PUT', `accents/${decomposed}`, { body: 'one' })).status).toBe(201);
    expect((await dav(server, 'PUT', `accents/${composed}`, { body: 'two' })).status).toBe(204);
    expect(await list(server, 'accents')).toEqual([composed]);
  });

  facts.add('addresses in answers are percent-encoded', async (server) => {
    await dav(server, 'MKCOL', 'hrefs');
    await dav(server, 'PUT', 'hrefs/a b&c#日.txt', { body: 'x' });
    const reply = await dav(server, 'PROPFIND', 'hrefs', { headers: { depth: '1' } });
    const href = readMultistatus(reply.text)[1]?.href ?? '';
    expect(href.toLowerCase()).toMatch(/\/hrefs\/a%20b%26c%23%e6%97%a5\.txt$/);
  });
};
