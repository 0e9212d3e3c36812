import type { NextcloudEntry, NextcloudPlace } from '../destinations/destination.ts';

/** Folders below a request's that are looked into, and entries that are taken note of, in one look. */
const mostFolders = 20_000;

/**
 * Lists what is below a folder, asking only for what has changed: a folder's ETag changes with everything below it
 * (measured on Nextcloud 32.0.1). Remembers what it has seen for as long as this process lives.
 */
export interface FolderTree {
  /** Every file below the folder. @throws Failure `nextcloud.not-found` when the folder is not there */
  filesBelow(
    nextcloud: Pick<NextcloudPlace, 'list'>,
    folder: string,
    signal: AbortSignal,
  ): Promise<NextcloudEntry[]>;
}

interface Known {
  etag: string;
  entries: NextcloudEntry[];
}

export const createFolderTree = (): FolderTree => {
  const known = new Map<string, Known>();
  return {
    async filesBelow(nextcloud, folder, signal) {
      const found: NextcloudEntry[] = [];
      const seen = new Set<string>();
      // The folder itself is always asked: nobody has told its ETag.
      const pending: { path: string; etag: string | undefined }[] = [{ path: folder, etag: undefined }];
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        signal.throwIfAborted();
        if (seen.size >= mostFolders) break;
        seen.add(next.path);
        const before = known.get(next.path);
        const entries =
          before !== undefined && before.etag === next.etag
            ? before.entries
            : await nextcloud.list(next.path, { signal });
        if (next.etag !== undefined) known.set(next.path, { etag: next.etag, entries });
        for (const entry of entries)
          if (entry.kind === 'file') found.push(entry);
          else pending.push({ path: entry.path, etag: entry.etag });
      }
      for (const path of known.keys())
        if (path.startsWith(`${folder}/`) && !seen.has(path)) known.delete(path);
      return found;
    },
  };
};
