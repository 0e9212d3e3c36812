import type { Database } from '../../db/client.ts';
import {
  type ClaimedNotification,
  claimNotification,
  recordNotificationGivenUp,
  recordNotificationRetry,
  recordNotified,
  releaseForgottenNotifications,
} from '../../db/queries/notification-claims.ts';
import {
  forgetOldNotifications,
  gatherNotifications,
  wakeDueNotifications,
} from '../../db/queries/notifications.ts';
import { type BackoffLimits, backoffMs } from '../lib/backoff.ts';
import { type FailureCode, isFailure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { noticesPage, noticeText, requestPage } from './notice-words.ts';
import { createSender } from './sender.ts';

/** What tells accounts something at Nextcloud, as the account that may. */
export interface Teller {
  tell(
    userId: string,
    notification: { id: string; text: string; link: URL },
  ): Promise<'told' | 'unknown-user'>;
  mayTell(options: { signal: AbortSignal }): Promise<'yes' | 'no-administrator' | 'no-app'>;
}

/** Whether notices can be told at Nextcloud. `refused`: the app password; `unknown`: Nextcloud could not be asked. */
export type Ability = 'yes' | 'no-administrator' | 'no-app' | 'refused' | 'unknown';

export interface NotifierLimits extends BackoffLimits {
  /** After so long one is given up: who reads it later is not helped by it. */
  patienceMs: number;
  /** Attempts of one that may pass by themselves, after which staff are told. */
  failuresUntold: number;
}

const defaultLimits: NotifierLimits = {
  leastMs: 60_000,
  mostMs: 3_600_000,
  patienceMs: 24 * 3_600_000,
  failuresUntold: 3,
};

/** `not-claimed`: not due, held by a living node, done, or wanted no more. `fenced`: another node has claimed it since. */
export type NotificationOutcome = 'sent' | 'retry' | 'unknown-user' | 'given-up' | 'not-claimed' | 'fenced';

export interface NotifierOptions {
  db: Database;
  /** This process in `nodes`. */
  nodeId: string;
  teller: () => Promise<Teller>;
  publicUrl: URL;
  log: Log;
  onOutcome?(outcome: NotificationOutcome): void;
  limits?: Partial<NotifierLimits>;
}

export interface Notifier {
  /** One attempt, if it can be claimed. Throws only what the database throws; the sweep then finds the row. */
  sendOne(id: string): Promise<NotificationOutcome>;
  /** Makes rows of what is new, and wakes what no job was woken for. */
  sweep(): Promise<void>;
}

/** Tells each of the staff who wants it every notice of their teams at Nextcloud, as it comes and in their language. */
export const createNotifier = (options: NotifierOptions): Notifier => {
  const { db, nodeId, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const sender = createSender<ClaimedNotification, NotificationOutcome>({
    claim: (id) => claimNotification(db, id, nodeId),
    send: (row) => tell(options, row),
    recordSent: (claim) => recordNotified(db, claim),
    recordFailure: (row, error) => recordFailure(options, limits, row, error),
    onOutcome: (_row, outcome) => options.onOutcome?.(outcome),
    log,
  });
  return {
    sendOne: sender.sendOne,
    async sweep() {
      await sender.recordLeft();
      await gatherNotifications(db);
      await releaseForgottenNotifications(db, nodeId, sender.activeIds());
      await wakeDueNotifications(db);
      await forgetOldNotifications(db);
    },
  };
};

class UnknownUser extends Error {}

const tell = async (
  { teller, publicUrl }: NotifierOptions,
  { notice, language, nextcloudUser }: ClaimedNotification,
): Promise<void> => {
  const link = notice.requestId === null ? noticesPage(publicUrl) : requestPage(notice.requestId, publicUrl);
  const notification = { id: notice.id, text: noticeText(language ?? 'en', notice), link };
  const answer = await (await teller()).tell(nextcloudUser, notification);
  if (answer === 'unknown-user') throw new UnknownUser();
};

/** What stands in the way of all, whoever they are for, until somebody sets it right. */
const toSetRight: Partial<Record<FailureCode, string>> = {
  'nextcloud.credentials-refused': 'nextcloud.credentials-refused',
  'nextcloud.forbidden': 'notification.no-administrator',
  'nextcloud.not-found': 'notification.no-app',
};

const recordFailure = async (
  { db, log }: NotifierOptions,
  limits: NotifierLimits,
  row: ClaimedNotification,
  error: unknown,
): Promise<NotificationOutcome> => {
  const about = { notification: row.id, staff: row.staffId };
  if (error instanceof UnknownUser) {
    const code = 'notification.unknown-user';
    if (!(await recordNotificationGivenUp(db, row, code, row.nextcloudUser))) return 'fenced';
    log.warn({ ...about, code }, 'notification given up: Nextcloud knows no such account');
    return 'unknown-user';
  }
  const failed = isFailure(error) ? error.code : 'internal';
  const code = toSetRight[failed] ?? failed;
  const isOver = Date.now() - row.createdAt.getTime() >= limits.patienceMs;
  if (isOver || code === 'nextcloud.rejected') {
    if (!(await recordNotificationGivenUp(db, row, code))) return 'fenced';
    log.warn({ ...about, code, err: error }, 'notification given up');
    return 'given-up';
  }
  const next = await recordNotificationRetry(db, row, code, {
    delayMs: backoffMs(row.attempts, isFailure(error) ? error.retry : 'later', limits),
    tellStaff: row.attempts >= limits.failuresUntold || toSetRight[failed] !== undefined,
  });
  if (next === undefined) return 'fenced';
  log.warn({ ...about, code, next }, 'notification not sent, to be tried again');
  return 'retry';
};

const abilityLifeMs = 60_000;
const askMs = 5_000;

/** Asks Nextcloud, at most once a minute. */
export const createAbility = (teller: () => Promise<Teller>): (() => Promise<Ability>) => {
  let known: { ability: Promise<Ability>; untilMs: number } | undefined;
  return () => {
    if (known === undefined || known.untilMs <= performance.now())
      known = { ability: askAbility(teller), untilMs: performance.now() + abilityLifeMs };
    return known.ability;
  };
};

export const askAbility = async (teller: () => Promise<Teller>): Promise<Ability> => {
  try {
    return await (await teller()).mayTell({ signal: AbortSignal.timeout(askMs) });
  } catch (error) {
    return isFailure(error, 'nextcloud.credentials-refused') ? 'refused' : 'unknown';
  }
};
