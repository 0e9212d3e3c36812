import { createHash } from 'node:crypto';
import { addAbortSignal, type Readable } from 'node:stream';
import { Failure } from '../../../lib/failure.ts';
import { isStatus, NotOffered, status } from './failures.ts';
import type { Session } from './session.ts';

/** What every server takes in one request, and how many of them are under way at once: 2 MiB on a long line. */
const pieceBytes = 32 * 1024;
const piecesUnderWay = 64;

/**
 * Writes a new file and, where the server can, puts it on its disk for good.
 * @throws whatever the stream fails with; Failure `upload.integrity` when its length is another. The file is gone then, unless the
 *   connection is.
 */
export const writeNew = async (
  session: Session,
  path: string,
  source: Readable,
  sizeBytes: number,
): Promise<void> => {
  const { sftp, call } = session;
  try {
    addAbortSignal(session.signal, source);
    const handle = await call<Buffer>((done) => sftp.open(path, 'wx', done));
    try {
      await fill(session, handle, source, sizeBytes);
    } catch (error) {
      await call((done) => sftp.unlink(path, done)).catch(() => undefined);
      throw error;
    }
  } finally {
    source.destroy();
  }
};

const fill = async (session: Session, handle: Buffer, source: Readable, sizeBytes: number): Promise<void> => {
  try {
    const writtenBytes = await writeAll(session, handle, source);
    if (writtenBytes !== sizeBytes)
      throw new Failure('upload.integrity', {
        retry: 'later',
        details: { expectedBytes: sizeBytes, writtenBytes },
      });
    await synced(session, handle);
  } finally {
    await session.call((done) => session.sftp.close(handle, done)).catch(() => undefined);
  }
};

const writeAll = async ({ sftp, call }: Session, handle: Buffer, source: Readable): Promise<number> => {
  const underWay: Promise<void>[] = [];
  let at = 0;
  for await (const chunk of source as AsyncIterable<Buffer>)
    for (let taken = 0; taken < chunk.length; taken += pieceBytes) {
      const bytes = Math.min(pieceBytes, chunk.length - taken);
      const position = at;
      const written = call((done) => sftp.write(handle, chunk, taken, bytes, position, done));
      // Ends the reading as well. Where nothing is read any more, it is seen below.
      written.catch((error: unknown) => source.destroy(error as Error));
      underWay.push(written);
      at += bytes;
      if (underWay.length >= piecesUnderWay) await underWay.shift();
    }
  await Promise.all(underWay);
  return at;
};

/** `fsync@openssh.com`: where it isn't offered, the server's own care has to do. */
const synced = async ({ sftp, call }: Session, handle: Buffer): Promise<void> => {
  try {
    await call((done) => sftp.ext_openssh_fsync(handle, done));
  } catch (error) {
    if (!(error instanceof NotOffered) && !isStatus(error, status.unsupported)) throw error;
  }
};

/** @returns undefined where there is no file of that name, or no regular one, or one of another size */
export const hashOf = async (
  session: Session,
  path: string,
  sizeBytes: number,
): Promise<string | undefined> => {
  const hash = createHash('sha256');
  if ((await sizeOfRegular(session, path)) !== sizeBytes) return undefined;
  for await (const piece of readPieces(session, path, sizeBytes)) hash.update(piece);
  return hash.digest('hex');
};

/** @param sizeBytes how many are read at most; asked for before, since a symbolic link would be followed here */
export async function* readPieces(session: Session, path: string, sizeBytes: number): AsyncGenerator<Buffer> {
  const { sftp, call } = session;
  const handle = await call<Buffer>((done) => sftp.open(path, 'r', done));
  try {
    const underWay: Promise<Buffer>[] = [];
    for (let at = 0; at < sizeBytes; at += pieceBytes) {
      const piece = readPiece(session, handle, at, Math.min(pieceBytes, sizeBytes - at));
      piece.catch(() => undefined);
      underWay.push(piece);
      if (underWay.length >= piecesUnderWay) yield (await underWay.shift()) ?? Buffer.alloc(0);
    }
    for (const piece of underWay) yield await piece;
  } finally {
    await call((done) => sftp.close(handle, done)).catch(() => undefined);
  }
}

/** A server may answer with less than was asked for; nothing at all is the end of the file. */
const readPiece = async (
  { sftp, call }: Session,
  handle: Buffer,
  position: number,
  bytes: number,
): Promise<Buffer> => {
  const piece = Buffer.allocUnsafe(bytes);
  let filled = 0;
  while (filled < bytes) {
    const at = filled;
    const read = await call<number>((done) =>
      sftp.read(handle, piece, at, bytes - at, position + at, (error, count) => done(error, count)),
    );
    if (read === 0) break;
    filled += read;
  }
  return piece.subarray(0, filled);
};

export const sizeOfRegular = async ({ sftp, call }: Session, path: string): Promise<number | undefined> => {
  try {
    const stats = await call<{ isFile(): boolean; size: number }>((done) => sftp.lstat(path, done));
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    if (isStatus(error, status.noSuchFile)) return undefined;
    throw error;
  }
};
