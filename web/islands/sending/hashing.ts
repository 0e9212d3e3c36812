import type { Background } from './background.ts';

/**
 * A larger file is sent without a hash of its own: on a slow phone a hash takes some 0.1 s a MiB, and the line is
 * better used in that time. The portal hashes every file in any case; this one lets it notice what went wrong before.
 */
export const mostHashedBytes = 16 * 1024 * 1024;

/** A file waits so long for its hash, and then goes without. */
export const longestWaitMs = 1000;

export interface Hashing {
  /** Begins with it now, so that it is known by the time that the file has its turn. */
  prepare(key: string, file: File): void;
  /** Undefined: too large, unreadable, or not known in time. */
  of(key: string, file: File): Promise<string | undefined>;
  /** A file that is tried again may have been changed. */
  forget(key: string): void;
}

export const createHashing = (background: Background): Hashing => {
  const known = new Map<string, Promise<string | undefined>>();
  const begin = (key: string, file: File): Promise<string | undefined> => {
    const hash = known.get(key) ?? background.hash(file);
    known.set(key, hash);
    return hash;
  };
  return {
    prepare(key, file) {
      if (file.size <= mostHashedBytes) void begin(key, file);
    },
    of: (key, file) =>
      file.size > mostHashedBytes
        ? Promise.resolve(undefined)
        : Promise.race([
            begin(key, file),
            new Promise<undefined>((resolve) => setTimeout(resolve, longestWaitMs)),
          ]),
    forget: (key) => known.delete(key),
  };
};
