import { createHash } from 'node:crypto';
import { pipeline, type Readable, Transform } from 'node:stream';
import { Failure, type Retry } from '../lib/failure.ts';

export interface Expected {
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
}

/**
 * The same bytes, hashed as they pass. Fails at its end with `upload.integrity` unless they were the expected
 * ones: to be tried again when they were too few, never when they are others.
 */
export const verified = (source: Readable, expected: Expected): Readable => {
  const hash = createHash('sha256');
  let passedBytes = 0;
  const mismatch = (retry: Retry, seen: Record<string, unknown>) =>
    new Failure('upload.integrity', { retry, details: { ...expected, passedBytes, ...seen } });
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passedBytes += chunk.length;
      if (passedBytes > expected.sizeBytes) {
        done(mismatch('never', {}));
        return;
      }
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      if (passedBytes < expected.sizeBytes) {
        done(mismatch('later', {}));
        return;
      }
      const seen = hash.digest('hex');
      done(seen === expected.sha256 ? null : mismatch('never', { seenSha256: seen }));
    },
  });
  // Whoever reads sees the error on `check`; this only ties the two ends together.
  pipeline(source, check, () => undefined);
  return check;
};
