/** Longest name that is made, in bytes of UTF-8: leaves room for a number below the usual 255. */
const nameLimitBytes = 240;
const extensionLimitBytes = 20;

/** Names that Windows keeps for devices, with or without an extension. */
const deviceName = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)/i;

/** Separators and what Windows forbids, control characters, and what turns text around or can't be seen. */
const unsafe = /[<>:"/\\|?*\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200B\u2060-\u2064\uFEFF\uFFF9-\uFFFB]/gu;

/**
 * One folder or file name that is harmless on every common file system, and not hidden. What was there before
 * can't be told from it, so two names may become one: see `planPaths`.
 */
export const safeName = (text: string): string => {
  // Through a buffer: half a surrogate pair becomes U+FFFD, as the file system would make it.
  const clean = Buffer.from(text, 'utf8')
    .toString('utf8')
    .normalize('NFC')
    .replaceAll(unsafe, '_')
    .replace(/^[\s.]+/u, (found) => '_'.repeat(found.length))
    .replace(/[\s.]+$/u, '');
  // Cutting can uncover a device's name once more.
  return besideDevice(shorten(besideDevice(clean === '' ? '_' : clean)));
};

const besideDevice = (name: string): string => (deviceName.test(name) ? `_${name}` : name);

/** `report.pdf`, `report (2).pdf`, `report (3).pdf`, … */
export const numbered = (name: string, number: number): string => {
  if (number === 1) return name;
  const [stem, extension] = split(name);
  return `${stem} (${number})${extension}`;
};

/** Equal for names that some file system takes for the same. */
export const fold = (name: string): string => name.normalize('NFC').toUpperCase().toLowerCase();

const split = (name: string): [string, string] => {
  const dot = name.lastIndexOf('.');
  return dot <= 0 || Buffer.byteLength(name.slice(dot)) > extensionLimitBytes
    ? [name, '']
    : [name.slice(0, dot), name.slice(dot)];
};

const shorten = (name: string): string => {
  if (Buffer.byteLength(name) <= nameLimitBytes) return name;
  const [stem, extension] = split(name);
  const roomBytes = nameLimitBytes - Buffer.byteLength(extension);
  let kept = '';
  let keptBytes = 0;
  for (const character of stem) {
    keptBytes += Buffer.byteLength(character);
    if (keptBytes > roomBytes) break;
    kept += character;
  }
  return `${kept.replace(/[\s.]+$/u, '')}${extension}`;
};

/** A file's place below the submission's folder. */
export interface PlannedPath {
  folders: string[];
  name: string;
}

export interface Plan {
  of(fileId: string): PlannedPath;
  /** Whether a name in a folder belongs to another file or folder of this plan. */
  isTaken(folders: readonly string[], name: string): boolean;
  take(folders: readonly string[], name: string): void;
}

export interface PlanOptions {
  /** Kept free at the top. */
  reservedNames?: readonly string[];
  /** What a template makes of a file's name, before it is made safe. */
  nameOf?: (name: string, item?: string) => string;
  /** What the system can hold as one name; default `safeName`. */
  safe?: (name: string) => string;
  /** For a system without folders: those that were sent become part of the name, with ` - ` between. */
  flat?: boolean;
}

/**
 * Gives every file of a delivery a safe path of its own, the same at every attempt. Names that become equal,
 * on any file system, are told apart by a number.
 */
export const planPaths = (
  files: readonly { id: string; path: string; item?: string | undefined }[],
  { reservedNames = [], nameOf = (name) => name, safe = safeName, flat = false }: PlanOptions = {},
): Plan => {
  const takenIn = new Map<string, Set<string>>([['', new Set(reservedNames.map(fold))]]);
  const names = (folders: readonly string[]): Set<string> => {
    const key = folders.map(fold).join('/');
    const known = takenIn.get(key) ?? new Set<string>();
    takenIn.set(key, known);
    return known;
  };
  const takeFree = (folders: readonly string[], wanted: string): string => {
    const taken = names(folders);
    for (let number = 1; ; number += 1) {
      const name = numbered(wanted, number);
      if (taken.has(fold(name))) continue;
      taken.add(fold(name));
      return name;
    }
  };

  const folderOf = new Map<string, string[]>([['', []]]);
  const placeFolder = (raw: readonly string[]): string[] => {
    const key = raw.join('/');
    const known = folderOf.get(key);
    if (known !== undefined) return known;
    const parent = placeFolder(raw.slice(0, -1));
    const placed = [...parent, takeFree(parent, safe(raw.at(-1) ?? ''))];
    folderOf.set(key, placed);
    return placed;
  };

  const planned = new Map<string, PlannedPath>();
  const inOrder = files
    .map(({ id, path, item }) => {
      const segments = path.split('/').filter((segment) => segment !== '');
      return { id, item, segments: flat ? [segments.join(' - ')] : segments };
    })
    .sort((a, b) => compare(a.segments.join('/'), b.segments.join('/')) || compare(a.id, b.id));
  for (const { segments } of inOrder) placeFolder(segments.slice(0, -1));
  for (const { id, item, segments } of inOrder) {
    const folders = placeFolder(segments.slice(0, -1));
    planned.set(id, { folders, name: takeFree(folders, safe(nameOf(segments.at(-1) ?? '', item))) });
  }
  return {
    of(fileId) {
      const path = planned.get(fileId);
      if (path === undefined) throw new Error('a file that is not in the plan');
      return path;
    },
    isTaken: (folders, name) => names(folders).has(fold(name)),
    take: (folders, name) => void names(folders).add(fold(name)),
  };
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
