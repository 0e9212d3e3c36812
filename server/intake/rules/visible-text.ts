/**
 * What nobody sees, and what moves the text around it: Unicode's invisible format characters, those of writing from right to left
 * among them. Joiners stay (emoji and scripts are made with them), and so do the tags of a flag.
 */
const unseen =
  /(?!\u200c|\u200d)(?=\p{Default_Ignorable_Code_Point})(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]*)\p{Cf}|[\ufff9-\ufffb]/gu;

/** The text without characters that nobody sees and that can make it look like another. */
export const withoutUnseen = (text: string): string => text.replaceAll(unseen, '');

/** The same on one line: breaks and tabs become spaces. */
export const oneLine = (text: string): string =>
  withoutUnseen(text).replaceAll(/[\t-\r\u0085\u2028\u2029]+/g, ' ');

/** Whether there is anything in it to be seen: not only spaces, fillers, joiners and marks. */
export const showsSomething = (text: string): boolean =>
  /(?!\p{Default_Ignorable_Code_Point}|\u2800)[\p{L}\p{N}\p{P}\p{S}]/u.test(text);
