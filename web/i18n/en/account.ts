import type { AccountMessages } from '../account-messages.ts';

export const account: AccountMessages = {
  title: 'Your account',
  details: 'About you',
  login: 'Login name',
  name: 'Name',
  email: 'Mail address',
  emailHint: 'Notices go here, where mail is set up.',
  language: 'Language',
  languageHint: 'Of these pages, from your next sign-in on every device.',
  save: 'Save',
  saved: 'Your details are saved.',
  password: {
    title: 'Password',
    text: 'A new password ends every other session of yours.',
    none: 'You sign in through another system, so there is no password here.',
    current: 'Current password',
    new: 'New password',
    newHint: ({ count }) =>
      `At least ${count} characters. Several words that only you put together are good.`,
    again: 'New password again',
    change: 'Change the password',
    changed: 'Your password is changed. Every other session has ended.',
  },
  sessions: {
    title: 'Where you are signed in',
    text: 'End what you don’t recognise, then change your password.',
    device: ({ browser, system }) => `${browser} on ${system}`,
    unknownBrowser: 'Unknown browser',
    signedIn: ({ at }) => `signed in ${at}`,
    from: ({ address }) => `from ${address}`,
    isThis: 'This session',
    end: 'End this session',
    endOthers: 'End all others',
    ended: 'The session has ended. Nothing opens with it any more.',
  },
};
