import { fileTypeFromBuffer } from 'file-type';
import { checkContent, type Found, headBytes } from './rules/content.ts';

/** A PDF may begin with something else (PDF 1.7, implementation note 13). */
const pdfWithin = 1024;

const whatIsFound = async (head: Buffer): Promise<Found> => {
  const isUtf16 = head.length >= 2 && [0xfeff, 0xfffe].includes(head.readUInt16BE());
  // What is cut off in the middle, or made to mislead, is as good as unknown.
  const type = await fileTypeFromBuffer(head).catch(() => undefined);
  const pdf = head.subarray(0, pdfWithin).includes('%PDF-') ? 'pdf' : undefined;
  return { ending: type?.ext ?? pdf, isText: isUtf16 || !head.includes(0) };
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
  checkContent(name, await whatIsFound(head.subarray(0, headBytes)), allowedTypes);
};
