import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { type FailureCode, isFailure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { networkOf } from '../lib/networks.ts';
import type { Throttle } from './throttle.ts';

/** Attempts to get in that were refused, in the audit log. */

export interface RefusalDeps {
  db: Database;
  throttle: Throttle;
  log: Log;
}

export interface Attempt {
  action: 'session.refused' | 'second-factor.refused' | 'confirmation.refused';
  /**
   * Who was tried, if there is such a person. Danger: never what was typed in place of a name, for people type their
   * password there.
   */
  staffId: string | undefined;
  address: string;
  /** The system behind the door, where it is not this one. */
  by?: string;
}

const refusals: readonly FailureCode[] = [
  'auth.not-admitted',
  'auth.refused',
  'auth.throttled',
  'password.wrong',
  'second-factor.wrong',
];

/**
 * Carries an attempt out, and writes down when it is refused: once in a quarter of an hour for each person and network, and
 * once more when it was too often, so that nobody fills the log. Written behind the answer, whose time tells nothing.
 */
export const noting = async <T>(deps: RefusalDeps, attempt: Attempt, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (isFailure(error, ...refusals))
      note(deps, attempt, isFailure(error, 'auth.throttled')).catch((cause: unknown) =>
        deps.log.error({ err: cause }, 'a refused sign-in was not written down'),
      );
    throw error;
  }
};

const note = async (
  { db, throttle }: RefusalDeps,
  { action, staffId, address, by }: Attempt,
  throttled: boolean,
): Promise<void> => {
  const subject = staffId ?? 'unknown';
  const kind = `${action} ${by ?? ''} ${String(throttled)}`;
  if (!(await throttle.isToBeNoted(subject, kind, address))) return;
  await recordAudit(db, {
    actor: 'anonymous',
    action,
    subject,
    address: networkOf(address),
    details: { ...(by !== undefined && { by }), ...(throttled && { throttled }) },
  });
};
