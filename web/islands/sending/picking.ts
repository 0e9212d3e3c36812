import { pathOf } from '../../sending/paths.ts';

/** A file that was chosen, and its place among what was chosen. */
export interface Chosen {
  file: File;
  path: string;
}

export interface Picking {
  chosen: Chosen[];
  /** The id of the checklist item that they are for; left out: none. */
  slot?: string;
  /** Files and folders that the browser would not hand out. */
  unreadable: number;
}

/** What a file input holds. */
export const chosenFrom = (files: FileList | null): Picking => ({
  chosen: [...(files ?? [])].map((file) => ({ file, path: pathOf(file) })),
  unreadable: 0,
});

/**
 * What was dropped or pasted, with the folders in it. The entries are taken before anything is awaited: the browser
 * empties the transfer as soon as the event is over.
 */
export const droppedFrom = async (transfer: DataTransfer | null): Promise<Picking> => {
  const items = [...(transfer?.items ?? [])]
    .filter((item) => item.kind === 'file')
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  if (!items.some(({ entry }) => entry?.isDirectory === true)) return chosenFrom(transfer?.files ?? null);
  const picking: Picking = { chosen: [], unreadable: 0 };
  for (const { entry, file } of items) {
    if (entry !== null) await walk(entry, '', picking);
    // A picture that was copied, and not a file that was, has no entry.
    else if (file !== null) picking.chosen.push({ file, path: pathOf(file) });
  }
  return picking;
};

/**
 * Whether a paste means its files: they may come with words, as a table's cells do as a picture, and in a field it is
 * the words that are meant.
 */
export const pastesFiles = (transfer: DataTransfer | null, target: EventTarget | null): boolean => {
  if (transfer === null || transfer.files.length === 0) return false;
  const isField = target instanceof HTMLElement && target.matches('input:not([type=file]), textarea');
  return !isField || !transfer.types.includes('text/plain');
};

const walk = async (entry: FileSystemEntry, folders: string, picking: Picking): Promise<void> => {
  if (isFile(entry)) {
    const file = await new Promise<File | undefined>((resolve) =>
      entry.file(resolve, () => resolve(undefined)),
    );
    if (file === undefined) picking.unreadable += 1;
    else picking.chosen.push({ file, path: pathOf(file, folders) });
  } else if (isFolder(entry)) {
    const inside = await list(entry);
    if (inside === undefined) picking.unreadable += 1;
    for (const each of inside ?? []) await walk(each, `${folders}${entry.name}/`, picking);
  }
};

/** A browser hands a folder out in pieces (Chromium: a hundred at a time) until one is empty. @returns undefined: it can't be read */
const list = async (folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[] | undefined> => {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const piece = await new Promise<FileSystemEntry[] | undefined>((resolve) =>
      reader.readEntries(resolve, () => resolve(undefined)),
    );
    if (piece === undefined) return undefined;
    if (piece.length === 0) return entries;
    entries.push(...piece);
  }
};

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
