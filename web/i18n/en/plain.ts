import type { PlainMessages } from '../plain-messages.ts';
import { numberIn } from '../words.ts';

const n = numberIn('en');

const files = (count: number): string => (count === 1 ? '1 file' : `${n(count)} files`);

export const plain: PlainMessages = {
  hint: 'JavaScript is off here, and you can send all the same. Only, if the connection breaks, you have to start again. For large files or an unsteady line, better open this link in a browser with JavaScript: there sending goes on where it stopped.',
  unfinished: 'You have begun a submission here and not finished it.',
  goOn: 'Look at it and go on',
  files: 'Files to send',
  several: 'You can choose several at once.',
  stayOpen:
    'After pressing the button, please keep this page open until the receipt appears. Large files take a while; only the browser itself shows how far it is.',
  again: {
    title: 'Nothing has been sent yet',
    correct: 'Please correct what is marked.',
    files: 'Please choose your files again: a browser does not keep them. What you typed is still here.',
  },
  passwordFirst:
    'Nothing of what you have just sent was kept, because the password has to be entered again first. Enter it, then fill in the form and send your files once more.',
  closed: {
    title: 'This collection was closed while you were sending',
    some: 'What is listed here as arrived is safe and gets a receipt. The rest was not taken.',
    none: 'What you have just sent was not taken: the collection was closed, or its deadline passed, while it was on its way.',
    before: 'What arrived from you before is safe. Its receipts are listed below.',
    nothingBefore: 'Nothing had arrived from this browser before.',
    receipt: 'Look for the receipt',
  },
  waiting: {
    title: 'Everything has arrived',
    text: 'Your files are being checked and stored. Nothing more can get lost on the way. The receipt appears here by itself in a moment.',
    look: 'Look now',
  },
  sealed: { title: 'This submission is complete', receipt: 'Open the receipt' },
  open: {
    title: 'Not finished yet',
    arrived: ({ count }) => `${files(count)} arrived`,
    none: 'No file has arrived yet.',
    refused: 'Not taken',
    notWhole: 'Did not arrive whole. Please send it again.',
    tooLate: 'It came after the collection was closed. Nothing of it was kept.',
    broken:
      'Sending stopped before its end. Files that are not in the list have not arrived; please send them again.',
    skipped: ({ count }) =>
      `${count === 1 ? '1 system file was' : `${n(count)} system files were`} left out (.DS_Store, Thumbs.db, desktop.ini, ._…).`,
    finish: ({ count }) => (count === 1 ? 'Finish with this file' : `Finish with these ${n(count)} files`),
    finishText: 'If that is all, finish here. You get a receipt for what has arrived.',
    addTitle: 'Send more',
    addText: 'Choose only what is still missing. When all of it is here, the submission is finished.',
    add: 'Send and finish',
    noMore: 'No more files are taken. What has arrived is safe.',
  },
};
