import type { NoticeMessages, WordParams } from '../messages.ts';
import { wordsOf } from '../words.ts';

const { text } = wordsOf('en');

const request = (params: WordParams): string => {
  const title = text(params, 'title');
  return title === undefined ? 'a request' : `“${title}”`;
};
/** What the proof that a folder is upload-only can stumble over. */
const problems: ReadonlyMap<string, string> = new Map([
  ['permissions', 'its permissions are not “create only”'],
  ['no password', 'it has no password'],
  ['mail-share', 'a share that was sent by mail is not “create only” any more'],
  ['other-link', 'another link on it can read'],
  ['parent-link', 'a link on a folder above it can read'],
  ['publicly-readable', 'its public address can be read'],
  ['password-refused', 'its public address does not take the password, so that nothing is proven'],
  ['share-gone', 'its share is gone'],
  ['delivery.refused-there', 'its receiver refused it'],
  ['delivery.unacknowledged', 'its receiver has not confirmed it'],
  ['delivery.given-up', 'staff gave it up'],
  ['internal', 'something unforeseen'],
  ['destination.auth', 'the sign-in is refused'],
  ['destination.unavailable', 'it does not answer'],
  ['destination.rejected', 'it was refused there'],
  ['destination.conflict', 'something else has the name there'],
  ['destination.address-refused', 'its address lies inside'],
  ['file.quarantined', 'all of its files are in quarantine'],
  ['nextcloud.not-found', 'the file is not in Nextcloud any more'],
  ['nextcloud.exists', 'something else has the name there'],
  ['nextcloud.forbidden', 'Nextcloud does not allow it'],
  ['nextcloud.credentials-refused', 'Nextcloud refuses the sign-in'],
  ['nextcloud.locked', 'a file is in use'],
  ['nextcloud.maintenance', 'Nextcloud is under maintenance'],
  ['nextcloud.unreachable', 'Nextcloud does not answer'],
  ['upload.integrity', 'the file in Nextcloud is not what was stored'],
  ['notification.no-administrator', 'it takes an administrator’s account, and one that may act from here'],
  ['notification.no-app', 'its app “Notifications” is off'],
  ['mail.refused', 'it was refused for good'],
  ['mail.put-off', 'it was put off again and again'],
  ['mail.unavailable', 'the mail server does not answer'],
  ['mail.sign-in', 'the mail server refuses the sign-in'],
  ['mail.sender-refused', 'the mail server does not take mail from MAIL_FROM'],
]);

/** In brackets; a code without words of its own is shown as it is. */
const because = (params: WordParams): string => {
  const code = text(params, 'problem') ?? text(params, 'code') ?? text(params, 'reason');
  if (code === undefined) return '';
  const words = problems.get(code) ?? code;
  return ` (${words})`;
};
const receipt = (params: WordParams): string => {
  const number = text(params, 'receipt');
  return number === undefined ? '' : ` ${number}`;
};
const named = (params: WordParams, key: string, otherwise: string): string => {
  const name = text(params, key);
  return name === undefined ? otherwise : `“${name}”`;
};

