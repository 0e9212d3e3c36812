import { isFailure } from '../lib/failure.ts';
import type { Source } from './source.ts';

/** Folders that are looked through; one with more of them below it is left. */
const mostFolders = 2_000;

interface EmptyFolder {
  path: string;
  /** A path beside it, the same every time, that no sender can know. */
  aside: string;
}

/**
 * Removes a folder that holds no file at any depth; one that does is left, or put back. Nextcloud deletes a folder with what
 * came into it a moment ago, and no condition holds that back (`If-Match` is 412 for every folder, measured on 32.0.1; while
 * something is sent into it, DELETE is 423). So it is moved first to where nobody sends to, and looked at again there.
 * May be broken off anywhere and said again.
 */
export const removeEmptyFolder = async (
  { files }: Source,
  { path, aside }: EmptyFolder,
  signal: AbortSignal,
): Promise<void> => {
  const isEmpty = (folder: string): Promise<boolean> => holdsNoFile(files, folder, signal);
  // Moved by an attempt that was broken off.
  if ((await files.stat(aside, { signal })) === undefined) {
    if ((await files.stat(path, { signal }))?.kind !== 'directory' || !(await isEmpty(path))) return;
    await files.move(path, aside, { signal, overwrite: false });
  }
  if (await isEmpty(aside)) {
    await files.remove(aside, { signal });
    return;
  }
  try {
    await files.move(aside, path, { signal, overwrite: false });
  } catch (error) {
    // Made anew meanwhile. Nothing is lost: what lies here is found as all is that comes another way.
    if (!isFailure(error, 'nextcloud.exists')) throw error;
  }
};

const holdsNoFile = async (files: Source['files'], folder: string, signal: AbortSignal): Promise<boolean> => {
  const folders = [folder];
  for (let next = 0; next < folders.length; next += 1) {
    if (next >= mostFolders) return false;
    for (const entry of await files.list(folders[next] ?? folder, { signal })) {
      if (entry.kind === 'file') return false;
      folders.push(entry.path);
    }
  }
  return true;
};
