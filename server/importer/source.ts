import type { Readable } from 'node:stream';
import { Failure, isFailure } from '../lib/failure.ts';
import type { NextcloudEntry, NextcloudPlace } from './destinations/destination.ts';
import { type Expected, verified } from './verified.ts';

/** What the importer asks of Nextcloud: the client of the request's account. */
export interface Source {
  files: NextcloudPlace;
  directLink(
    fileId: number,
    options: { expiresInSeconds: number; signal?: AbortSignal | undefined },
  ): Promise<string>;
}

/** As much of it as reading needs. */
export interface Shelf {
  files: Pick<NextcloudPlace, 'get'> & {
    list(
      path: string,
      options: { signal: AbortSignal },
    ): Promise<Pick<NextcloudEntry, 'path' | 'kind' | 'fileId'>[]>;
  };
}

export interface StoredFile extends Expected {
  requestFolder: string | null;
  /** Below the request's folder. */
  path: string;
  fileId: number;
}

/** A found submission's folder may be the request's own, which has no name. */
export const storedPath = (folderName: string, path: string): string =>
  folderName === '' ? path : `${folderName}/${path}`;

/** Folders that are looked through for a file that staff have moved. */
const mostFolders = 500;

/**
 * Streams a stored file out of Nextcloud, verified on the way. A file that staff have moved within the request's
 * folder is found by its number.
 * @throws Failure `nextcloud.not-found` (later) when it is nowhere there, `upload.integrity` (never) when its
 *   size has changed, and whatever the client throws
 */
export const openStored = async (
  nextcloud: Shelf,
  file: StoredFile,
  signal: AbortSignal,
): Promise<Readable> => {
  if (file.requestFolder === null) throw notFound(file, { folder: 'unknown' });
  const { body, sizeBytes } = await getOrFind(nextcloud, file, file.requestFolder, signal);
  if (sizeBytes !== file.sizeBytes) {
    body.on('error', () => undefined).destroy();
    throw new Failure('upload.integrity', {
      details: { nextcloudFileId: file.fileId, expectedBytes: file.sizeBytes, storedBytes: sizeBytes },
    });
  }
  return verified(body, file);
};

/**
 * Where a stored file is now.
 * @throws Failure `nextcloud.not-found` (later) when it is nowhere below its request's folder
 */
export const pathOfStored = async (
  nextcloud: Source,
  file: StoredFile,
  signal: AbortSignal,
): Promise<string> => {
  if (file.requestFolder === null) throw notFound(file, { folder: 'unknown' });
  const stored = `${file.requestFolder}/${file.path}`;
  if ((await nextcloud.files.stat(stored, { signal }))?.fileId === file.fileId) return stored;
  const moved = await findMoved(nextcloud, file.requestFolder, file.fileId, signal);
  if (moved === undefined) throw notFound(file, {});
  return moved;
};

const getOrFind = async (nextcloud: Shelf, file: StoredFile, requestFolder: string, signal: AbortSignal) => {
  const stored = `${requestFolder}/${file.path}`;
  const atOnce = await ifThere(nextcloud.files.get(stored, { signal }));
  if (atOnce !== undefined) return atOnce;
  const moved = await findMoved(nextcloud, requestFolder, file.fileId, signal);
  const found = moved === undefined ? undefined : await ifThere(nextcloud.files.get(moved, { signal }));
  if (found === undefined) throw notFound(file, {});
  return found;
};

/** Breadth first, so that a folder that was only renamed is found soon. */
const findMoved = async (
  nextcloud: Shelf,
  requestFolder: string,
  fileId: number,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const folders = [requestFolder];
  for (let next = 0; next < Math.min(folders.length, mostFolders); next += 1) {
    const entries = await ifThere(nextcloud.files.list(folders[next] ?? requestFolder, { signal }));
    for (const entry of entries ?? []) {
      if (entry.fileId === fileId) return entry.path;
      if (entry.kind === 'directory') folders.push(entry.path);
    }
  }
  return undefined;
};

const ifThere = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (isFailure(error, 'nextcloud.not-found')) return undefined;
    throw error;
  }
};

/** Worth waiting for: staff may put it back, or the folder may be moving just now. */
const notFound = (file: StoredFile, more: Record<string, unknown>): Failure =>
  new Failure('nextcloud.not-found', {
    retry: 'later',
    details: { nextcloudFileId: file.fileId, path: file.path, ...more },
  });
