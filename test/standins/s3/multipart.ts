import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { escaped, S3Error, xml } from './errors.ts';
import { keptHeaders, receive, requireCondition, requireKey } from './objects.ts';
import { bucketName, type Call, requireRight } from './standin.ts';
import type { OpenUpload } from './store.ts';

const smallestPartBytes = 5 * 1024 ** 2;

export const answerMultipart = async (call: Call): Promise<void> => {
  const { standIn, request, response, query } = call;
  if (request.method === 'POST' && query.has('uploads')) return begin(call);
  const id = query.get('uploadId') ?? '';
  const upload = standIn.store.uploads.get(id);
  if (upload === undefined || upload.key !== call.key) throw new S3Error(404, 'NoSuchUpload');
  switch (request.method ?? '') {
    case 'PUT':
      return putPart(call, upload);
    case 'POST':
      return complete(call, upload, id);
    case 'DELETE':
      requireRight(standIn, 'AbortMultipartUpload');
      standIn.store.uploads.delete(id);
      response.writeHead(204).end();
      return;
    default:
      throw new S3Error(405, 'MethodNotAllowed');
  }
};

const begin = ({ standIn, request, response, key }: Call): void => {
  requireRight(standIn, 'PutObject');
  requireKey(key);
  const checksums = standIn.checksums && request.headers['x-amz-checksum-algorithm'] === 'SHA256';
  const id = standIn.store.begin({ key, headers: keptHeaders(request), checksums, parts: new Map() });
  response
    .writeHead(200, { 'content-type': 'application/xml' })
    .end(
      xml(
        `<InitiateMultipartUploadResult><Bucket>${bucketName}</Bucket><Key>${escaped(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      ),
    );
};

const putPart = async ({ standIn, request, response, query }: Call, upload: OpenUpload): Promise<void> => {
  standIn.beforePart();
  requireRight(standIn, 'PutObject');
  const blob = await receive(standIn, request);
  const etag = `"${blob.md5.toString('hex')}"`;
  const checksum = upload.checksums ? blob.sha256.toString('base64') : undefined;
  upload.parts.set(Number(query.get('partNumber')), { blob, etag, checksum });
  response
    .writeHead(200, { etag, ...(checksum === undefined ? {} : { 'x-amz-checksum-sha256': checksum }) })
    .end();
};

const complete = async (call: Call, upload: OpenUpload, id: string): Promise<void> => {
  const { standIn, request, response, key } = call;
  requireRight(standIn, 'PutObject');
  const parts = listed(await text(request)).map(({ number, etag, checksum }) => {
    const part = upload.parts.get(number);
    if (part?.etag !== etag || (upload.checksums && part.checksum !== checksum))
      throw new S3Error(400, 'InvalidPart');
    return part;
  });
  if (parts.slice(0, -1).some(({ blob }) => blob.sizeBytes < smallestPartBytes))
    throw new S3Error(400, 'EntityTooSmall');
  const digestOf = (algorithm: string, digests: Buffer[]) =>
    createHash(algorithm).update(Buffer.concat(digests)).digest();
  const md5 = digestOf(
    'md5',
    parts.map(({ blob }) => blob.md5),
  );
  const sha256 = digestOf(
    'sha256',
    parts.map(({ blob }) => blob.sha256),
  );
  const etag = `"${md5.toString('hex')}-${parts.length}"`;
  const checksum = upload.checksums ? `${sha256.toString('base64')}-${parts.length}` : undefined;
  const blob = {
    paths: parts.flatMap(({ blob }) => blob.paths),
    sizeBytes: parts.reduce((sum, { blob }) => sum + blob.sizeBytes, 0),
    sha256,
    md5,
  };
  requireCondition(standIn, request, key);
  // It has said 200 by then, to keep the line open while it joins the parts.
  if (standIn.failsLate) {
    standIn.failsLate = false;
    response.writeHead(200, { 'content-type': 'application/xml' }).end(new S3Error(500, 'InternalError').xml);
    return;
  }
  standIn.store.objects.set(key, { blob, etag, checksum, headers: upload.headers });
  standIn.store.uploads.delete(id);
  response
    .writeHead(200, { 'content-type': 'application/xml' })
    .end(
      xml(
        `<CompleteMultipartUploadResult><Bucket>${bucketName}</Bucket><Key>${escaped(key)}</Key><ETag>${escaped(etag)}</ETag></CompleteMultipartUploadResult>`,
      ),
    );
};

const listed = (body: string): { number: number; etag: string; checksum: string | undefined }[] =>
  [...body.matchAll(/<Part>([\s\S]*?)<\/Part>/g)].map(([, part = '']) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
    etag: (/<ETag>([^<]*)</.exec(part)?.[1] ?? '').replaceAll('&quot;', '"'),
    checksum: /<ChecksumSHA256>([^<]*)</.exec(part)?.[1],
  }));
