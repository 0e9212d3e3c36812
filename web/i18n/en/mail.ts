import type { MailMessages } from '../mail-messages.ts';
import { numberIn } from '../words.ts';

const n = numberIn('en');

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
    subject: ({ count }) => (count === 1 ? '1 notice' : `${n(count)} notices`),
    intro: 'What is new:',
    more: ({ count }) => `And ${n(count)} more.`,
    open: 'All notices',
    whom: 'These are notices of your teams. How often they come is set in your account. Names of files and senders stand in the console only.',
  },
  password: {
    invitation: {
      subject: 'You have been added to the staff',
      intro:
        'An account has been made for you. Set a password, and then sign in with it. The link works once, for three days.',
      link: 'Set a password',
      stranger: 'If you don’t know what this is about, you don’t need to do anything.',
    },
    reset: {
      subject: 'Set a new password',
      intro:
        'Somebody has asked for a link to set a new password for your account. It works once, for an hour.',
      link: 'Set a new password',
      stranger: 'If it was not you, you don’t need to do anything: your password stays as it is.',
    },
  },
  automatic: 'This mail was sent by itself; answers to it are not read.',
};
