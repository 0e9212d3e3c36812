import type { MailMessages } from '../mail-messages.ts';

export const mail: MailMessages = {
  receipt: {
    subject: ({ number }) => `Your files have arrived: receipt ${number}`,
    intro: 'Your files have arrived and are stored.',
    files: 'Files',
    keep: 'Keep this number: whoever asked for the files finds everything by it if you have a question.',
    stranger:
      'If you have sent nothing, somebody has given your mail address by mistake. You don’t need to do anything.',
  },
  digest: {
    subject: ({ count }) => (count === 1 ? '1 notice' : `${count} notices`),
    intro: 'What is new:',
    more: ({ count }) => `And ${count} more.`,
    open: 'All notices',
    whom: ({ minutes }) =>
      `These are notices of your teams, at most every ${minutes} minutes; how often stands in your account. Names of files and senders stand in the console only.`,
  },
  automatic: 'This mail was sent by itself; answers to it are not read.',
};
