import type { VerifyMessages } from '../verify-messages.ts';

export const verify: VerifyMessages = {
  title: 'Check a receipt',
  text: 'Here you learn whether a receipt was issued by this portal and is unaltered, and whether a file is the one that was received. It needs the receipt as text: open the receipt and choose “Save as text”.',
  receiptLabel: 'Text of the receipt',
  receiptHint: 'The whole text, from the first line to the signature.',
  fileLabel: 'Or the text file of the receipt',
  sha256Label: 'SHA-256 to compare',
  sha256Hint: 'Only if you have worked one out yourself: 64 digits and letters from a to f.',
  submit: 'Check',
  again: 'Check another',
  missing: 'Paste the text of a receipt, or choose its file.',
  notSha256: 'This is no SHA-256: it has 64 digits and letters from a to f.',
  genuine: 'This receipt is genuine',
  genuineText: ({ at }) =>
    `It was issued by this portal on ${at}, and nothing in it has been altered. It says what was so then: if files were taken back since, there is a later one with the same number.`,
  notGenuine: {
    unreadable: 'This receipt could not be verified',
    signature: 'This receipt is not genuine',
  },
  reason: {
    unreadable:
      'The text is not a whole receipt as this portal writes it: something is missing, was added or was altered. Take it from the file that was saved, and change nothing in it.',
    signature:
      'The signature does not fit the text. Either something in it was altered, or it was issued somewhere else.',
  },
  hashMatches: ({ number }) => `The SHA-256 is that of file ${number}:`,
  hashOther: 'No file on this receipt has this SHA-256:',
  says: 'What it says',
  compareTitle: 'Is a file the one on this receipt?',
  compareText:
    'Choose one or more files. They stay on your device: only your browser reads them, and nothing is sent.',
  compareLabel: 'Files to compare',
  compareNoScript:
    'With JavaScript your browser would compare files here. Without it, work out the SHA-256 of the file with a program and enter it below.',
  compare: {
    working: 'Comparing: {share}',
    same: 'This is the file: it is file {number} on the receipt, “{name}”.',
    changed: 'This is not the file: file {number} on the receipt, “{name}”, has other content.',
    other: 'This is not the file: nothing on the receipt has this content.',
    unreadable: 'The file could not be read. It may have been moved or changed; choose it again.',
  },
};
