import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Failure, type FailureCode, type Retry } from '../../../lib/failure.ts';

/** Gives a file a second name, failing with EEXIST where that name is taken. */
export type Link = (existing: string, added: string) => Promise<void>;

/** What `link` answers where the file system has no hard links (FAT, some network and FUSE mounts). */
const noHardLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Gives a finished file its final name, and never replaces: `taken` when something has that name.
 *
 * Without hard links an empty file is made under the final name first, exclusively, and then replaced by a
 * rename. A crash between the two leaves that empty file, which a repeat takes for somebody else's.
 */
export const placeOnce = async (
  temporary: string,
  final: string,
  linkFile: Link = link,
): Promise<'placed' | 'taken'> => {
  try {
    await linkFile(temporary, final);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return 'taken';
    if (code === undefined || !noHardLinks.has(code)) throw error;
    return renameOnce(temporary, final);
  }
  await rm(temporary);
  return 'placed';
};

const renameOnce = async (temporary: string, final: string): Promise<'placed' | 'taken'> => {
  try {
    await (await open(final, 'wx')).close();
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return 'taken';
    throw error;
  }
  try {
    await rename(temporary, final);
  } catch (error) {
    await rm(final, { force: true });
    throw error;
  }
  return 'placed';
};

/**
 * Makes one folder inside another, or takes the one that is there.
 * @param root real path that everything stays in
 * @returns its real path
 * @throws Failure `destination.conflict` where a file has the name, or a symbolic link leads out of `root`
 */
export const ensureFolder = async (root: string, parent: string, name: string) => {
  const path = join(parent, name);
  const made = await mkdir(path).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    },
  );
  return { path: await confined(root, path), made };
};

/** @returns the real path of an existing folder @throws Failure `destination.conflict` outside of `root` */
export const confined = async (root: string, path: string): Promise<string> => {
  const real = await realpath(path);
  const rootPrefix = root.endsWith(sep) ? root : `${root}${sep}`;
  if (real !== root && !real.startsWith(rootPrefix))
    throw new Failure('destination.conflict', { details: { path, problem: 'a symbolic link leads out' } });
  const handle = await open(real, constants.O_RDONLY | constants.O_DIRECTORY).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOTDIR') throw error;
    throw new Failure('destination.conflict', {
      details: { path, problem: 'a file where a folder belongs' },
    });
  });
  await handle.close();
  return real;
};

/** Makes names that were added to or taken from a folder survive a power cut, where the system can. */
export const syncFolder = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!new Set(['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM']).has(errorCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
};

/** @returns undefined where there is no file of that name, or no regular one, or one of another size */
export const hashOf = async (
  path: string,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const handle = await openRegular(path);
  if (handle === undefined) return undefined;
  if ((await handle.stat()).size !== sizeBytes) {
    await handle.close();
    return undefined;
  }
  const hash = createHash('sha256');
  await pipeline(handle.createReadStream(), hash, { signal });
  return hash.digest('hex');
};

/** Opens for reading, never through a symbolic link and never a pipe or device. */
export const openRegular = async (path: string) => {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      if (new Set(['ENOENT', 'ELOOP', 'ENXIO', 'ENOTDIR', 'EISDIR']).has(errorCode(error) ?? ''))
        return undefined;
      throw error;
    },
  );
  if (handle === undefined || (await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
};

export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** What staff can mend is worth waiting for: `later`. */
const failureOf = new Map<string, [FailureCode, Retry]>([
  ['EACCES', ['destination.auth', 'later']],
  ['EPERM', ['destination.auth', 'later']],
  ['EROFS', ['destination.auth', 'later']],
  ['ENAMETOOLONG', ['destination.rejected', 'never']],
  ['EFBIG', ['destination.rejected', 'never']],
  ['ENOTDIR', ['destination.conflict', 'never']],
  ...['ENOENT', 'ENOSPC', 'EDQUOT', 'EIO', 'ESTALE', 'EMFILE', 'ENFILE', 'ETXTBSY', 'EBUSY'].map(
    (code): [string, [FailureCode, Retry]] => [code, ['destination.unavailable', 'later']],
  ),
]);

/** Failures pass through; what the file system says gets its code. Anything else stays as it is, and may pass. */
export const asFailure = (error: unknown): unknown => {
  if (error instanceof Failure || !(error instanceof Error) || !('syscall' in error)) return error;
  const code = errorCode(error);
  const known = failureOf.get(code ?? '');
  if (known === undefined) return error;
  return new Failure(known[0], { retry: known[1], cause: error, details: { code, syscall: error.syscall } });
};
