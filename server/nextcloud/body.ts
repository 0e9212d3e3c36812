import { Readable } from 'node:stream';
import { Failure } from '../lib/failure.ts';

/** What is sent. A stream is read to its end or destroyed, whatever becomes of the call. */
export type Body = Readable | Buffer | readonly Uint8Array[] | (() => AsyncIterable<Uint8Array>);

/** A body on its way out. */
export interface Outgoing {
  readonly stream: Readable;
  /** The source has ended, as long as was said, and its last bytes are on their way. */
  readonly delivered: boolean;
  /** What the source itself failed with, as opposed to the connection. */
  readonly sourceError: unknown;
}

const sliceBytes = 256 * 1024;

/** A stream that fails before anybody reads it must not end the process. */
export const keepQuiet = (body: Body): void => {
  if (body instanceof Readable) body.on('error', () => {});
};

/** For a call that came to nothing: neither the source nor what was made of it is read any further. */
export const discard = (body: Body | undefined, outgoing: Outgoing | undefined): void => {
  outgoing?.stream.destroy();
  if (body instanceof Readable) body.destroy();
};

/**
 * Makes a stream of exactly `sizeBytes`. The last bytes are held back until the source has ended, so that one
 * that is longer than was said leaves no file behind, as one that is shorter doesn't.
 */
export function openBody(
  body: Body,
  sizeBytes: number,
  report: { moved(): void; delivered(): void },
): Outgoing {
  const state = { delivered: false, sourceError: undefined as unknown };
  let source: Readable | Buffer | readonly Uint8Array[] | AsyncIterable<Uint8Array> | undefined;

  async function* measured(): AsyncGenerator<Uint8Array> {
    let seenBytes = 0;
    let last: Uint8Array = Buffer.alloc(0);
    try {
      source = typeof body === 'function' ? body() : body;
      if (source instanceof Readable) keepQuiet(source);
      for await (const chunk of piecesOf(source)) {
        seenBytes += chunk.length;
        report.moved();
        if (seenBytes > sizeBytes) throw wrongLength(sizeBytes, seenBytes);
        if (seenBytes === sizeBytes && chunk.length > 0) last = chunk;
        else if (chunk.length > 0) yield chunk;
      }
      if (seenBytes < sizeBytes) throw wrongLength(sizeBytes, seenBytes);
    } catch (error) {
      if (!stream.destroyed) state.sourceError = error;
      throw error;
    }
    state.delivered = true;
    report.delivered();
    if (last.length > 0) yield last;
  }

  const stream = Readable.from(measured(), { objectMode: true, highWaterMark: 1 });
  stream.on('error', () => {});
  // A source that waits for bytes would keep the generator from ending by itself.
  stream.once('close', () => {
    if (source instanceof Readable) source.destroy();
  });
  return {
    stream,
    get delivered() {
      return state.delivered;
    },
    get sourceError() {
      return state.sourceError;
    },
  };
}

const piecesOf = (
  source: Readable | Buffer | readonly Uint8Array[] | AsyncIterable<Uint8Array>,
): Iterable<Uint8Array> | AsyncIterable<Uint8Array> => {
  if (source instanceof Readable) return bytesOf(source);
  return Symbol.asyncIterator in source ? source : slicesOf(source);
};

async function* bytesOf(source: Readable): AsyncGenerator<Uint8Array> {
  for await (const chunk of source as AsyncIterable<Uint8Array | string>)
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

function* slicesOf(source: Buffer | readonly Uint8Array[]): Generator<Uint8Array> {
  for (const piece of Buffer.isBuffer(source) ? [source] : source)
    for (let at = 0; at < piece.length; at += sliceBytes) yield piece.subarray(at, at + sliceBytes);
}

const wrongLength = (saidBytes: number, seenBytes: number): Failure =>
  new Failure('internal', {
    retry: 'later',
    details: { reason: 'a body is not as long as was said', saidBytes, seenBytes },
  });
