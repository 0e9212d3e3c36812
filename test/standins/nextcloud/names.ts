import { invalidPath } from './failures.ts';

/**
 * Throws `DavError` 400 for a name that a fresh server refuses; `con.txt`, trailing spaces, emoji and colons pass
 * (measured on Nextcloud 32.0.1).
 */
export const requireAllowedName = (name: string): void => {
  const lower = name.toLowerCase();
  if (lower === '.htaccess') throw invalidPath('Filename is a reserved word');
  if (name.includes('\\')) throw invalidPath('"\\" is not allowed inside a file or folder name.');
  for (const extension of ['.filepart', '.part']) {
    if (lower.endsWith(extension)) throw invalidPath(`"${extension}" is a forbidden file type.`);
  }
  if (Buffer.byteLength(name) > 250) throw invalidPath('Filename is too long');
};

/**
 * The names on a path as Nextcloud keeps them: NFC, so the two spellings of one accented name are one file
 * (measured on Nextcloud 32.0.1). Nothing where a name climbs.
 */
export const storedNames = (segments: readonly string[]): string[] | undefined =>
  segments.some((name) => name === '.' || name === '..')
    ? undefined
    : segments.map((name) => name.normalize('NFC'));

/** Digits count as numbers, everything else by code unit: the order in which parts are joined. */
export const compareNaturally = (left: string, right: string): number => {
  const [lefts, rights] = [left.match(/\d+|\D+/g) ?? [], right.match(/\d+|\D+/g) ?? []];
  for (const [index, a] of lefts.entries()) {
    const b = rights[index];
    if (b === undefined) return 1;
    const order = /^\d/.test(a) && /^\d/.test(b) ? compare(BigInt(a), BigInt(b)) : compare(a, b);
    if (order !== 0) return order;
  }
  return lefts.length === rights.length ? compare(left, right) : -1;
};

const compare = <T extends bigint | string>(a: T, b: T): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
