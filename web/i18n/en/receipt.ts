import type { ReceiptMessages, SentMessages } from '../receipt-messages.ts';
import { numberIn } from '../words.ts';

const n = numberIn('en');

const files = (count: number): string => (count === 1 ? '1 file' : `${n(count)} files`);

export const receipt: ReceiptMessages = {
  title: 'Receipt',
  number: 'Receipt number',
  supplementOf: 'Adds to receipt',
  supplements: 'Added later',
  request: 'For',
  organisation: 'Received by',
  from: 'From',
  sealedAt: 'Completed',
  endedAt: 'Ended unfinished',
  issuedAt: 'Issued anew',
  files: ({ count, size }) => `${files(count)}, ${size}`,
  exactBytes: ({ bytes }) => `${bytes} bytes`,
  item: 'Item',
  sha256: 'SHA-256',
  storedAt: 'Stored',
  state: {
    uploading: 'On its way',
    received: 'Received',
    stored: 'Stored and verified',
    imported: 'Handed on',
    withdrawn: 'Taken back',
  },
  notImported: 'Not handed on yet',
  notStored: 'Being checked and stored',
  late: 'Arrived after the deadline',
  unfinished: 'Ended without the sender finishing: files may be missing',
  signature: 'Signature',
  signatureText: 'Shows that this receipt was issued here and has not been altered.',
  checkAt: 'Saved as text, it can be checked by anybody at',
  asText: 'Save as text',
  keep: 'Keep this page’s address: it shows this receipt again, and how far each file has come. Whoever has the address sees the names of the files; nobody can open them here.',
  byNumber: 'Whoever asked for the files finds everything by the receipt number.',
  emptied: 'All files have been taken back: nothing is submitted with this receipt any more.',
  notArrived: {
    title: 'Not received',
    text: 'These files were begun, but are not there. Nothing of them is kept.',
    reason: 'It did not arrive whole.',
    again: 'Are they still needed? Then send them again.',
    closed:
      'The request takes no more files. If they are still needed, please ask the person who gave you the link.',
  },
  open: {
    title: 'Not finished yet',
    text: 'The sender has not finished, so there is no receipt yet. It appears here when everything is stored.',
    nothingYet: 'Nothing has arrived yet.',
  },
  finishing: {
    title: 'Being stored',
    text: 'Everything has arrived. It is being checked and stored; the receipt appears here in a moment.',
  },
  own: {
    title: 'Take back, replace, add',
    takeBackTitle: 'Take back',
    addTitle: 'Something is missing?',
    until: ({ until }) => `You can take files back until ${until}: they are not handed on, and are deleted.`,
    untilFinished: 'You can take back what has arrived: it is not handed on, and is deleted.',
    over: ({ until }) =>
      `Files could be taken back until ${until}. If something is wrong, please ask the person who gave you the link.`,
    replace: 'To replace a file, take it back, then add the new one.',
    choose: 'Files to take back',
    takeBack: 'Take back…',
    takenBack: ({ count }) =>
      count === 1
        ? '1 file is taken back: it is not handed on and is deleted.'
        : `${n(count)} files are taken back: they are not handed on and are deleted.`,
    takenBackBefore: 'These files have been taken back already. Nothing more has been changed.',
    noneChosen: 'Choose at least one file.',
    missing: ({ labels }) => `Still missing: ${labels}`,
    add: 'Add files',
    addText: 'What you add gets a receipt of its own, which names this one.',
    goOn: 'Go on sending',
    elsewhere: {
      takeBack: 'To take files back, open this page in the browser you sent from.',
      add: 'To add files, open this page in the browser you sent from.',
      both: 'To take back or add files, open this page in the browser you sent from.',
    },
    confirm: {
      title: 'Take these files back?',
      files: 'You are about to take back:',
      notHandedOn: 'They are not handed on to anybody.',
      deleted: 'They are deleted from the storage, and the people who asked for them are told.',
      reissued:
        'The receipt is issued anew, with the same number, and says that they were taken back. Copies of the earlier one stay genuine: they say what was so then.',
      noWayBack: 'This can’t be undone, but you can send a file again.',
      noWayBackClosed:
        'This can’t be undone, and the request takes no more files: you can’t send them again.',
      submit: 'Take back',
      keep: 'Don’t take back',
    },
  },
  live: {
    one: '{name}: {state}.',
    many: { one: 'Status of {count} file updated.', other: 'Status of {count} files updated.' },
    ready: 'Everything is stored. The receipt is shown.',
  },
};

export const sent: SentMessages = {
  title: 'Sent from this browser',
  text: 'Only this browser shows this. It is remembered for 30 days.',
  files: ({ count }) => files(count),
  state: {
    finishing: 'Being stored',
    sealed: 'Complete',
    unfinished: receipt.endedAt,
    withdrawn: receipt.state.withdrawn,
  },
  receipt: 'Receipt',
  add: 'Add files',
  forget: {
    title: 'Forget on this device…',
    hint: 'On a shared computer, do this when you are done.',
    unfinished: ({ number }) =>
      `${number} is not finished, and has no receipt yet. Its files can’t be continued after this.`,
    ends: ({ hours }) =>
      `What has arrived whole stays. After ${n(hours)} hours without anything new it is ended as it is: it gets its receipt then, and is marked as not finished. Files of which only a part has arrived are deleted.`,
    keepUnfinished: 'Its page shows what has arrived. Only its address leads back to it, so keep that first:',
    sent: 'This device no longer lists what you sent, and you can no longer take files back or add to it.',
    stays: 'What you sent stays, and so do its receipts.',
    keepReceipts:
      'Only the address of a receipt leads back to it. Open each one above first, and keep its address or save it as text.',
    typed: 'A password that you entered here, and what you typed, is forgotten too.',
    submit: 'Forget now',
  },
  forgotten: 'This device has forgotten what was sent from it by this link.',
};
