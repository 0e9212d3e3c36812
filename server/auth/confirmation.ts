import type { Database } from '../../db/client.ts';
import { findStaff } from '../../db/queries/people.ts';
import { heldForm, setConfirmed, setHeldForm, wasConfirmed } from '../../db/queries/sessions.ts';
import { Failure } from '../lib/failure.ts';
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

const contextOf = (staffId: string): string => `held-form:${staffId}`;

interface Deps {
  db: Database;
  sealing: Sealing;
}

/** Kept with the session, one at a time, and with the one that a new sign-in in its place begins. @throws Failure `input.too-large` */
export const holdForm = async (
  { db, sealing }: Deps,
  { staffId, sessionId }: Pick<Owner, 'staffId' | 'sessionId'>,
  form: HeldForm,
): Promise<void> => {
  const text = JSON.stringify({ ...form, untilMs: Date.now() + heldMs });
  if (text.length > mostHeld) throw new Failure('input.too-large');
  await setHeldForm(db, sessionId, sealing.seal(text, contextOf(staffId)));
};

/** @returns undefined when there is none, or only one from long ago */
export const heldFormOf = async (
  { db, sealing }: Deps,
  { staffId, sessionId }: Pick<Owner, 'staffId' | 'sessionId'>,
): Promise<HeldForm | undefined> => {
  const sealed = await heldForm(db, sessionId);
  if (sealed === null) return undefined;
  const { untilMs, ...form } = JSON.parse(sealing.open(sealed, contextOf(staffId))) as HeldForm & {
    untilMs: number;
  };
  return untilMs > Date.now() ? form : undefined;
};

export const forgetHeldForm = (db: Database, { sessionId }: Pick<Owner, 'sessionId'>): Promise<void> =>
  setHeldForm(db, sessionId, null);
