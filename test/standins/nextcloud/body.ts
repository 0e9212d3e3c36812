import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { commonHeaders, drop, type Exchange, hang, header, send } from './exchange.ts';
import { DavError } from './failures.ts';

/** The names of files that are being written start so; none of them is ever listed. */
export const temporaryPrefix = '.standin-';

export const temporaryIn = (folder: string): string =>
  join(folder, `${temporaryPrefix}${randomBytes(8).toString('hex')}.part`);

export type Algorithm = 'md5' | 'sha1' | 'sha256';

/** What `X-Hash` asks for; nothing for a name that Nextcloud doesn't know. */
export const wantedHashes = (exchange: Exchange): Algorithm[] => {
  const wanted = header(exchange, 'x-hash')?.toLowerCase();
  if (wanted === 'all') return ['sha256', 'sha1', 'md5'];
  return wanted === 'md5' || wanted === 'sha1' || wanted === 'sha256' ? [wanted] : [];
};

export interface Received {
  bytes: number;
  digests: Record<string, string>;
}

/**
 * Streams into a new file and hashes on the way. On any failure, a body cut short of its length
 * included, the file is removed, unless it is to be kept, and the error thrown on.
 */
export const writeFile = async (
  from: Readable,
  path: string,
  algorithms: readonly Algorithm[],
  keepsFragment = false,
): Promise<Received> => {
  const hashes = algorithms.map((name) => ({ name, hash: createHash(name) }));
  let bytes = 0;
  const tap = new Transform({
    highWaterMark: 1024 * 1024,
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      for (const { hash } of hashes) hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(from, tap, createWriteStream(path));
  } catch (error) {
    if (!keepsFragment) await rm(path, { force: true });
    throw error;
  }
  return { bytes, digests: Object.fromEntries(hashes.map(({ name, hash }) => [name, hash.digest('hex')])) };
};

/** The request's body into a new file; see `writeFile`. */
export const receive = async (exchange: Exchange, path: string, keepsFragment = false): Promise<Received> => {
  const limit = exchange.effects.dropAfterBodyBytes;
  if (limit === undefined) return writeFile(exchange.request, path, wantedHashes(exchange), keepsFragment);
  let seen = 0;
  const fuse = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen >= limit) {
        drop(exchange);
        done(new Error('cut by a fault'));
      } else done(null, chunk);
    },
  });
  exchange.request.on('error', (error) => fuse.destroy(error));
  exchange.request.once('close', () => {
    if (!exchange.request.complete) fuse.destroy(new Error('aborted'));
  });
  return writeFile(exchange.request.pipe(fuse), path, wantedHashes(exchange), keepsFragment);
};

/** A small body, for forms and XML. Throws `DavError` 413 beyond a megabyte. */
export const readText = async (exchange: Exchange): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of exchange.request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > 1024 * 1024) throw new DavError(413, 'Sabre\\DAV\\Exception', 'Body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

/** A piece of what is sent: part of the answer lies in each of these files, one after the other. */
export interface Piece {
  path: string;
  bytes: number;
}

export async function* readPieces(
  pieces: readonly Piece[],
  start = 0,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  let offset = 0;
  for (const piece of pieces) {
    const from = Math.max(0, start - offset);
    const to = Math.min(piece.bytes - 1, end - offset);
    offset += piece.bytes;
    if (from > to) continue;
    const options = { start: from, end: to, highWaterMark: 1024 * 1024 };
    yield* createReadStream(piece.path, options) as AsyncIterable<Buffer>;
  }
}

export interface Sending {
  pieces: readonly Piece[];
  etag: string;
  modifiedS: number;
  contentType: string;
  headers?: Record<string, string>;
}

/** GET and HEAD with one Range; several ranges get the whole. Throws `DavError` 416. */
export const sendPieces = async (exchange: Exchange, sending: Sending): Promise<void> => {
  const total = sending.pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  if (header(exchange, 'if-none-match') === sending.etag) return send(exchange, 304);
  const range = readRange(header(exchange, 'range'), total);
  const [start, end] = range ?? [0, total - 1];
  const headers = {
    ...commonHeaders(exchange),
    'content-type': sending.contentType,
    'content-length': end - start + 1,
    'last-modified': new Date(sending.modifiedS * 1000).toUTCString(),
    etag: sending.etag,
    'oc-etag': sending.etag,
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${total}` }),
    ...sending.headers,
  };
  if (exchange.effects.instead !== undefined) return send(exchange, 200);
  const { response } = exchange;
  response.writeHead(range === undefined ? 200 : 206, headers);
  if (exchange.method === 'HEAD') {
    response.end();
    await finished(response).catch(() => undefined);
    return;
  }
  await stream(exchange, sending.pieces, start, end);
};

const stream = async (
  exchange: Exchange,
  pieces: readonly Piece[],
  start: number,
  end: number,
): Promise<void> => {
  const { replyBytesPerSecond, cutReplyAfterBytes } = exchange.effects;
  let content = readPieces(pieces, start, end);
  if (replyBytesPerSecond !== undefined) content = trickle(content, replyBytesPerSecond);
  if (cutReplyAfterBytes !== undefined) content = cutAfter(content, cutReplyAfterBytes);
  try {
    await pipeline(Readable.from(content), exchange.response);
  } catch {
    // Either the reader left or a fault cut it: the connection is of no more use.
    drop(exchange);
    await hang(exchange);
  }
};

const readRange = (value: string | undefined, total: number): [number, number] | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(value ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '') return [Math.max(0, total - Number(last)), total - 1];
  const start = Number(first);
  if (start >= total) {
    throw new DavError(
      416,
      'Sabre\\DAV\\Exception\\RequestedRangeNotSatisfiable',
      `The start offset (${start}) exceeded the size of the entity (${total})`,
    );
  }
  return [start, last === '' ? total - 1 : Math.min(Number(last), total - 1)];
};

/** At a speed, in slices of a twentieth of a second. */
async function* trickle(content: AsyncGenerator<Buffer>, bytesPerSecond: number): AsyncGenerator<Buffer> {
  const sliceBytes = Math.max(1, Math.floor(bytesPerSecond / 20));
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; at += sliceBytes) {
      yield chunk.subarray(at, at + sliceBytes);
      await wait(50);
    }
  }
}

async function* cutAfter(content: AsyncGenerator<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of content) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) throw new Error('cut by a fault');
  }
}
