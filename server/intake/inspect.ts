import { fileTypeFromBuffer } from 'file-type';
import { checkContent, headBytes } from './rules/content.ts';

/** A PDF may begin with something else (PDF 1.7, implementation note 13). */
const pdfWithin = 1024;

/** @returns the ending that the first bytes of a file speak for, lower case, without the dot */
const endingFoundIn = async (head: Buffer): Promise<string | undefined> => {
  // What is cut off in the middle, or made to mislead, is as good as unknown.
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  if (found !== undefined) return found.ext;
  return head.subarray(0, pdfWithin).includes('%PDF-') ? 'pdf' : undefined;
};

/**
 * Looks at the beginning of a file whose request takes only some types. An empty file is of any.
 * @throws Failure `upload.content-other`
 */
export const inspectContent = async (
  name: string,
  head: Buffer,
  allowedTypes: readonly string[],
): Promise<void> => {
  if (allowedTypes.length === 0 || head.length === 0) return;
  checkContent(name, await endingFoundIn(head.subarray(0, headBytes)), allowedTypes);
};
