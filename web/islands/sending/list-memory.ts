import type { Traits } from '../../sending/paths.ts';

/** A file that was to be sent, as far as that has to be known to ask for it again. */
export type Listed = Pick<Traits, 'path' | 'sizeBytes' | 'slot'>;

/**
 * Every file of the submission that is being sent by this page's link, the portal knows only those that were begun.
 * Kept in this browser, and only until it is finished; where nothing can be kept, nothing is recalled.
 */
export interface ListMemory {
  keep(submissionId: string, files: readonly Listed[]): void;
  /** @returns undefined: it is not known which files there were */
  recall(submissionId: string | undefined): Listed[] | undefined;
  forget(): void;
}

export const createListMemory = (
  storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
  link: string,
): ListMemory => {
  const key = `uketori ${link}`;
  const attempt = <T>(task: () => T): T | undefined => {
    try {
      return task();
    } catch {
      return undefined;
    }
  };
  const forget = () => {
    attempt(() => storage().removeItem(key));
  };
  return {
    keep(submissionId, files) {
      attempt(() => storage().setItem(key, JSON.stringify({ submissionId, files })));
    },
    recall(submissionId) {
      const kept = attempt(
        () => JSON.parse(storage().getItem(key) ?? '{}') as { submissionId?: string; files?: Listed[] },
      );
      if (submissionId !== undefined && kept?.submissionId === submissionId) return kept.files;
      // Another's, or finished: on a machine that others use, too, no name stays.
      forget();
      return undefined;
    },
    forget,
  };
};
