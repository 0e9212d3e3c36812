import type { Traits } from './paths.ts';
import { pathOf } from './paths.ts';
import type { FileStatus, Unfinished } from './status.ts';
import type { ItemView } from './view.ts';

/** A file of an unfinished submission, as the portal remembers it. */
export interface Remembered {
  key: string;
  /** Undefined: nothing of it has been sent. */
  uploadId: string | undefined;
  path: string;
  /** Id of the checklist item that it is for. */
  slot: string | undefined;
  sizeBytes: number;
  modifiedMs: number | undefined;
  fingerprint: string | undefined;
  isThere: boolean;
}

/** What can be gone on with, or has arrived. Each is a line of the list, by the id of its upload. */
export const rememberedIn = ({ files }: Pick<Unfinished, 'files'>): Remembered[] =>
  files.flatMap((file) => {
    const { uploadId, sizeBytes, metadata } = file;
    if (sizeBytes === null || file.state === 'failed' || file.state === 'abandoned') return [];
    return [
      {
        key: uploadId,
        uploadId,
        path: sentPath(file),
        slot: metadata.item ?? undefined,
        sizeBytes,
        modifiedMs: Number(metadata.lastModified ?? Number.NaN) || undefined,
        fingerprint: metadata.fingerprint ?? undefined,
        isThere: file.state !== 'uploading',
      },
    ];
  });

/** What was to be sent as well, and has not been begun. @param listed all that was to be sent */
export const notBegun = (
  listed: readonly Pick<Traits, 'path' | 'sizeBytes' | 'slot'>[],
  begun: readonly Remembered[],
): Remembered[] => {
  const left = [...begun];
  return listed.flatMap(({ path, sizeBytes, slot }, index) => {
    const at = left.findIndex((one) => one.path === path && one.sizeBytes === sizeBytes && one.slot === slot);
    if (at >= 0) {
      left.splice(at, 1);
      return [];
    }
    const rest = { uploadId: undefined, modifiedMs: undefined, fingerprint: undefined, isThere: false };
    return [{ key: `listed ${index}`, path, slot, sizeBytes, ...rest }];
  });
};

const sentPath = ({ name, metadata }: FileStatus): string =>
  pathOf({ name: metadata.filename ?? name, webkitRelativePath: metadata.relativePath ?? '' });

export const itemOf = (remembered: Remembered, offsetBytes: number): ItemView => ({
  key: remembered.key,
  path: remembered.path,
  slot: remembered.slot,
  sizeBytes: remembered.sizeBytes,
  sentBytes: remembered.isThere ? remembered.sizeBytes : offsetBytes,
  state: remembered.isThere ? 'arrived' : 'missing',
});

/** `changed`: it is called the same, and its content is another: it can't be gone on with. */
export type Recognised = { kind: 'same' | 'changed'; remembered: Remembered } | undefined;

/**
 * Which of the files that were begun this one is. A name alone says nothing: phones call every photo `image.jpg`, and
 * make another file of the same photo each time that it is chosen. What is chosen for an item is one that was begun for
 * it; what is chosen among other files may be any. Two contents must never be joined into one file.
 */
export const recognise = (
  file: Pick<Traits, 'path' | 'sizeBytes' | 'modifiedMs' | 'slot'> & { fingerprint: string | undefined },
  begun: readonly Remembered[],
): Recognised => {
  const known = file.slot === undefined ? begun : begun.filter(({ slot }) => slot === file.slot);
  // Of what has not been begun nothing can be joined with something else.
  const alike = known.filter((one) =>
    one.uploadId === undefined ? one.path === file.path : isSame(file, one),
  );
  const same = alike.find(({ path }) => path === file.path) ?? alike[0];
  if (same !== undefined) return { kind: 'same', remembered: same };
  const namesake = known.find(
    ({ path, slot, isThere }) => path === file.path && slot === file.slot && !isThere,
  );
  return namesake && { kind: 'changed', remembered: namesake };
};

const isSame = (
  file: Pick<Traits, 'path' | 'sizeBytes' | 'modifiedMs'> & { fingerprint: string | undefined },
  one: Remembered,
): boolean => {
  if (file.sizeBytes !== one.sizeBytes) return false;
  if (file.fingerprint !== undefined && one.fingerprint !== undefined)
    return file.fingerprint === one.fingerprint;
  return file.path === one.path && file.modifiedMs === one.modifiedMs;
};
