import { pathOf } from '../../sending/paths.ts';

/** A file that was chosen, and its place among what was chosen. */
export interface Chosen {
  file: File;
  path: string;
}

/** What a file input holds. */
export const chosenFrom = (files: FileList | null): Chosen[] =>
  [...(files ?? [])].map((file) => ({ file, path: pathOf(file) }));

/**
 * What was dropped, with the folders in it. The entries are taken before anything is awaited: the browser empties
 * the transfer as soon as the event is over.
 */
export const droppedFrom = async (transfer: DataTransfer | null): Promise<Chosen[]> => {
  const items = [...(transfer?.items ?? [])].filter((item) => item.kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return chosenFrom(transfer?.files ?? null);
  const found = await Promise.all(entries.map((entry) => walk(entry, '')));
  return found.flat();
};

const walk = async (entry: FileSystemEntry, folders: string): Promise<Chosen[]> => {
  if (isFile(entry)) {
    const file = await new Promise<File | undefined>((resolve) =>
      entry.file(resolve, () => resolve(undefined)),
    );
    return file === undefined ? [] : [{ file, path: pathOf(file, folders) }];
  }
  if (!isFolder(entry)) return [];
  const found: Chosen[] = [];
  for (const inside of await list(entry)) found.push(...(await walk(inside, `${folders}${entry.name}/`)));
  return found;
};

/** A browser hands a folder out in pieces (Chromium: a hundred at a time) until one is empty. */
const list = async (folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> => {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const piece = await new Promise<FileSystemEntry[]>((resolve) =>
      reader.readEntries(resolve, () => resolve([])),
    );
    if (piece.length === 0) return entries;
    entries.push(...piece);
  }
};

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
