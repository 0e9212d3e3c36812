import type { Database } from '../../db/client.ts';
import {
  claimMail,
  type MailFailure,
  type ReceiptLimits,
  recordGivenUp,
  recordMailRetry,
  recordSent,
  releaseForgottenMails,
} from '../../db/queries/mail-claims.ts';
import {
  forgetOldMails,
  gatherDigests,
  type MailRow,
  noticesOfDigest,
  wakeDueMails,
} from '../../db/queries/mails.ts';
import { findPasswordTicket } from '../../db/queries/password-tickets.ts';
import { findSubmission } from '../../db/queries/submissions.ts';
import { type BackoffLimits, backoffMs } from '../lib/backoff.ts';
import type { Log } from '../lib/log.ts';
import { passwordLink } from '../lib/password-link.ts';
import type { Sealing } from '../lib/sealing.ts';
import { digestLetter } from './digest-letter.ts';
import type { Letter } from './letter.ts';
import { type Mailer, MailNotSent } from './mailer.ts';
import { passwordLetter } from './password-letter.ts';
import { receiptLetter } from './receipt-letter.ts';
import { createSender } from './sender.ts';

export interface PostLimits extends BackoffLimits, ReceiptLimits {
  /** After so long a mail is given up and staff are told. */
  patienceMs: number;
  /** Attempts of one mail that the server itself has failed, after which staff are told. */
  failuresUntold: number;
  /** At most one mail to each of the staff in so long, whatever happens. */
  digestMinutes: number;
}

const defaultLimits: PostLimits = {
  leastMs: 60_000,
  mostMs: 2 * 3_600_000,
  patienceMs: 3 * 24 * 3_600_000,
  failuresUntold: 3,
  mailboxPerHour: 10,
  mailboxPerDay: 30,
  requestPerHour: 300,
  digestMinutes: 10,
};

/**
 * `not-claimed`: not due, held by a living node, done, or there were too many. `fenced`: another node has claimed it
 * since; what this one knew was not recorded.
 */
export type MailOutcome = 'sent' | 'retry' | 'refused' | 'given-up' | 'not-claimed' | 'fenced';

export interface PostOptions {
  db: Database;
  /** This process in `nodes`: its leases hold as long as the heartbeat that the composition keeps. */
  nodeId: string;
  mailer: Mailer;
  publicUrl: URL;
  sealing: Sealing;
  /** IANA name of the zone in which moments are told. */
  zone: string;
  log: Log;
  onOutcome?(kind: MailRow['kind'], outcome: MailOutcome): void;
  limits?: Partial<PostLimits>;
}

export interface Post {
  /** One attempt, if it can be claimed. Throws only what the database throws; the sweep then finds the row. */
  sendOne(mailId: string): Promise<MailOutcome>;
  /** Makes the digest that is due, and wakes what no job was woken for. */
  sweep(): Promise<void>;
}

/** Sends what is queued. One that is sent again after all (`createSender`) has the same Message-ID. */
export const createPost = (options: PostOptions): Post => {
  const { db, nodeId, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const sender = createSender<MailRow, MailOutcome>({
    claim: (mailId) => claimMail(db, mailId, nodeId, limits),
    send: async (row) => options.mailer.send(row.id, row.recipient, await write(options, row)),
    recordSent: (claim) => recordSent(db, claim),
    recordFailure: (row, error) => recordFailure(options, limits, row, error),
    onOutcome: ({ kind }, outcome) => options.onOutcome?.(kind, outcome),
    log,
  });
  return {
    sendOne: sender.sendOne,
    async sweep() {
      await sender.recordLeft();
      await gatherDigests(db, limits.digestMinutes);
      await releaseForgottenMails(db, nodeId, sender.activeIds());
      await wakeDueMails(db);
      await forgetOldMails(db);
    },
  };
};

/** @throws Error when what it is about is not there (any more) */
const write = async ({ db, publicUrl, sealing, zone }: PostOptions, row: MailRow): Promise<Letter> => {
  if (row.kind === 'digest') return digestLetter(await noticesOfDigest(db, row.subject), { publicUrl });
  if (row.kind === 'invitation' || row.kind === 'reset') {
    // A link that opens nothing any more is not sent, however long the server took none.
    if ((await findPasswordTicket(db, row.subject)) === undefined)
      throw new MailNotSent('mail.refused', 'its link is over');
    return passwordLetter(row.kind, row.language, passwordLink({ sealing, publicUrl }, row.subject));
  }
  const found = await findSubmission(db, row.subject);
  if (found === undefined || found.submission.receiptText === null)
    throw new Error('a mail about a receipt that is not there');
  return receiptLetter(row.language ?? 'en', found.submission.receiptText, zone);
};

const recordFailure = async (
  { db, log }: PostOptions,
  limits: PostLimits,
  row: MailRow,
  error: unknown,
): Promise<MailOutcome> => {
  const failure = describe(error);
  const isOver = Date.now() - row.createdAt.getTime() >= limits.patienceMs;
  if (failure.code === 'mail.refused' || isOver) {
    if (!(await recordGivenUp(db, row, failure))) return 'fenced';
    log.warn({ mail: row.id, code: failure.code, smtp: detailsOf(error) }, 'mail given up');
    return isOver ? 'given-up' : 'refused';
  }
  const next = await recordMailRetry(db, row, failure, {
    delayMs: backoffMs(row.attempts, 'later', limits),
    tellStaff: failure.ofServer && row.attempts >= limits.failuresUntold,
  });
  if (next === undefined) return 'fenced';
  log.warn(
    { mail: row.id, code: failure.code, smtp: detailsOf(error), next },
    'mail not sent, to be tried again',
  );
  return 'retry';
};

const describe = (error: unknown): MailFailure =>
  error instanceof MailNotSent
    ? { code: error.code, ofServer: error.code !== 'mail.refused' && error.code !== 'mail.put-off' }
    : { code: 'internal', ofServer: false };

const detailsOf = (error: unknown): string =>
  error instanceof MailNotSent ? error.details : error instanceof Error ? error.name : typeof error;
