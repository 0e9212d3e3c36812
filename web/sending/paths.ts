/** Files that computers put into folders for themselves. */
const systemFiles = new Set(['.ds_store', 'thumbs.db', 'desktop.ini', '.localized']);

/** True for what nobody meant to send; it is left out, and that is said. */
export const isSystemFile = (path: string): boolean => {
  const name = nameOf(path).toLowerCase();
  return systemFiles.has(name) || name.startsWith('._') || path.split('/').includes('__MACOSX');
};

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * The place of a file in what was chosen, with `/` and in NFC (a Mac sends `が` as two characters):
 * `2026/証憑/a.pdf`, or the bare name where no folder was chosen.
 */
export const pathOf = (file: { name: string; webkitRelativePath?: string }, folders = ''): string => {
  const relative = file.webkitRelativePath ?? '';
  const path = relative === '' ? `${folders}${file.name}` : relative;
  return path.normalize('NFC').replace(/^\/+/, '');
};

export interface Traits {
  path: string;
  sizeBytes: number;
  /** Milliseconds since 1970. */
  modifiedMs: number;
  type: string;
  /** Id of the checklist item that it is for; left out: none. */
  slot?: string;
}

/** What makes two files in one list the same file. One may be sent for two items. */
export const traitsKey = (traits: Traits): string =>
  [
    traits.path,
    traits.sizeBytes,
    traits.modifiedMs,
    traits.type,
    ...(traits.slot === undefined ? [] : [traits.slot]),
  ]
    .map((part) => encodeURIComponent(part))
    .join('|');

/** The last segment of an upload's address, which the server calls `uploadId`. */
export const uploadIdOf = (url: string): string => {
  const path = url.split(/[?#]/)[0] ?? '';
  return decodeURIComponent(nameOf(path.replace(/\/+$/, '')));
};
