import type { HandOnMessages } from '../staff-messages.ts';

export const handOn: HandOnMessages = {
  code: 'QR code',
  codeLabel: 'QR code of the link',
  codeFile: 'Download as SVG',
  mailIn: { en: 'Mail text in English', ja: 'Mail text in Japanese' },
  linkPart: 'Mail with the link',
  passwordPart: 'Mail with the password, to be sent apart',
  passwordHint: 'The password is not kept here so that it could be read. Put it in yourself.',
  openMail: 'Open in the mail program',
  mail: {
    subject: ({ title }) => `Please send your files: ${title}`,
    text: ({ title, link, from, deadline, passwordSet }) =>
      [
        `${from === undefined ? 'We ask' : `${from} asks`} you for files: ${title}`,
        '',
        'You can send them on this page. No account is needed, and files may be large.',
        link,
        '',
        ...(deadline === undefined ? [] : [`Please send them by ${deadline}.`]),
        ...(passwordSet ? ['The page asks for a password. You are told it in another message.'] : []),
        'When everything has arrived, the page gives you a receipt.',
      ].join('\n'),
    passwordSubject: ({ title }) => `Password: ${title}`,
    passwordText: ({ title }) =>
      [
        `This is the password for sending files (${title}).`,
        '',
        'Password: ',
        '',
        'The link is in another message.',
      ].join('\n'),
  },
};