export const notice: NoticeMessages = {
  'share.gone': (params) =>
    `The Nextcloud share of ${request(params)} is gone: it was deleted or has expired. Receiving is stopped; what has arrived is safe. Close the request and open a new one.`,
  'share.not-upload-only': (params) =>
    `The folder of ${request(params)} is no longer upload-only${because(params)}. Receiving is stopped; what has arrived is safe, but may be readable from outside. Look at the folder’s links in Nextcloud.`,
  'share.refused-at-opening': (params) =>
    `${request(params)} was not opened, because Nextcloud would have let outsiders read its folder${because(params)}. Its share was removed. Look for other links on the folder and its parents.`,
  'nextcloud.credentials-refused': (params) =>
    `Nextcloud no longer accepts the app password of ${named(params, 'account', 'the portal’s account')}. Receiving waits and nothing is lost. Make a new app password and set it in the portal’s configuration.`,
  'nextcloud.connection-refused': (params) =>
    `Nextcloud no longer accepts the connection of ${named(params, 'account', 'an account')}, in whose folder requests live. Receiving there waits and nothing is lost. ${named(params, 'account', 'Whoever connected it')} connects it again on the page “Your account”.`,
  'nextcloud.out-of-space': (params) =>
    `${named(params, 'account', 'The portal’s account')} has too little space in Nextcloud for what is sent to ${request(params)}. Files are refused; what has arrived is safe. Raise the account’s quota or make room.`,
  'nextcloud.password-traded': (params) =>
    `A login password was given for ${named(params, 'account', 'the portal’s account')}. It was exchanged once for an app password, which is used from now on. Please remove the login password from the configuration.`,
  'upload.failed': (params) =>
    `${named(params, 'file', 'A file')} sent to ${request(params)} could not be stored${because(params)}. The submitter has been given no receipt for it and must send it again.`,
  'upload.lost': (params) =>
    `Parts of ${named(params, 'file', 'a file')} sent to ${request(params)} have disappeared from Nextcloud. It can’t be completed; ask the submitter to send it again.`,
  'upload.waiting': (params) =>
    `${named(params, 'file', 'A file')} sent to ${request(params)} has arrived whole, but Nextcloud does not let it be put in its place${because(params)}. Nothing is lost, and it is tried again by itself; Nextcloud removes parts after 24 hours, so please set the reason right soon.`,
  'destination.failing': (params) =>
    `${named(params, 'destination', 'A destination')} does not take what is delivered${because(params)}. Nothing is lost: its deliveries wait, and it is tried again from time to time.`,
  'destination.gone': (params) =>
    `${named(params, 'destination', 'A destination')} has said that it wants nothing more, and is paused. Its deliveries wait. Change it or resume it, or take it out of the requests.`,
  'file.quarantined': (params) =>
    `The virus scanner found ${text(params, 'found') ?? 'something'} in ${named(params, 'file', 'a file')} of submission${receipt(params)} to ${request(params)}. It is not delivered. Look at it in Nextcloud with care; if the scanner is mistaken, release it.`,
  'file.unscanned': (params) =>
    `Submission${receipt(params)} to ${request(params)} has files that no virus scanner has looked at whole. They wait for you: release them, or set up a scanner that can.`,
  'scan.unavailable': () =>
    'The virus scanner does not answer. Deliveries wait for it, nothing is lost. See whether clamd runs, and whether its address is right.',
  'delivery.dead': (params) =>
    `Submission${receipt(params)} could not be delivered to ${named(params, 'destination', 'a destination')}${because(params)} and is not tried any more. The files are safe in Nextcloud. Set the reason right and deliver it again.`,
  'delivery.not-removed': (params) =>
    `Submission${receipt(params)} was to be deleted at ${named(params, 'destination', 'a destination')}, and is still there${because(params)}. It is tried again every hour; look whether the account may delete there.`,
  'delivery.delivered': (params) =>
    `Submission${receipt(params)} was delivered to ${named(params, 'destination', 'its destination')}.`,
  'mail.failing': (params) =>
    `No mail can be sent${because(params)}. Nothing is lost: receipts are shown on the page as always, and mail is tried again by itself for three days. Check SMTP_URL and MAIL_FROM with “uketori doctor”.`,
  'mail.given-up': (params) =>
    text(params, 'address') === undefined
      ? `The mail with the receipt of submission${receipt(params)} could not be sent${because(params)} and is not tried any more. Its submitter has seen the receipt on the page. Perhaps the address was mistyped.`
      : `A mail with notices to ${named(params, 'address', 'staff')} could not be sent${because(params)} and is not tried any more. The notices stand in the console.`,
  'notification.failing': (params) =>
    `Notices can’t be told as Nextcloud notifications${because(params)}. They stand in the console, and are tried again for a day. “uketori doctor” says what is in the way.`,
  'notification.unknown-user': (params) =>
    `Nextcloud knows no account ${named(params, 'account', 'of that name')}, and somebody of the staff wants their notices told there. Set the Nextcloud user right on that person’s page.`,
  'submission.found': (params) =>
    `Files for ${request(params)} were found in Nextcloud${text(params, 'folder') ? `, in ${named(params, 'folder', '')}` : ''}: they did not come through the portal. They are now submission${receipt(params)}.`,
  'submission.not-tidied': (params) =>
    `Submission${receipt(params)} to ${request(params)} has been handed on, but its files could not be ${params.action === 'delete' ? 'deleted' : 'moved to “Imported”'} in Nextcloud${because(params)}. It is tried again every hour; look what is in the way in the request’s folder${params.action === 'delete' ? '' : ', such as a file named “Imported”'}.`,
  'submission.sealed': (params) => `Submission${receipt(params)} to ${request(params)} is complete.`,
  'submission.taken-back': (params) =>
    `The submitter of submission${receipt(params)} to ${request(params)} has taken files back (${text(params, 'files') ?? 'some'}). They are not handed on, and are deleted in Nextcloud unless somebody has changed them there.`,
  'submission.unfinished': (params) =>
    `Submission${receipt(params)} to ${request(params)} ended without its submitter finishing it: nothing came for a day, or the request was closed. Files may be missing.`,
};
