import type { Database } from '../../db/client.ts';
import { findStaff } from '../../db/queries/people.ts';
import { heldForm, setConfirmed, setHeldForm, wasConfirmed } from '../../db/queries/sessions.ts';
import { Failure } from '../lib/failure.ts';
import { newToken } from '../lib/ids.ts';
import { passwordMatches } from '../lib/passwords.ts';
import type { Sealing } from '../lib/sealing.ts';
import type { Owner } from './owner.ts';
import { noting, type RefusalDeps } from './refusals.ts';

/**
 * Whoever is signed in is asked again who they are, before anything that would let somebody else into the account for
 * good: a session alone may be a browser that was left open, or a cookie that was stolen.
 */

/** Nothing is asked for so long after a sign-in, or after the last answer. */
const confirmedSeconds = 10 * 60;

export const hasConfirmed = (db: Database, { sessionId }: Pick<Owner, 'sessionId'>): Promise<boolean> =>
  wasConfirmed(db, sessionId, confirmedSeconds);

/** @throws Failure `password.wrong` (also for who has none), `auth.throttled` */
export const confirmByPassword = (deps: RefusalDeps, owner: Owner, password: string): Promise<void> => {
  const { staffId, address } = owner;
  return noting(deps, { action: 'confirmation.refused', staffId, address }, () =>
    provePassword(deps, owner, password),
  );
};

const provePassword = async (
  { db, throttle }: RefusalDeps,
  { staffId, sessionId, address }: Owner,
  password: string,
): Promise<void> => {
  const door = `password:${staffId}`;
  await throttle.spend(door, address);
  const person = await findStaff(db, staffId);
  if (!(await passwordMatches(person?.passwordHash, password))) throw new Failure('password.wrong');
  await throttle.forgive(door, address);
  await setConfirmed(db, sessionId);
};

/** What was sent when its sender was asked who they are: to be sent again by them, and by nobody else. */
export interface HeldForm {
  /** Where it was sent. */
  path: string;
  /** What it does, for people. */
  deed: string;
  fields: readonly (readonly [name: string, value: string])[];
}

/** As long as a way through another system may take. */
const heldMs = 20 * 60_000;
/** Characters that are kept: more than any form of the console has. */
const mostHeld = 64 * 1024;

const contextOf = (staffId: string, key: string): string => `held-form:${staffId}:${key}`;

interface Deps {
  db: Database;
  sealing: Sealing;
}

/**
 * Kept with the session, one at a time, and with the one that a new sign-in in its place begins.
 * @returns the key that alone opens it, for the browser that sent it. Danger: without one, whoever has stolen the session could
 *   lay a form of theirs before its owner, to be confirmed by them
 * @throws Failure `input.too-large`
 */
export const holdForm = async (
  { db, sealing }: Deps,
  { staffId, sessionId }: Pick<Owner, 'staffId' | 'sessionId'>,
  form: HeldForm,
): Promise<string> => {
  const text = JSON.stringify({ ...form, untilMs: Date.now() + heldMs });
  if (text.length > mostHeld) throw new Failure('input.too-large');
  const key = newToken();
  await setHeldForm(db, sessionId, sealing.seal(text, contextOf(staffId, key)));
  return key;
};

/** @returns undefined when there is none, none that this key opens, or only one from long ago */
export const heldFormOf = async (
  { db, sealing }: Deps,
  { staffId, sessionId }: Pick<Owner, 'staffId' | 'sessionId'>,
  key: string,
): Promise<HeldForm | undefined> => {
  const sealed = await heldForm(db, sessionId);
  if (sealed === null) return undefined;
  try {
    const opened = JSON.parse(sealing.open(sealed, contextOf(staffId, key))) as HeldForm & {
      untilMs: number;
    };
    const { untilMs, ...form } = opened;
    return untilMs > Date.now() ? form : undefined;
  } catch {
    return undefined;
  }
};

export const forgetHeldForm = (db: Database, { sessionId }: Pick<Owner, 'sessionId'>): Promise<void> =>
  setHeldForm(db, sessionId, null);
