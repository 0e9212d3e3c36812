import type { PlainMessages } from '../plain-messages.ts';

const files = (count: number): string => (count === 1 ? '1 file' : `${count} files`);

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
    text: 'Please correct what is marked, and choose your files again: the browser does not keep them.',
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
    refused: 'Did not arrive',
    notWhole: 'Did not arrive whole. Please send it again.',
    broken:
      'Sending stopped before its end. Files that are not in the list have not arrived; please send them again.',
    skipped: ({ count }) =>
      `${count === 1 ? '1 system file was' : `${count} system files were`} left out (.DS_Store, Thumbs.db, desktop.ini, ._…).`,
    finish: ({ count }) => (count === 1 ? 'Finish with this file' : `Finish with these ${count} files`),
    finishText: 'If that is all, finish here. You get a receipt for what has arrived.',
    addTitle: 'Send more',
    addText: 'Choose only what has not arrived. When all of it is here, the submission is finished.',
    add: 'Send and finish',
    noMore: 'No more files are taken. What has arrived is safe.',
  },
};
