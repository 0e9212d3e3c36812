import type { Background } from './background.ts';

/**
 * A larger file is sent without a hash of its own: on a slow phone a hash takes some 0.1 s a MiB, and the line is
 * better used in that time. The portal hashes every file in any case; this one lets it notice what went wrong before.
 */
export const mostHashedBytes = 16 * 1024 * 1024;

/** A file waits so long for what is told with it, and then goes without. */
export const longestWaitMs = 1000;

/** What is told with an upload, so that it can be compared, and recognised when it is chosen again. */
export interface Told {
  /** Undefined: too large, unreadable, or not known in time. */
  sha256: string | undefined;
  fingerprint: string | undefined;
}

export interface Hashing {
  /** Begins with it now, so that it is known by the time that the file has its turn. */
  prepare(key: string, file: File): void;
  of(key: string, file: File): Promise<Told>;
  /** Waited for as long as it takes. */
  fingerprint(file: File): Promise<string | undefined>;
  /** A file that is tried again may have been changed. */
  forget(key: string): void;
}

type Digests = Record<keyof Told, Promise<string | undefined>>;

export const createHashing = (background: Background): Hashing => {
  const known = new Map<string, Digests>();
  const begin = (key: string, file: File): Digests => {
    const digests = known.get(key) ?? {
      fingerprint: background.fingerprint(file),
      sha256: file.size > mostHashedBytes ? Promise.resolve(undefined) : background.hash(file),
    };
    known.set(key, digests);
    return digests;
  };
  return {
    prepare: (key, file) => void begin(key, file),
    async of(key, file) {
      const { fingerprint, sha256 } = begin(key, file);
      const late = new Promise<undefined>((resolve) => setTimeout(resolve, longestWaitMs));
      const [one, other] = await Promise.all([
        Promise.race([fingerprint, late]),
        Promise.race([sha256, late]),
      ]);
      return { fingerprint: one, sha256: other };
    },
    fingerprint: (file) => background.fingerprint(file),
    forget: (key) => known.delete(key),
  };
};
