import { createHash, type Hash } from 'node:crypto';

/**
 * Running SHA-256 of uploads that this process writes: one pass over the bytes as they arrive. A native hash can't
 * be saved, so it lives only here; a process that takes an upload over reads the parts back once instead.
 */
export interface RunningHashes {
  /** The hash of everything below `offsetBytes`, to go on with; undefined when this process does not have it. */
  resume(uploadId: string, offsetBytes: number): Hash | undefined;
  /** Keeps the hash of everything below an acknowledged offset. */
  remember(uploadId: string, offsetBytes: number, hash: Hash): void;
  forget(uploadId: string): void;
}

/** @param limit how many to keep; the one unused longest is dropped first */
export const createRunningHashes = (limit = 5000): RunningHashes => {
  const known = new Map<string, { offsetBytes: number; hash: Hash }>();
  return {
    resume(uploadId, offsetBytes) {
      if (offsetBytes === 0) return createHash('sha256');
      const entry = known.get(uploadId);
      return entry?.offsetBytes === offsetBytes ? entry.hash.copy() : undefined;
    },
    remember(uploadId, offsetBytes, hash) {
      known.delete(uploadId);
      known.set(uploadId, { offsetBytes, hash });
      for (const oldest of known.keys()) {
        if (known.size <= limit) break;
        known.delete(oldest);
      }
    },
    forget: (uploadId) => void known.delete(uploadId),
  };
};

/** SHA-256 (hex) of a stream, read to its end. @param onBytes told how many have been read so far */
export const hashOf = async (
  body: AsyncIterable<Uint8Array>,
  onBytes: (readBytes: number) => void = () => undefined,
): Promise<string> => {
  const hash = createHash('sha256');
  let readBytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    readBytes += chunk.length;
    onBytes(readBytes);
  }
  return hash.digest('hex');
};
