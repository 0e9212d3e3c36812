import { randomBytes } from 'node:crypto';
import { Failure } from '../../../lib/failure.ts';
import type { DeliveryFile, NextcloudEntry } from '../destination.ts';
import { numbered } from '../names.ts';
import type { Target } from './target.ts';

/** Other files of the same name that are stepped aside for, before it is called a conflict. */
const mostNumbers = 100;

/** A file that is to be copied into a folder. */
export interface Errand {
  target: Target;
  file: DeliveryFile;
  /** Path of the folder. */
  parent: string;
  /** What the folder held when this attempt came to it. */
  held: readonly NextcloudEntry[];
  /** The name that the copy should have. */
  name: string;
  /** Names that are kept for other files of the delivery. */
  isTaken(name: string): boolean;
  /** Of names that are made for a moment; the same at every attempt of this delivery. */
  temporaryPrefix: string;
}

export interface Copied {
  entry: NextcloudEntry;
  /** It was there already. */
  kept: boolean;
}

/**
 * Copies within Nextcloud under a hidden name, reads the copy back, and only then gives it its name: what has a name is
 * whole. What is there with the same bytes is kept; where other bytes have the name, the next free number is taken.
 */
export const copyFile = async (errand: Errand): Promise<Copied> => {
  const { target, file, parent, held } = errand;
  let temporary: Temporary | undefined;
  try {
    for (const name of namesFor(errand)) {
      const path = `${parent}/${name}`;
      const before = held.find((entry) => entry.name === name);
      if (before !== undefined && (await target.holds(before, file))) return { entry: before, kept: true };
      if (before !== undefined) continue;
      temporary ??= await copyAside(errand);
      const outcome = await target.move(temporary.path, path);
      if (outcome === 'gone') throw interfered(file);
      const entry = await target.stat(path);
      if (outcome === 'moved') {
        const { fileId } = temporary;
        temporary = undefined;
        if (entry !== undefined && entry.fileId === fileId) return { entry, kept: false };
      }
      // Of two that come at once both can be told that they have the name (seen on Nextcloud 32.0.1): look what is there.
      if (entry !== undefined && (await target.holds(entry, file)))
        return { entry, kept: outcome === 'taken' };
      if (outcome === 'moved') throw interfered(file);
    }
  } finally {
    // What stays is cleared away by the next attempt.
    if (temporary !== undefined) await target.remove(temporary.path).catch(() => undefined);
  }
  throw new Failure('destination.conflict', {
    details: { folder: parent, name: errand.name, problem: 'too many other files of that name' },
  });
};

function* namesFor({ name, isTaken }: Errand): Generator<string> {
  for (let number = 1; number <= mostNumbers; number += 1) {
    const candidate = numbered(name, number);
    if (number === 1 || !isTaken(candidate)) yield candidate;
  }
}

interface Temporary {
  path: string;
  fileId: number | undefined;
}

/** A copy of the right bytes, under a name that no other attempt has. */
const copyAside = async ({ target, file, parent, temporaryPrefix }: Errand): Promise<Temporary> => {
  const path = `${parent}/${temporaryPrefix}${randomBytes(6).toString('hex')}`;
  const copied = await target.copy(await file.nextcloudPath(), path);
  if (typeof copied === 'string') throw interfered(file);
  if ((await target.hash(path, file.sizeBytes)) === file.sha256) return { path, fileId: copied.fileId };
  await target.remove(path).catch(() => undefined);
  await requireSource(file);
  throw new Failure('destination.unavailable', {
    retry: 'later',
    details: { file: file.id, problem: 'the copy has other bytes than the file' },
  });
};

/** Reads the stored file to its end. @throws Failure of its own where it is not what was stored any more */
const requireSource = async (file: DeliveryFile): Promise<void> => {
  for await (const _ of (await file.open()) as AsyncIterable<Buffer>);
};

/** A twin, or staff, were at it. */
const interfered = (file: DeliveryFile): Failure =>
  new Failure('destination.unavailable', {
    retry: 'later',
    details: { file: file.id, problem: 'it was moved or cleared away meanwhile' },
  });
