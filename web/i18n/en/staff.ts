import type { Messages } from '../messages.ts';
import type { StaffMessages } from '../staff-messages.ts';
import { numberIn, plural, wordsOf } from '../words.ts';
import { handOn } from './hand-on.ts';
import { mailShares } from './mail-shares.ts';
import { changeRequest, deleteRequest, newRequest, requestDetail } from './staff-request.ts';

const n = numberIn('en');

const { text } = wordsOf('en');

export const staff: StaffMessages = {
  signOut: 'Sign out',
  signedInAs: ({ name }) => `Signed in as ${name}`,
  signIn: {
    title: 'Sign in',
    text: 'For staff who ask for files. To send files, use the link you were given.',
    login: 'Login name',
    password: 'Password',
    submit: 'Sign in',
  },
  requestState: { draft: 'Draft', open: 'Open', closed: 'Closed', archived: 'Archived' },
  shareState: { proven: 'Upload-only', refused: 'Not upload-only', gone: 'Share is gone' },
  provenAgo: ({ distance }) => `verified ${distance}`,
  notProvenYet: 'Not verified yet',
  notices: {
    title: 'To look at',
    level: { information: 'Information', warning: 'Warning', problem: 'Problem' },
    timesSeen: ({ count }) => `seen ${plural(count, 'time', 'times')}`,
    unknown: ({ code }) => `Something happened that this version has no words for: ${code}`,
    open: 'Open the request',
    openPlace: { deliveries: 'Open the delivery', destinations: 'Open the destination' },
    all: 'Notices',
    unsettled: 'To look at',
    settled: 'Settled',
    settle: 'Mark as settled',
    settleShown: ({ count }) => `Mark these ${n(count)} as settled`,
    next: 'More notices',
    settledAgo: ({ distance }) => `settled ${distance}`,
    nothing: 'There is nothing to look at.',
    noneSettled: 'Nothing has been settled yet.',
    more: ({ count }) => `All notices (${n(count)})`,
  },
  requests: {
    title: 'Requests',
    create: 'New request',
    emptyTitle: 'Nothing has been asked for yet',
    emptyText:
      'A request gives you a link. Whoever has it can send files in, however large, and nobody can read anything back.',
    link: 'Link',
    deadline: 'Deadline',
    noDeadline: 'No deadline',
    submissions: ({ count }) => plural(count, 'submission', 'submissions'),
    files: ({ count }) => plural(count, 'file', 'files'),
    onTheirWay: ({ count }) => `${n(count)} under way`,
    toAct: 'At a glance',
    views: {
      overdue: 'past their deadline, still open',
      'due-soon': 'due within 7 days',
      arriving: 'arriving now',
      failed: 'with failed deliveries',
      empty: 'closed with nothing received',
    },
    all: 'All',
    search: 'Title, receipt number, or who sent',
    find: 'Search',
    none: 'No request is like this.',
    older: 'More requests',
  },
  newRequest,
  changeRequest,
  deleteRequest,
  request: requestDetail,
  handOn,
  mailShares,
  templates: {
    title: 'Templates',
    intro:
      'What you ask for again and again. A new request is filled in from it, and can be changed before it is opened.',
    empty:
      'There is no template yet. Save one from the form of a new request, or from the page of a request.',
    use: 'New request from it',
    manage: 'Rename or delete',
    name: 'Name',
    rename: 'Rename',
    remove: 'Delete the template',
    from: 'Start from a template',
    filledFromRequest: ({ title }) =>
      `Filled in from “${title}”, with its blank forms and its settings that are not shown here. Its password, deadline and folder are not taken over.`,
    filledFrom: ({ name }) => `Filled in from the template “${name}”. The template stays as it is.`,
    save: 'Save as a template',
    saveHint: 'A template is saved under the title, without deadline and password. No request is opened.',
    saveRequest: 'Save as a template',
    saveRequestHint: 'What is asked for is kept, without deadline, password and files.',
  },
};

export const problem: Messages['problem'] = {
  required: () => 'Please fill this in.',
  'too-long': (params) =>
    `This is too long${text(params, 'limit') === undefined ? '' : `: ${text(params, 'limit')} characters are allowed`}.`,
  'too-short': (params) =>
    `This is too short${text(params, 'limit') === undefined ? '' : `: at least ${text(params, 'limit')} characters`}.`,
  'not-a-number': () => 'Please give a whole number, 1 or more.',
  'not-a-decimal': () => 'Please give a number alone, such as 10 or 1.5.',
  'out-of-range': (params) =>
    text(params, 'limit') === undefined
      ? 'This number is too large.'
      : `Please give a number up to ${text(params, 'limit')}.`,
  'not-a-date': () => 'Please give a date and a time that exist.',
  'in-the-past': () => 'This moment has passed already.',
  'unknown-zone': () => 'This time zone is not known. Choose one such as Asia/Tokyo.',
  'choices-missing': () => 'Please give at least two choices, one a line.',
  'label-missing': () => 'Please give this field a name.',
  'unknown-destination': () => 'This destination does not exist any more.',
  'unknown-team': () => 'You are not in this team any more, or it does not exist any more.',
  'password-lost': () =>
    'The password that you typed is not known any more. Please type it again: left empty, it is not set.',
  invalid: () => 'This can’t be used. Please correct it.',
};
