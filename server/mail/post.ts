import type { Database } from '../../db/client.ts';
import {
  claimMail,
  type MailClaim,
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

/**
 * Sends what is queued. A mail is claimed before it is sent and recorded after, so two nodes never send one at once.
 *
 * Danger: SMTP has no exactly-once. A node that dies, or is cut off from the database for longer than its lease, after
 * the server took the mail and before that was recorded, leaves a mail that is sent again; so does a server whose last
 * answer is lost. Both carry the same Message-ID.
 */
export const createPost = (options: PostOptions): Post => {
  const { db, nodeId, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const active = new Set<string>();
  /** Taken by the server, while the database could not be told. */
  const unrecorded = new Map<string, MailClaim>();

  const attempt = async (mailId: string): Promise<MailOutcome> => {
    const row = await claimMail(db, mailId, nodeId, limits);
    if (row === undefined) return 'not-claimed';
    const claim: MailClaim = { id: row.id, epoch: row.epoch };
    const outcome = await sendClaimed(options, limits, row, claim, unrecorded);
    if (outcome === 'fenced') log.warn({ mail: row.id }, 'another node has claimed this mail since');
    options.onOutcome?.(row.kind, outcome);
    return outcome;
  };

  return {
    async sendOne(mailId) {
      if (active.has(mailId) || unrecorded.has(mailId)) return 'not-claimed';
      active.add(mailId);
      try {
        return await attempt(mailId);
      } finally {
        active.delete(mailId);
      }
    },
    async sweep() {
      for (const [id, claim] of unrecorded) {
        if (active.has(id)) continue;
        await recordSent(db, claim);
        unrecorded.delete(id);
      }
      await gatherDigests(db, limits.digestMinutes);
      await releaseForgottenMails(db, nodeId, [...active]);
      await wakeDueMails(db);
      await forgetOldMails(db);
    },
  };
};

const sendClaimed = async (
  options: PostOptions,
  limits: PostLimits,
  row: MailRow,
  claim: MailClaim,
  unrecorded: Map<string, MailClaim>,
): Promise<MailOutcome> => {
  try {
    await options.mailer.send(row.id, row.recipient, await write(options, row));
  } catch (error) {
    return await recordFailure(options, limits, row, claim, error);
  }
  unrecorded.set(row.id, claim);
  const recorded = await recordSent(options.db, claim);
  unrecorded.delete(row.id);
  return recorded ? 'sent' : 'fenced';
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
  claim: MailClaim,
  error: unknown,
): Promise<MailOutcome> => {
  const failure = describe(error);
  const isOver = Date.now() - row.createdAt.getTime() >= limits.patienceMs;
  if (failure.code === 'mail.refused' || isOver) {
    if (!(await recordGivenUp(db, claim, failure))) return 'fenced';
    log.warn({ mail: row.id, code: failure.code, smtp: detailsOf(error) }, 'mail given up');
    return isOver ? 'given-up' : 'refused';
  }
  const next = await recordMailRetry(db, claim, failure, {
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
