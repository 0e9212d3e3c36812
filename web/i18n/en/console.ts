import type { ConsoleMessages } from '../console-messages.ts';
import { numberIn, plural } from '../words.ts';

const n = numberIn('en');

export const consoleWords: ConsoleMessages = {
  list: {
    copyLink: 'Copy the link',
    due: ({ distance }) => `due ${distance}`,
    past: ({ distance }) => `was due ${distance}`,
    dead: ({ count }) => plural(count, 'failed delivery', 'failed deliveries'),
    noTeam:
      'You are in no team yet, so there is nobody’s request to see. Ask an administrator to put you into one.',
    nothingYet: 'Nothing has arrived yet',
    lastAt: ({ distance }) => `the last ${distance}`,
    showAll: 'Show all requests',
    newer: 'To the first page',
  },
  arriving: {
    title: 'Arriving now',
    files: ({ count, done }) => `${n(done)} of ${plural(count, 'file', 'files')}`,
    bytes: ({ sent, size }) => `${sent} of ${size}`,
    checking: 'being stored',
    more: ({ count }) => `and ${n(count)} more`,
  },
  live: {
    files: { one: '{count} new file', other: '{count} new files' },
  },
  request: {
    handOn: 'Hand it on',
    how: 'how this was verified',
    asked: 'What you ask for',
    noScanner: 'No virus scanner is set up: files are not scanned.',
    total: ({ submissions, files, size }) =>
      `${plural(submissions, 'submission', 'submissions')} · ${plural(files, 'file', 'files')} · ${size}`,
    find: 'Search',
    search: 'Receipt number, who sent, or a file',
    none: 'No submission is like this.',
    older: 'Older submissions',
    csv: 'Export the files as a table (CSV)',
    fileList: ({ count }) => plural(count, 'file', 'files'),
    look: 'Look for files now',
    lookText:
      'Files that did not come by the link (left on a page in Nextcloud, or put into the folder) are found within a few minutes.',
    looking:
      'Nextcloud is being asked. Files that have not changed for half a minute then appear under “Submissions”.',
    moreFiles: ({ count }) => `${n(count)} more: see the table (CSV)`,
  },
  form: {
    none: 'none',
    grace: 'Grace after the deadline',
    access: 'Password and languages',
    password: 'with a password',
    noPassword: 'no password',
    limits: 'Limits and kinds of files',
    noLimits: 'any file',
    count: ({ count }) => n(count),
    optional: 'If you need it',
  },
};
