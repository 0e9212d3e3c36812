import type { Template } from './template.ts';

/** The page that says whether a receipt is genuine, and whether a file is the one. */
export interface VerifyMessages {
  title: string;
  text: string;
  receiptLabel: string;
  receiptHint: string;
  fileLabel: string;
  sha256Label: string;
  sha256Hint: string;
  submit: string;
  again: string;
  missing: string;
  notSha256: string;
  genuine: string;
  genuineText: (p: { at: string }) => string;
  notGenuine: Record<'unreadable' | 'signature', string>;
  reason: Record<'unreadable' | 'signature', string>;
  hashMatches: (p: { number: number }) => string;
  hashOther: string;
  says: string;
  compareTitle: string;
  compareText: string;
  compareLabel: string;
  compareNoScript: string;
  compare: CompareMessages;
}

/** Embedded in the page as JSON for its island, so strings only. */
export interface CompareMessages {
  working: Template<'share'>;
  same: Template<'number' | 'name'>;
  changed: Template<'number' | 'name'>;
  other: string;
  unreadable: string;
}
