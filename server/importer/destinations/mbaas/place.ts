import { Failure } from '../../../lib/failure.ts';
import type { DeliveryContext } from '../destination.ts';
import type { Content, Files, Meta } from './files.ts';
import type { Names } from './names.ts';

/** What is put into the bucket for a delivery: one of its files, or its manifest. */
export interface Piece extends Content {
  id: string;
  /** Whether a file that is ours by its options is this one, whole. */
  isWhole(seen: Meta): boolean | Promise<boolean>;
  /** Whether one of ours that isn't whole was never finished; otherwise somebody has changed it since. */
  isUnfinished(seen: Meta): boolean;
  /** Where it was when the manifest was written, if one is there. */
  toldName?: string | undefined;
}

/** One attempt's view of the bucket. */
export interface Attempt {
  deliveryKey: string;
  files: Files;
  names: Names;
  context: DeliveryContext;
  /** Whether files in the bucket can be seen at all. */
  mayRead(): Promise<boolean>;
}

/** What tells that a file was put there for this delivery. */
export const marksOf = (deliveryKey: string, id: string): Record<string, string> => ({
  uketoriDelivery: deliveryKey,
  uketoriFile: id,
});

export const isOurs = (seen: Meta, deliveryKey: string, id: string): boolean =>
  Object.entries(marksOf(deliveryKey, id)).every(([name, value]) => seen.options?.[name] === value);

/** @returns what is there for a delivery's file or manifest, finished or not */
export const find = async (attempt: Attempt, id: string): Promise<Meta | undefined> => {
  for (const { name } of attempt.names.candidates(id)) {
    const seen = await look(attempt, name, id);
    if (seen !== 'other') return seen;
  }
  return undefined;
};

export interface Placed {
  meta: Meta;
  kept: boolean;
}

/**
 * Puts a file under its name, or keeps the one that is there. Where somebody else's has the name, or one of ours that
 * somebody has changed, the next free number is taken; an unfinished one of ours is written again.
 */
export const put = async (attempt: Attempt, piece: Piece): Promise<Placed> => {
  const { files, names } = attempt;
  if (piece.toldName !== undefined) {
    const seen = await look(attempt, piece.toldName, piece.id);
    if (typeof seen === 'object' && (await piece.isWhole(seen))) return keep(attempt, seen);
  }
  for (const { name, number } of names.candidates(piece.id)) {
    let seen = await look(attempt, name, piece.id);
    if (seen === undefined) {
      await names.stepAside(piece.id, number);
      const made = await files.create(name, piece);
      if (made !== 'taken') {
        names.take(name);
        return { meta: made, kept: false };
      }
      // A twin, or somebody else, was faster.
      seen = await look(attempt, name, piece.id);
      if (seen === undefined) throw conflict('later', { name, problem: 'taken, and free again' });
    }
    if (seen === 'other') continue;
    if (await piece.isWhole(seen)) return keep(attempt, seen);
    if (!piece.isUnfinished(seen)) continue;
    names.take(name);
    return { meta: await files.replace(seen, piece), kept: false };
  }
  throw conflict('never', { file: piece.id, problem: 'too many other files of that name' });
};

const keep = ({ names }: Attempt, meta: Meta): Placed => {
  names.take(meta.filename);
  return { meta, kept: true };
};

const look = async (attempt: Attempt, name: string, id: string): Promise<Meta | 'other' | undefined> => {
  attempt.context.signal.throwIfAborted();
  const seen = await attempt.files.meta(name);
  if (seen === undefined) return undefined;
  if (seen !== 'closed') return isOurs(seen, attempt.deliveryKey, id) ? seen : 'other';
  // One that we may not see is somebody else's, unless we may see none: then ours could not be told from it.
  if (await attempt.mayRead()) return 'other';
  throw unreadable();
};

export const unreadable = (): Failure =>
  new Failure('destination.auth', {
    retry: 'later',
    details: { problem: 'the account may not read in the bucket, so what is ours there can not be told' },
  });

const conflict = (retry: 'never' | 'later', details: Record<string, unknown>): Failure =>
  new Failure('destination.conflict', { retry, details });
