import type { FailureMessages, WordParams } from '../messages.ts';
import { passwordRules } from '../password-rules.ts';
import { numberIn, plural, wordsOf } from '../words.ts';

const n = numberIn('en');

const { text, size, time } = wordsOf('en');

/** “The file report.pdf”, or “This file” where the name was not passed on. */
const file = (params: WordParams): string => {
  const name = text(params, 'name');
  return name === undefined ? 'This file' : `“${name}”`;
};
const field = (params: WordParams): string => {
  const label = text(params, 'label');
  return label === undefined ? 'One of the fields' : `“${label}”`;
};
const before = (rules: string): string => (rules === '' ? '' : `. It needs ${rules}`);
const limit = (words: string | undefined, before: string): string =>
  words === undefined ? '' : ` ${before} ${words}.`;

const label = (params: WordParams): string | undefined => {
  const words = text(params, 'label');
  return words === undefined ? undefined : `“${words}”`;
};

export const failure: FailureMessages = {
  'account.in-use': (params) => {
    const others = Number(params.others ?? 0);
    const which = `“${text(params, 'title') ?? 'A request'}”${others > 0 ? ` and ${n(others)} more live` : ' lives'}`;
    return `Your account is still needed: ${which} in its folder. Nothing was changed. Close and archive what is there, and wait until its files are handed on or their time there is over.`;
  },
  'account.not-connected': () =>
    'Your Nextcloud account is not connected, or Nextcloud no longer accepts the connection. Nothing was changed. Connect it on the page “Your account”, then do it again.',
  'account.not-yours': () =>
    'You gave access to a Nextcloud account that is not the one named with you here, or that is somebody else’s here. It was not connected. Sign out at Nextcloud and begin again with your own, or ask an administrator.',
  'api.throttled': (params) =>
    `This token has made too many calls. Nothing has been changed. Wait ${time(params, 'afterSeconds') ?? 'a minute'} and go on.`,
  'auth.not-admitted': () =>
    'You were not let in. Either the sign-in took too long, or your account is not meant for these pages or is disabled here. Begin again; if it stays so, ask an administrator.',
  'auth.provider-unavailable': () =>
    'Your organisation’s sign-in can’t be reached. Try again in a few minutes, or sign in with a password if you have one here.',
  'auth.refused': () =>
    'This sign-in was not accepted. Nothing has been changed. Check what you entered and try again.',
  'auth.required': () => 'You need to sign in for this. Nothing has been changed. Sign in and do it again.',
  'auth.throttled': (params) =>
    `There were too many attempts from your network, not necessarily by you. Nothing is lost. Please wait ${time(params, 'afterSeconds') ?? 'a few minutes'} and try again.`,
  'auth.forbidden': () =>
    'You are not allowed to do this. Nothing has been changed. If you need it, ask the person who runs this portal.',
  'auth.foreign-origin': () =>
    'This was sent from another website, so it was not carried out. Nothing has been changed. Open the page here and try again.',
  'database.unavailable': () =>
    'The portal can’t reach its records just now. What has been received is safe. Try again in a minute.',
  'delivery.destination-removed': () =>
    'The destination of this delivery has been removed, so it can’t be delivered again.',
  'delivery.given-up': () =>
    'Staff have given this delivery up. The files are safe in Nextcloud. It can be delivered again.',
  'delivery.files-gone': () =>
    'The files of this delivery have been deleted from Nextcloud after they were delivered. It can’t be delivered again.',
  'delivery.not-over': () =>
    'This delivery is still on its way, so it can’t be started again. Wait for its end, or try it now.',
  'delivery.not-waiting': () =>
    'This delivery does not wait, so there is nothing to hurry. If it was given up, deliver it again.',
  'destination.busy': (params) =>
    `${params.count === undefined ? 'Deliveries' : plural(Number(params.count), 'delivery', 'deliveries')} to this destination ${Number(params.count) === 1 ? 'is' : 'are'} not over. Nothing has been changed. Wait, or give up what waits, and remove the destination then.`,
  'destination.in-use': (params) =>
    `${params.count === undefined ? 'Requests' : plural(Number(params.count), 'request', 'requests')} still ${Number(params.count) === 1 ? 'hands' : 'hand'} files on to this destination. Nothing has been changed. Take it off there, or close what is open, and remove it then.`,
  'destination.invalid': (params) =>
    `The destination can’t be set up like this. Nothing has been changed.${params.problems === undefined ? '' : ` To set right: ${params.problems}`}`,
  'template.name-taken': (params) =>
    `There is a template of this name already${params.name === undefined ? '' : `: “${params.name}”`}. Nothing has been saved. Choose another name.`,
  'destination.name-taken': (params) =>
    `There is a destination of this name already${params.name === undefined ? '' : `: “${params.name}”`}. Nothing has been changed. Choose another name.`,
  'delivery.refused-there': () =>
    'Whoever received this delivery has refused it. The files are safe in Nextcloud. Look at the reason they gave, set it right, and deliver again.',
  'delivery.unacknowledged': () =>
    'Whoever received this delivery has not confirmed it in time. The files are safe in Nextcloud. Ask them, and deliver again.',
  'destination.address-refused': (params) =>
    `The destination’s address${params.host === undefined ? '' : ` (${params.host})`} lies inside this network, which the portal may not call. The files are safe in Nextcloud. If it is meant, add its network to DESTINATION_NETWORKS; delivery then goes on.`,
  'destination.auth': () =>
    'The destination did not accept the portal’s sign-in. The files are safe in Nextcloud. Renew the credentials of this destination; delivery then goes on.',
  'destination.conflict': () =>
    'The destination already holds something else under this name. Nothing there was replaced, and the files are safe in Nextcloud. Move what is in the way, then deliver again.',
  'destination.rejected': () =>
    'The destination refused this delivery. The files are safe in Nextcloud. Look at the reason among its attempts, set it right, and deliver again.',
  'destination.unavailable': () =>
    'The destination does not answer. The files are safe in Nextcloud. Delivery is tried again by itself.',
  'file.quarantined': () =>
    'The virus scanner found something in every file of this submission, so nothing was delivered. The files are kept in Nextcloud. Look at them there with care; if the scanner is mistaken, release them.',
  'file.unknown': () =>
    'There is no such file among those stored here. Nothing has been changed. Open the receipt again and choose from its list.',
  'file.unscanned': () =>
    'No virus scanner has looked at these files whole, and this request holds such files back. They are safe in Nextcloud. Release them, or set up a scanner that can.',
  'form.empty': () => 'No form was chosen, or it is empty. Nothing has been changed. Choose a file.',
  'form.too-large': (params) =>
    `This form is too large.${limit(size(params, 'limitBytes'), 'One may have up to')} Nothing has been changed. Make it smaller, or split it.`,
  'form.too-many': (params) =>
    `A request can have no more forms.${limit(text(params, 'limit'), 'The most is')} Nothing has been changed. Remove one first, or put several into one file.`,
  'idempotency.key-reused': () =>
    'This Idempotency-Key was used for something else. Nothing has been changed. Use a new key for each call.',
  'idempotency.under-way': () =>
    'The first call with this Idempotency-Key is still being carried out. Ask again in a moment for its answer.',
  'input.invalid': () =>
    'Something entered here can’t be used. Nothing has been saved. Check the form and send it again.',
  'input.too-large': () =>
    'What was sent is larger than this page takes. Nothing has been saved. Shorten it and send it again.',
  internal: () =>
    'Something went wrong on our side. What was already marked as arrived is safe. Try again; if it happens again, tell the person who gave you this address.',
  'mail-share.address-invalid': (params) =>
    `${text(params, 'address') ?? 'One of them'} is not a mail address. Nothing has been sent. Correct it and try again.`,
  'mail-share.too-many': (params) =>
    `A request can be sent to ${text(params, 'limit') ?? '200'} addresses at most. Nothing has been sent.`,
  'mail-share.unavailable': () =>
    'This Nextcloud sends no shares by mail. Nothing has been sent. Send the link yourself, or ask its administrator to turn on the app “Share by mail”.',
  'nextcloud.conflict': () =>
    'Something else is in this place in the file storage. Nothing was replaced. Try again, or choose another name.',
  'nextcloud.credentials-refused': () =>
    'The file storage did not accept the portal’s sign-in. What has arrived is safe. Staff have been told; please try again later.',
  'nextcloud.exists': () =>
    'There already is a file of this name in the file storage. It was not replaced. Rename your file and send it again.',
  'nextcloud.failed': () =>
    'The file storage reported an error of its own. What has arrived is safe. Try again in a few minutes.',
  'nextcloud.forbidden': () =>
    'The file storage does not let the portal write here. What has arrived is safe. Please tell the person who asked for the files.',
  'nextcloud.locked': () => 'The file is in use in the file storage. Nothing is lost. Try again in a minute.',
  'nextcloud.maintenance': () =>
    'The file storage is under maintenance. What has arrived is safe. It goes on when the maintenance is over.',
  'nextcloud.not-found': () =>
    'This is no longer in the file storage. Nothing else is affected. Please tell the person who asked for the files.',
  'nextcloud.out-of-space': () =>
    'The file storage is full. What has arrived is safe, but nothing more fits. Please tell the person who asked for the files.',
  'nextcloud.rejected': () =>
    'The file storage refused this. What has arrived before is safe. Check the file’s name and try again.',
  'nextcloud.stalled': () =>
    'The file storage stopped answering half-way. What has arrived is safe. Try again in a few minutes.',
  'method.not-allowed': (params) =>
    `This address does not take this method.${params.methods === undefined ? '' : ` It takes ${params.methods}.`}`,
  'nextcloud.throttled': () =>
    'The file storage asks us to wait: too much was asked of it in a short time. What has arrived is safe. Try again in ten minutes.',
  'nextcloud.unexpected-reply': () =>
    'The file storage gave an answer that the portal does not understand. What has arrived is safe. Try again later; if it stays so, staff should run the portal’s check-up.',
  'nextcloud.unreachable': () =>
    'The file storage can’t be reached. What has arrived is safe. Try again in a few minutes.',
  'not-found': () =>
    'There is nothing at this address (any more). Nothing has been changed. Check the link you were given.',
  'password.link-over': () =>
    'This link has been used or is over. Nothing was changed. Ask whoever gave it to you for a new one, or have one sent from the sign-in page.',
  'password.not-repeated': () =>
    'The new password was typed in two different ways. Nothing was changed. Please type it again.',
  'password.too-short': (params) =>
    `The new password is too short.${text(params, 'limit') === undefined ? '' : ` It needs at least ${text(params, 'limit')} characters.`} Nothing was changed.`,
  'password.wrong': () => 'The current password is not right. Nothing was changed. Please type it again.',
  'person.last-administrator': () =>
    'This is the last administrator who is not disabled. Nothing was changed. Make somebody else an administrator first.',
  'person.login-taken': () => 'Somebody has this login name already. Nobody was added. Choose another.',
  'person.nextcloud-user-taken': () =>
    'This Nextcloud user is named with somebody else already. Nothing was changed. Take it away there first.',
  'request.closed': () =>
    'This collection has been closed and takes no more files. Files that had arrived whole are kept and have a receipt; others were not taken. If you still have something to send, ask the person who gave you the link.',
  'request.intake-stopped': () =>
    'Receiving is stopped for the moment, because the folder could not be shown to be safe. What has arrived is kept. Staff have been told; please try again later.',
  'request.folder-older': () =>
    'There were files in this folder before the request was opened, so it is not removed. Nothing has been changed. Keep the files, and remove what you don’t need in Nextcloud.',
  'request.item-in-use': (params) =>
    `Files were sent for ${label(params) ?? 'a checklist item'}, so it can’t be taken off. Nothing has been changed. Make it optional instead.`,
  'request.password-required': () =>
    'In this Nextcloud no public share may be without a password. Nothing has been saved. Give the request one.',
  'request.password-weak': (params) =>
    `The password breaks Nextcloud’s rules${before(passwordRules('en', params))}. Nothing has been saved. Please choose another.`,
  'request.question-answered': (params) =>
    `${label(params) ?? 'A question'} has been answered, so it can’t be taken off. Nothing has been changed. Make it optional instead.`,
  'request.being-opened': () =>
    'This request is being opened already: the form was sent twice. Look at the list of requests in a moment; it is not opened a second time.',
  'request.under-way': () =>
    'Files of this request are still being stored, removed or delivered. Nothing has been changed. Wait for their end, or give up the deliveries that wait.',
  'request.wrong-state': () =>
    'This can’t be done with the request in the state it is in. Nothing has been changed. Its page shows what can be done with it now.',
  'scan.unavailable': () =>
    'The virus scanner does not answer. The files are safe in Nextcloud and wait; it is tried again by itself.',
  'second-factor.changed': () =>
    'Your second factor has changed in the meantime. Nothing was changed now. Open the page again and look.',
  'second-factor.wrong': () =>
    'This code is not good. A code works only once: wait for the next one, and type that.',
  'share.not-upload-only': () =>
    'Nextcloud would have let outsiders read this folder, so the request was not opened and its share was removed. No link was given out. Look for other links on the folder and its parents, then try again.',
  'submission.changed': () =>
    'What has arrived is not exactly what this should be finished with: a file is missing, or another one is there, too. Nothing has been finished. Look at the list, and finish again.',
  'submission.empty': () =>
    'No file has arrived yet, so there is nothing to finish. Nothing is lost. Add at least one file.',
  'submission.field-invalid': (params) =>
    `${field(params)} has a value that can’t be used. Nothing is lost. Correct it and send again.`,
  'submission.field-late': (params) =>
    `${field(params)} came after the files, so it was not taken. What has arrived is safe. Fields go before the files.`,
  'submission.field-missing': (params) =>
    `${field(params)} is empty. Nothing is lost. Fill it in and send again.`,
  'submission.items-missing': (params) =>
    `Something that is required is still missing${text(params, 'labels') === undefined ? '' : `: ${text(params, 'labels')}`}. An empty file (0 bytes) does not count. What has arrived is safe. Add a file for it and finish then.`,
  'submission.password-wrong': () =>
    'This password is not right. Nothing is lost. Check it in the message you were sent and try again.',
  'submission.too-many': () =>
    'Too many sendings have just been begun by this link without anything being sent. Please try again in some minutes.',
  'submission.sealed': () =>
    'This sending is already complete and has its receipt; nothing can be added to it. To send more, open the link again.',
  'submission.unfinished': () =>
    'Some files have not arrived whole yet. What has arrived is safe. Wait until they are through, or remove them, then finish.',
  'take-back.handed-on': () =>
    'Handing this file on has begun or is done, so it can’t be taken back here any more. Nothing has been changed. Please ask the person who gave you the link.',
  'take-back.over': () =>
    'The time in which files can be taken back is over. Nothing has been changed. Please ask the person who gave you the link.',
  'team.in-use': () =>
    'The team has members or requests, or is the only one. Nothing was removed. Take its members out and move its requests to another team first.',
  'team.name-taken': () => 'There is a team of this name already. Nothing was changed. Choose another name.',
  'upload.busy': () =>
    'This file can’t go on just now, for example because it is received over another connection or came too slowly. What was acknowledged is safe. It goes on by itself in a moment.',
  'upload.checksum-invalid': () =>
    'The checksum of this piece can’t be used: it must be sha1 or sha256, in Base64, of a piece small enough to be checked at once. Nothing of it was kept.',
  'upload.checksum-mismatch': () => 'This piece arrived damaged and was not kept. Please send it again.',
  'upload.complete': () =>
    'This file has already arrived whole. It is safe, and you don’t need to send it again.',
  'upload.content-other': (params) =>
    `${file(params)} was not taken: what is inside is not what its name says. Please check that it is the right file, and that its name ends as it should.`,
  'upload.integrity': () =>
    'What was stored was not what was sent, so this file was not accepted. The other files are not affected. Please send this file again.',
  'upload.length-invalid': () =>
    'The size of this file is missing or changed on the way. Nothing of it was kept. Choose the file again and send it.',
  'upload.longer-than-said': () => 'More arrived than the file was said to have. Please send it again.',
  'upload.lost': () =>
    'Parts of this file have disappeared from the file storage, so it can’t be completed. The other files are not affected. Please send this file again.',
  'upload.metadata-invalid': () =>
    'The details of this file could not be read. Nothing of it was kept. Choose the file again and send it.',
  'upload.name-control-character': (params) =>
    `${file(params)} has a character in its name that can’t be shown. It was not accepted, and nothing of it was kept; other files are not affected. Rename it and choose it again.`,
  'upload.name-empty': () =>
    'This file has no usable name. It was not accepted, and nothing of it was kept; other files are not affected. Rename it and choose it again.',
  'upload.name-forbidden': (params) =>
    `${file(params)} has a name that the file storage does not allow. It was not accepted, and nothing of it was kept; other files are not affected. Rename it and choose it again.`,
  'upload.name-path': (params) =>
    `${file(params)} has a name that looks like a path. It was not accepted, and nothing of it was kept; other files are not affected. Rename it without slashes and choose it again.`,
  'upload.name-too-long': (params) =>
    `The name of ${text(params, 'name') === undefined ? 'this file' : file(params)} is too long. It was not accepted, and nothing of it was kept; other files are not affected. Shorten the name and choose it again.`,
  'upload.not-offered': () =>
    'This way of sending is not offered here. Nothing has been changed. Use the page behind your link.',
  'upload.offset-mismatch': () =>
    'The connection lost its place in this file. What has arrived is safe. It goes on by itself from there.',
  'upload.too-large': (params) =>
    `${file(params)} is too large.${limit(size(params, 'limitBytes'), 'One file may have up to')} It was not accepted, and nothing of it was kept; other files are not affected. Make it smaller or split it, and choose it again.`,
  'upload.too-many': (params) =>
    `That is one file too many.${limit(text(params, 'limit'), 'Files allowed:')} The others are safe. Remove one, or put several into one archive.`,
  'upload.too-many-open': () =>
    'Too many files have been announced that nothing was sent of. Please wait until those under way are done.',
  'upload.total-too-large': (params) =>
    `Together the files are too large.${limit(size(params, 'limitBytes'), 'Allowed in all:')} What has arrived is safe. Remove some, or make them smaller.`,
  'upload.type-not-allowed': (params) =>
    `${file(params)} is of a kind that was not asked for.${limit(text(params, 'allowed'), 'Asked for:')} It was not accepted, and nothing of it was kept; other files are not affected. Save it as one of these and choose it again.`,
};
