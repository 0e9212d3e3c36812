import { expect, test } from 'vitest';
import { bodyOf, clientOf, serve, wholeOf } from './small-server.ts';

const resource = (href: string, properties: string, missing = ''): string =>
  `<d:response><d:href>${href}</d:href>
    <d:propstat><d:prop>${properties}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
    <d:propstat><d:prop>${missing}</d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>
  </d:response>`;

const multistatus = (...resources: string[]): string =>
  `<?xml version="1.0"?>
  <d:multistatus xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns">${resources.join('\n')}</d:multistatus>`;

const folder = (href: string): string =>
  resource(
    href,
    '<d:resourcetype><d:collection/></d:resourcetype><d:getetag>&quot;f&quot;</d:getetag><oc:fileid>12</oc:fileid><oc:size>17</oc:size><oc:permissions>RGDNVCK</oc:permissions>',
    '<d:getcontentlength/><oc:checksums/>',
  );

const file = (href: string): string =>
  resource(
    href,
    `<d:resourcetype/><d:getetag>&quot;e&quot;</d:getetag><d:getcontentlength>3</d:getcontentlength>
    <d:getlastmodified>Sun, 09 Sep 2001 01:46:40 GMT</d:getlastmodified><oc:fileid>115</oc:fileid><oc:size>3</oc:size>
    <oc:checksums><oc:checksum>MD5:abc SHA256:${'AB'.repeat(32)}</oc:checksum></oc:checksums>
    <oc:permissions>RGDNVW</oc:permissions><nc:upload_time>1795373660</nc:upload_time>`,
  );

test('an installation below a path is asked there, and its hrefs are understood', async () => {
  const { url, requests } = await serve((request, response) => {
    const below = '/some/cloud/remote.php/dav/files/some%40one';
    if (request.method === 'PROPFIND')
      response.writeHead(207).end(multistatus(folder(`${below}/A/`), file(`${below}/A/%e3%81%82%20%23.txt`)));
    else response.writeHead(201, { 'oc-fileid': '00000115ocftumc53o5' }).end();
  });
  const nextcloud = clientOf(`${url}/some/cloud/`, { user: 'login@example.org', userId: 'some@one' });
  expect(await nextcloud.files.list('/A')).toEqual([
    {
      path: '/A/あ #.txt',
      name: 'あ #.txt',
      kind: 'file',
      sizeBytes: 3,
      fileId: 115,
      etag: 'e',
      modifiedAt: new Date('2001-09-09T01:46:40Z'),
      uploadedAt: new Date(1_795_373_660_000),
      claimedSha256: 'ab'.repeat(32),
      permissions: 'RGDNVW',
    },
  ]);
  expect(await nextcloud.files.stat('/A')).toMatchObject({
    path: '/A',
    kind: 'directory',
    sizeBytes: 17,
    fileId: 12,
  });
  const moved = await nextcloud.files.move('/A/あ #.txt', '/B %', { overwrite: false });
  expect(moved).toEqual({ fileId: 115, etag: '', sha256: undefined });
  const { method, url: asked, headers } = requests[2] ?? {};
  expect([method, asked]).toEqual([
    'MOVE',
    '/some/cloud/remote.php/dav/files/some%40one/A/%E3%81%82%20%23.txt',
  ]);
  expect(headers).toMatchObject({
    destination: `${url}/some/cloud/remote.php/dav/files/some%40one/B%20%25`,
    overwrite: 'F',
    authorization: `Basic ${Buffer.from('login@example.org:planted-app-password').toString('base64')}`,
  });
});

test('an entry that lies elsewhere is not taken for one of the account', async () => {
  const { url } = await serve(
    (_, response) => void response.writeHead(207).end(multistatus(file('/remote.php/dav/files/another/a'))),
  );
  await expect(clientOf(url).files.list('/')).rejects.toMatchObject({ code: 'nextcloud.unexpected-reply' });
});

test('a folder of ten thousand files is listed', async () => {
  const files = Array.from({ length: 10_000 }, (_, n) => file(`/remote.php/dav/files/someone/A/${n}`));
  const { url } = await serve((_, response) => void response.writeHead(207).end(multistatus(...files)));
  expect(await clientOf(url).files.list('/A')).toHaveLength(10_000);
});

test('a name that Nextcloud makes up, without an id, is not there', async () => {
  const { url } = await serve(
    (_, response) =>
      void response
        .writeHead(207)
        .end(
          multistatus(
            resource('/remote.php/dav/files/someone/x.part', '<d:getcontentlength>0</d:getcontentlength>'),
          ),
        ),
  );
  expect(await clientOf(url).files.stat('/x.part')).toBeUndefined();
});

