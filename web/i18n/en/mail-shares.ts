import type { MailShareMessages } from '../staff-messages.ts';

export const mailShares: MailShareMessages = {
  title: 'Send by Nextcloud’s mail',
  hint: 'Each address gets a page of its own in Nextcloud where files can be left and none can be read. What is left there appears here as a submission. The rules of this request (kinds, sizes, questions, checklist) hold only on the link’s own page. What comes after the deadline is marked as late.',
  mailHint:
    'Nextcloud must be able to send mail. It does not say when it can’t: if nothing arrives, ask its administrator. It sends ten mails in ten minutes; the rest follow by themselves.',
  unavailable:
    'This Nextcloud sends no shares by mail: its app “Share by mail” is off, or links are. Send the link yourself.',
  toAddresses: 'Send it to mail addresses',
  addresses: 'Mail addresses',
  addressesHint: 'One a line. Who was sent it already is passed over.',
  again:
    'These were sent it before the request was closed, or their share has ended. Nothing is sent to them by itself.',
  send: 'Send it',
  list: 'Sent by Nextcloud’s mail',
  state: { waiting: 'Waiting', sent: 'Sent', failed: 'Not sent', ended: 'Over' },
  sentAt: ({ at }) => `on ${at}`,
  password: ({ password }) => `Password, if they were not mailed it: ${password}`,
  withdraw: 'Withdraw',
  forget: 'Take off this list',
  page: 'Its page in Nextcloud',
  pageHint:
    'A second way in: files can be left there without the portal, and none can be read. Tell the password apart.',
  pagePassword: 'Password of the page in Nextcloud',
};
