import { Failure } from '../../lib/failure.ts';

/** What a server forbids in names, as its capabilities say, beside what we never accept. */
export interface NameRules {
  /** Lower case: `.htaccess`. */
  forbiddenNames: readonly string[];
  /** Lower case, the part before the first dot: `con` on servers that must please Windows. */
  forbiddenBasenames: readonly string[];
  /** Lower case endings: `.part`. */
  forbiddenExtensions: readonly string[];
  forbiddenCharacters: readonly string[];
}

/** What every Nextcloud refuses (measured on 32.0.1: each of these is a 400). */
export const baseNameRules: NameRules = {
  forbiddenNames: ['.htaccess', '.user.ini'],
  forbiddenBasenames: [],
  forbiddenExtensions: ['.part', '.filepart'],
  forbiddenCharacters: ['\\', '/'],
};

/** Bytes of UTF-8. Nextcloud takes 250, and ` (99)` must still find room. */
export const maxNameBytes = 240;
const maxPathBytes = 1500;
const maxDepth = 20;

const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;
/** Change how a name looks without changing how it reads: direction overrides, zero-width, byte order mark. */
const invisible = /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

/**
 * The name under which a file that was sent is stored: NFC, trimmed, with a visible `_` for characters that cannot
 * be seen. The sent name is kept beside it.
 * @throws Failure `upload.name-…`, which names the rule
 */
export const storedName = (sent: string, rules: NameRules): string => {
  if (/[/\\]/.test(sent)) throw refused('upload.name-path', sent);
  if (controlCharacter.test(sent)) throw refused('upload.name-control-character', sent);
  const name = trimmed(sent.normalize('NFC').replaceAll(invisible, '_'));
  if (sent.trim() === '.' || sent.trim() === '..') throw refused('upload.name-path', sent);
  if (name === '') throw refused('upload.name-empty', sent);
  if (Buffer.byteLength(name) > maxNameBytes)
    throw new Failure('upload.name-too-long', { params: { name: shown(sent), limit: maxNameBytes } });
  if (isForbidden(name, rules)) throw refused('upload.name-forbidden', sent);
  return name;
};

const isForbidden = (name: string, rules: NameRules): boolean => {
  const lower = name.toLowerCase();
  const basename = lower.replace(/(?<=.)\..*$/u, '');
  return (
    rules.forbiddenNames.includes(lower) ||
    rules.forbiddenBasenames.includes(basename) ||
    rules.forbiddenExtensions.some((extension) => lower.endsWith(extension)) ||
    rules.forbiddenCharacters.some((character) => name.includes(character))
  );
};

/**
 * The place of a file below its submission's folder: the folders that the submitter sent, and the name.
 * @param sentFolder `2026/証憑`, or empty; never absolute, never with `..`
 */
export const storedPath = (sentFolder: string, sentName: string, rules: NameRules): string => {
  const folders = sentFolder === '' ? [] : sentFolder.split('/');
  if (folders.includes('')) throw refused('upload.name-path', sentFolder);
  if (folders.length > maxDepth)
    throw new Failure('upload.name-too-long', { params: { name: shown(sentFolder), limit: maxDepth } });
  const path = [...folders, sentName].map((segment) => storedName(segment, rules)).join('/');
  if (Buffer.byteLength(path) > maxPathBytes)
    throw new Failure('upload.name-too-long', { params: { name: shown(sentName), limit: maxPathBytes } });
  return path;
};

/** Two paths with one key would meet on some file system: NFC, case-folded. */
export const pathKey = (path: string): string => path.normalize('NFC').toLowerCase();

/** The n-th name for a path whose name is taken: `報告.pdf`, `報告 (2).pdf`, `報告 (3).pdf`. */
export const numberedPath = (path: string, n: number): string => {
  if (n <= 1) return path;
  const slash = path.lastIndexOf('/') + 1;
  const dot = path.lastIndexOf('.');
  const end = dot > slash ? dot : path.length;
  return `${path.slice(0, end)} (${n})${path.slice(end)}`;
};

/**
 * A place that meets none of those that are taken, also not as a file where another has a folder: the file's name, or
 * the first folder that stands in the way, is numbered.
 * @param taken keys (`pathKey`) of the other files of the submission
 */
export const freePath = (path: string, taken: readonly string[]): string => {
  const files = new Set(taken);
  const isFolder = (key: string) => taken.some((other) => other.startsWith(`${key}/`));
  const segments = path.split('/');
  return segments.reduce((above, segment, index) => {
    const isLast = index === segments.length - 1;
    const wanted = above === '' ? segment : `${above}/${segment}`;
    for (let n = 1; ; n += 1) {
      const candidate = numberedPath(wanted, n);
      const key = pathKey(candidate);
      if (!files.has(key) && !(isLast && isFolder(key))) return candidate;
    }
  }, '');
};

/** A folder name made from words that people typed: nothing is refused, what can't stand is left out. */
export const folderName = (words: string, maxBytes = 120): string => {
  const clean = words
    .normalize('NFC')
    // Half a character, as JSON can carry it, can't be written in an address.
    .replaceAll(/\p{Surrogate}/gu, '')
    .replaceAll(invisible, '')
    .replaceAll(/[\u0000-\u001f\u007f-\u009f/\\:*?"<>|]+/g, ' ')
    .replaceAll(/\s+/gu, ' ');
  let short = '';
  for (const character of clean.trim()) {
    if (Buffer.byteLength(short + character) > maxBytes) break;
    short += character;
  }
  // Hidden names, and endings that Nextcloud keeps for itself, would fail at the first file.
  return short.replace(/^[\s.]+/u, '').replace(/(?:\.(?:file)?part|[\s.])+$/iu, '');
};

/** The folder for the files of a checklist item: made of its label, and one that the server takes. */
export const itemFolder = (label: string, rules: NameRules): string => {
  const possible = rules.forbiddenCharacters.reduce((words, each) => words.replaceAll(each, ' '), label);
  const name = folderName(possible) || 'item';
  return isForbidden(name, rules) ? `_${name}_` : name;
};

/** No space at either end, no dot at the end: some systems drop them, and two names become one. */
const trimmed = (name: string): string => name.replaceAll(/^\s+|[\s.]+$/gu, '');

const refused = (
  code: 'upload.name-path' | 'upload.name-control-character' | 'upload.name-empty' | 'upload.name-forbidden',
  sent: string,
): Failure => new Failure(code, { params: { name: shown(sent) } });

/** A name as it may be repeated in a message: nothing invisible, and not too long. */
const shown = (sent: string): string =>
  sent
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '�')
    .replaceAll(invisible, '_')
    .slice(0, 80);