test('requests without a body say no length: Content-Length: 0 on an assembly makes an empty file on S3 storage', async () => {
  const { url, requests } = await serve((_, response) => void response.writeHead(201).end());
  const { uploads, files } = clientOf(url);
  await uploads.begin('u');
  const stored = await uploads.assemble('u', '/a', { totalBytes: 5, createOnly: true, wantHash: true });
  await files.move('/a', '/b', { overwrite: false });
  await files.remove('/b').catch(() => {});
  expect(requests.map(({ method }) => method)).toEqual(['MKCOL', 'COPY', 'MOVE', 'DELETE']);
  for (const { headers } of requests) {
    expect(headers).not.toHaveProperty('content-length');
    expect(headers).not.toHaveProperty('transfer-encoding');
  }
  expect(requests[0]?.headers).not.toHaveProperty('destination');
  expect(requests[1]?.headers).toMatchObject({ overwrite: 'F', 'x-hash': 'sha256', 'oc-total-length': '5' });
  expect(stored).toEqual({ fileId: undefined, etag: '', sha256: undefined });
});

test('what is stored is described in headers, with the length of the body', async () => {
  const { url, requests } = await serve(async (request, response) => {
    await bodyOf(request);
    response.writeHead(201, { 'oc-fileid': '123456789012ocx', etag: 'W/"abc"', 'x-hash-sha256': 'AB' }).end();
  });
  const stored = await clientOf(url).files.put('/a', Buffer.from('abc'), {
    sizeBytes: 3,
    createOnly: true,
    mtime: new Date(1_600_000_000_999),
    sha256: 'cd',
    wantHash: true,
    totalBytes: 3,
  });
  expect(stored).toEqual({ fileId: 123_456_789_012, etag: 'abc', sha256: 'ab' });
  expect(requests[0]?.headers).toMatchObject({
    'content-length': '3',
    'if-none-match': '*',
    'x-oc-mtime': '1600000000',
    'oc-checksum': 'SHA256:cd',
    'x-hash': 'sha256',
    'oc-total-length': '3',
  });
});

const downloadFrom = async (status: number, headers: Record<string, string>, text: string) => {
  const { url } = await serve((_, response) => {
    response.writeHead(status, headers).write(text, () => response.end());
    if (text === '') response.end();
  });
  return clientOf(url).files;
};

test('an empty file comes without a length, and with 200 for a range; a folder, without an ETag, is no file', async () => {
  const empty = await downloadFrom(200, { etag: '"e"' }, '');
  for (const range of [undefined, { startByte: 0 }]) {
    const { body, sizeBytes, etag } = await empty.get('/a', { range });
    expect([sizeBytes, etag, (await wholeOf(body)).length]).toEqual([0, 'e', 0]);
  }
  for (const headers of [{}, { 'content-length': '0' }] as Record<string, string>[]) {
    const files = await downloadFrom(200, headers, '');
    await expect(files.get('/a')).rejects.toMatchObject({
      code: 'nextcloud.unexpected-reply',
      details: { reason: 'probably a folder' },
    });
  }
});

test.each([
  ['the whole', 200, { 'content-length': '5', etag: '"e"' }],
  ['another range', 206, { 'content-length': '5', etag: '"e"', 'content-range': 'bytes 0-4/9' }],
  ['no length', 206, { etag: '"e"', 'content-range': 'bytes 2-6/9' }],
])('%s is not taken for the range that was asked for', async (_, status, headers) => {
  const range = { startByte: 2, endByte: 6 };
  await expect((await downloadFrom(status, headers, '01234')).get('/a', { range })).rejects.toMatchObject({
    code: 'nextcloud.unexpected-reply',
  });
  const good = { 'content-length': '5', etag: '"e"', 'content-range': 'bytes 2-6/9' };
  const { body } = await (await downloadFrom(206, good, '23456')).get('/a', { range });
  expect((await wholeOf(body)).toString()).toBe('23456');
});

test.each(['..', 'a/b', ''])('an upload called %j is refused before anything is sent', async (id) => {
  const { url, requests } = await serve((_, response) => void response.writeHead(201).end());
  const { uploads } = clientOf(url);
  const attempt = async () => uploads.begin(id);
  await expect(attempt()).rejects.toMatchObject({ code: 'nextcloud.rejected' });
  await uploads.begin('good');
  expect(requests).toHaveLength(1);
});
