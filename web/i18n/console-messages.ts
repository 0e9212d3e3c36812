import type { Plural } from './template.ts';

/** What the console says of things as they stand: the list of requests, a request's page, and what arrives. */
export interface ConsoleMessages {
  list: {
    copyLink: string;
    /** Beside a deadline that is ahead, and beside one that has passed. */
    due: (p: { distance: string }) => string;
    past: (p: { distance: string }) => string;
    /** On a badge: deliveries that were given up. */
    dead: (p: { count: number }) => string;
    /** To who may see no request at all. */
    noTeam: string;
    nothingYet: string;
    lastAt: (p: { distance: string }) => string;
    /** Nothing is like what is looked for. */
    showAll: string;
    newer: string;
  };
  arriving: {
    title: string;
    files: (p: { count: number; done: number }) => string;
    /** The sizes of some files are not known before they are whole. */
    bytes: (p: { sent: string; size: string }) => string;
    checking: string;
    more: (p: { count: number }) => string;
  };
  /** Said aloud, when files have come to a page that is open. */
  live: { files: Plural };
  request: {
    handOn: string;
    how: string;
    asked: string;
    noScanner: string;
    total: (p: { submissions: number; files: number; size: string }) => string;
    find: string;
    search: string;
    none: string;
    older: string;
    csv: string;
    fileList: (p: { count: number }) => string;
    /** Files of a submission that the page does not show. */
    /** Files that did not come through the portal. */
    look: string;
    lookText: string;
    looking: string;
    moreFiles: (p: { count: number }) => string;
  };
  /** The parts of a request's form that are folded, and what each says while it is. */
  form: {
    none: string;
    zone: string;
    access: string;
    password: string;
    noPassword: string;
    limits: string;
    noLimits: string;
    count: (p: { count: number }) => string;
    optional: string;
  };
}
