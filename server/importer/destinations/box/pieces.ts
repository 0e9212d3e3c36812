import { addAbortSignal, type Readable } from 'node:stream';
import { Failure } from '../../../lib/failure.ts';

/**
 * Cuts a stream into pieces of one size; the last is shorter, and is empty for an empty file. It comes only when the stream
 * has ended well. One buffer serves all: a piece is good until the next is asked for.
 * @throws whatever the stream fails with; Failure `upload.integrity` when its length is another
 */
export async function* piecesOf(
  source: Readable,
  pieceBytes: number,
  sizeBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  addAbortSignal(signal, source);
  const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, sizeBytes));
  let filledBytes = 0;
  let passedBytes = 0;
  const mismatch = () =>
    new Failure('upload.integrity', {
      retry: 'later',
      details: { expectedBytes: sizeBytes, seenBytes: passedBytes },
    });
  for await (const chunk of source as AsyncIterable<Buffer>) {
    passedBytes += chunk.length;
    if (passedBytes > sizeBytes) throw mismatch();
    let copiedBytes = 0;
    while (copiedBytes < chunk.length) {
      if (filledBytes === buffer.length) {
        yield buffer;
        filledBytes = 0;
      }
      const copied = chunk.copy(buffer, filledBytes, copiedBytes);
      filledBytes += copied;
      copiedBytes += copied;
    }
  }
  if (passedBytes !== sizeBytes) throw mismatch();
  yield buffer.subarray(0, filledBytes);
}
