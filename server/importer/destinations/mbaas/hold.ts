import { pipeline, type Readable, Transform } from 'node:stream';
import { finished } from 'node:stream/promises';

/**
 * The same bytes, but the last of them only once the source has ended well. A body that is short of its length is
 * thrown away by whoever receives it: so a source that fails at its very end leaves nothing behind.
 */
export const heldBack = (source: Readable): Readable => {
  let held: Buffer | undefined;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const before = held;
      held = chunk;
      done(null, before);
    },
    flush(done) {
      done(null, held);
    },
  });
  // Whoever reads sees the error on `stream`; this only ties the two ends together.
  pipeline(source, stream, () => undefined);
  return stream;
};

/** Reads a source that has nothing in it to its end. @throws what it fails with */
export const drained = (source: Readable, signal: AbortSignal): Promise<void> =>
  finished(source.resume(), { signal });
