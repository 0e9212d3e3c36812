import type { Limits } from './limits.ts';

/** What a checklist item asks of the files that are sent for it; null: nothing. */
interface ItemRules {
  maxFileBytes: number | null;
  maxFiles: number | null;
  allowedTypes: readonly string[];
}

/** The limits of one checklist item. Those of its request hold beside them. */
export const limitsOfItem = ({ maxFileBytes, maxFiles, allowedTypes }: ItemRules): Limits => ({
  maxFileBytes,
  maxFilesPerSubmission: maxFiles,
  maxBytesPerSubmission: null,
  maxBytesPerRequest: null,
  allowedTypes,
});

/**
 * The required items for which there is no file. One without a byte is none.
 * @param uploads all that count: also those of a submission that this one adds to
 */
export const missingItems = <T extends { id: string; required: boolean }>(
  items: readonly T[],
  uploads: readonly { checklistItemId: string | null; sizeBytes: number | null }[],
): T[] => {
  const there = new Set(
    uploads.flatMap(({ checklistItemId, sizeBytes }) => (sizeBytes === 0 ? [] : checklistItemId)),
  );
  return items.filter(({ id, required }) => required && !there.has(id));
};
