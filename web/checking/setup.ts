import type { Language } from '../i18n/format.ts';
import type { CompareMessages } from '../i18n/verify-messages.ts';

/** What the page hands to its island: plain data, embedded as JSON. */
export interface CompareSetup {
  language: Language;
  messages: CompareMessages;
  /** Address of the worker's script. */
  workerPath: string;
  /** Of the receipt, in its order. */
  files: { name: string; sha256: string }[];
}

/** The elements that the page gives to its island. */
export const compareSetupId = 'compare-setup';
export const compareInputId = 'compare-files';
export const compareListId = 'compare-list';
/** Says each verdict to a screen reader, and no steps on the way. */
export const compareStatusId = 'compare-status';

/** What the worker is given is a `File`; what it answers: */
export type HashAnswer = { doneBytes: number } | { sha256: string } | { isUnreadable: true };

/** How a file fares against a receipt. */
export type Comparison = { kind: 'same' | 'changed'; number: number; name: string } | { kind: 'other' };

/** Content decides. A name that is on the receipt with other content is said, for that is what was looked for. */
export const compareFile = (
  files: readonly { name: string; sha256: string }[],
  chosen: { name: string; sha256: string },
): Comparison => {
  const base = (path: string) => path.slice(path.lastIndexOf('/') + 1).normalize('NFC');
  const find = (kind: 'same' | 'changed', isIt: (file: { name: string; sha256: string }) => boolean) => {
    const index = files.findIndex(isIt);
    const name = files[index]?.name;
    return name === undefined ? undefined : { kind, number: index + 1, name };
  };
  return (
    find('same', (file) => file.sha256 === chosen.sha256 && base(file.name) === base(chosen.name)) ??
    find('same', (file) => file.sha256 === chosen.sha256) ??
    find('changed', (file) => base(file.name) === base(chosen.name)) ?? { kind: 'other' }
  );
};
