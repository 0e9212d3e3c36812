import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { S3Error } from './errors.ts';
import { type Call, requireRight, type S3StandIn } from './standin.ts';
import { type Blob, bytesOf } from './store.ts';

const longestKeyBytes = 1024;

export const answerObject = async (call: Call): Promise<void> => {
  const { standIn, request, response, key } = call;
  switch (request.method ?? '') {
    case 'HEAD':
    case 'GET':
      return send(call);
    case 'PUT':
      return put(call);
    case 'DELETE':
      requireRight(standIn, 'DeleteObject');
      standIn.store.objects.delete(key);
      response.writeHead(204).end();
      return;
    default:
      throw new S3Error(405, 'MethodNotAllowed');
  }
};

const send = ({ standIn, request, response, key }: Call): void => {
  requireRight(standIn, 'GetObject');
  const object = standIn.store.objects.get(key);
  // Who may not list is not told what is missing.
  if (object === undefined) {
    requireRight(standIn, 'ListBucket');
    throw new S3Error(404, 'NoSuchKey');
  }
  const asked = request.headers['x-amz-checksum-mode'] === 'ENABLED' && standIn.checksums;
  response.writeHead(200, {
    ...object.headers,
    'content-length': String(object.blob.sizeBytes),
    etag: object.etag,
    ...(asked && object.checksum !== undefined ? { 'x-amz-checksum-sha256': object.checksum } : {}),
  });
  if (request.method === 'HEAD') response.end();
  else Readable.from(bytesOf(object.blob), { objectMode: false }).pipe(response);
};

const put = async (call: Call): Promise<void> => {
  const { standIn, request, response, key, fault } = call;
  requireRight(standIn, 'PutObject');
  requireKey(key);
  const blob = await receive(standIn, request);
  requireCondition(standIn, request, key);
  const given = request.headers['x-amz-checksum-sha256'];
  const checksum = standIn.checksums && given !== undefined ? String(given) : undefined;
  const etag = `"${blob.md5.toString('hex')}"`;
  const stored = fault === 'corrupting' ? await spoiled(standIn, blob) : blob;
  standIn.store.objects.set(key, { blob: stored, etag, checksum, headers: keptHeaders(request) });
  response
    .writeHead(200, { etag, ...(checksum === undefined ? {} : { 'x-amz-checksum-sha256': checksum }) })
    .end();
};

/** As long, but other bytes: what a broken disk or a proxy makes of it. */
const spoiled = (standIn: S3StandIn, blob: Blob): Promise<Blob> =>
  standIn.store.receive(
    (async function* () {
      yield Buffer.alloc(blob.sizeBytes, 0x21);
    })(),
  );

export const requireKey = (key: string): void => {
  if (Buffer.byteLength(key) > longestKeyBytes) throw new S3Error(400, 'KeyTooLongError');
};

/** Reads a body, and refuses it unless it is what its headers say. */
export const receive = async (standIn: S3StandIn, request: IncomingMessage): Promise<Blob> => {
  const blob = await standIn.store.receive(request);
  const signed = String(request.headers['x-amz-content-sha256']);
  standIn.signedPayload = signed;
  if (signed !== 'UNSIGNED-PAYLOAD' && signed !== blob.sha256.toString('hex'))
    throw new S3Error(400, 'XAmzContentSHA256Mismatch');
  const checksum = request.headers['x-amz-checksum-sha256'];
  if (standIn.checksums && checksum !== undefined && checksum !== blob.sha256.toString('base64'))
    throw new S3Error(400, 'BadDigest');
  return blob;
};

/** Asked last, when the object is about to be made. */
export const requireCondition = (standIn: S3StandIn, request: IncomingMessage, key: string): void => {
  const free = request.headers['if-none-match'];
  const same = request.headers['if-match'];
  if (standIn.conditionalWrites === 'refused' && (free ?? same) !== undefined)
    throw new S3Error(501, 'NotImplemented', { Header: 'If-None-Match' });
  standIn.beforeMade(key);
  if (standIn.conditionalWrites === 'ignored') return;
  const there = standIn.store.objects.get(key);
  if ((free === '*' && there !== undefined) || (same !== undefined && there?.etag !== same))
    throw new S3Error(412, 'PreconditionFailed');
};

const kept = /^(content-type|x-amz-(meta-.*|storage-class|server-side-encryption.*))$/;

export const keptHeaders = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      kept.test(name) && typeof value === 'string' ? [[name, value]] : [],
    ),
  );
