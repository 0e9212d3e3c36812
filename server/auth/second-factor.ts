import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import {
  beginSecondFactor,
  confirmSecondFactor,
  countRecoveryCodes,
  deleteSecondFactor,
  findSecondFactor,
  type SecondFactorRow,
  setRecoveryCodes,
  useRecoveryCode,
  useStep,
} from '../../db/queries/second-factors.ts';
import { deleteSessionsOf } from '../../db/queries/sessions.ts';
import { Failure } from '../lib/failure.ts';
import { randomBase32 } from '../lib/ids.ts';
import type { Sealing } from '../lib/sealing.ts';
import { confirmByPassword } from './confirmation.ts';
import { auditOf, type Owner } from './owner.ts';
import { noting, type RefusalDeps } from './refusals.ts';
import { matchingStep, newTotpSecret, totpAddress } from './totp.ts';

/** Codes of an authenticator app, asked for after the password. */

export interface SecondFactorDeps extends RefusalDeps {
  sealing: Sealing;
}

/** `waiting`: the app is to be told the secret, and a code of it to be typed. */
export type SecondFactorState =
  | { state: 'off' }
  | { state: 'waiting'; secret: string; address: string }
  | { state: 'on'; recoveryCodes: number };

const recoveryCodesMade = 10;

export const secondFactorOf = async (
  { db, sealing }: SecondFactorDeps,
  { staffId, login }: { staffId: string; login: string },
): Promise<SecondFactorState> => {
  const row = await findSecondFactor(db, staffId);
  if (row === undefined) return { state: 'off' };
  if (row.confirmedAt !== null) return { state: 'on', recoveryCodes: await countRecoveryCodes(db, staffId) };
  const secret = secretOf(sealing, row);
  return { state: 'waiting', secret, address: totpAddress(secret, login) };
};

export const hasSecondFactor = async (db: Database, staffId: string): Promise<boolean> =>
  ((await findSecondFactor(db, staffId))?.confirmedAt ?? null) !== null;

/** Draws a secret. Nothing asks for it before a code of it was typed. @throws Failure `second-factor.changed` */
export const enrol = async ({ db, sealing }: SecondFactorDeps, owner: Owner): Promise<void> => {
  const sealed = sealing.seal(newTotpSecret(), contextOf(owner.staffId));
  if (!(await beginSecondFactor(db, owner.staffId, sealed))) throw new Failure('second-factor.changed');
};

/**
 * From now on sign-in asks for it.
 * @returns recovery codes, told here once in the clear
 * @throws Failure `second-factor.wrong`, `second-factor.changed`, `auth.throttled`
 */
export const confirm = async (deps: SecondFactorDeps, owner: Owner, code: string): Promise<string[]> => {
  const { staffId } = owner;
  await deps.throttle.spend(doorOf(staffId));
  const row = await findSecondFactor(deps.db, staffId);
  if (row === undefined || row.confirmedAt !== null) throw new Failure('second-factor.changed');
  const step = matchingStep(secretOf(deps.sealing, row), digitsOf(code), Date.now());
  if (step === undefined) throw new Failure('second-factor.wrong');
  const codes = Array.from({ length: recoveryCodesMade }, () => randomBase32(10));
  await deps.db.transaction(async (tx) => {
    if (!(await confirmSecondFactor(tx, row, step))) throw new Failure('second-factor.changed');
    await setRecoveryCodes(
      tx,
      staffId,
      codes.map((each) => recoveryHash(deps.sealing, staffId, each)),
    );
    await recordAudit(tx, auditOf(owner, 'second-factor.on'));
  });
  await deps.throttle.forgive(doorOf(staffId));
  return codes.map((each) => `${each.slice(0, 5)}-${each.slice(5)}`);
};

/**
 * Uses a code of the app, or a recovery code, up. Guesses are counted from wherever they come: who gets here knows the
 * password.
 * @throws Failure `second-factor.wrong` (never valid, used before, or used up: one answer), `auth.throttled`
 */
export const proveSecondFactor = (
  deps: SecondFactorDeps,
  who: Pick<Owner, 'staffId' | 'address'>,
  code: string,
): Promise<void> => noting(deps, { action: 'second-factor.refused', ...who }, () => useCode(deps, who, code));

const useCode = async (
  { db, sealing, throttle }: SecondFactorDeps,
  { staffId, address }: Pick<Owner, 'staffId' | 'address'>,
  code: string,
): Promise<void> => {
  await throttle.spend(doorOf(staffId));
  const row = await findSecondFactor(db, staffId);
  if (row === undefined || row.confirmedAt === null) throw new Failure('second-factor.wrong');
  const step = matchingStep(secretOf(sealing, row), digitsOf(code), Date.now());
  const isGood =
    step === undefined
      ? await db.transaction(async (tx) => {
          if (!(await useRecoveryCode(tx, staffId, recoveryHash(sealing, staffId, code)))) return false;
          await recordAudit(tx, auditOf({ staffId, address }, 'second-factor.recovery-code-used'));
          return true;
        })
      : await useStep(db, staffId, step);
  if (!isGood) throw new Failure('second-factor.wrong');
  await throttle.forgive(doorOf(staffId));
};

/** @throws Failure `password.wrong`, `second-factor.wrong`, `auth.throttled` */
export const turnOff = async (
  deps: SecondFactorDeps,
  owner: Owner,
  given: { current: string; code: string },
): Promise<void> => {
  await confirmByPassword(deps, owner, given.current);
  await proveSecondFactor(deps, owner, given.code);
  await deps.db.transaction(async (tx) => {
    await deleteSecondFactor(tx, owner.staffId);
    await recordAudit(tx, auditOf(owner, 'second-factor.off'));
  });
};

/**
 * For somebody who has lost theirs. Ends every session of theirs: who asked for it may be somebody else.
 * @param by who does it
 * @returns whether there was one
 */
export const removeSecondFactor = (
  db: Database,
  staffId: string,
  by: { name: string; address?: string },
): Promise<boolean> =>
  db.transaction(async (tx) => {
    if (!(await deleteSecondFactor(tx, staffId))) return false;
    await deleteSessionsOf(tx, staffId);
    await recordAudit(tx, {
      actor: by.name,
      action: 'second-factor.removed',
      subject: staffId,
      address: by.address,
    });
    return true;
  });

const doorOf = (staffId: string): string => `second-factor:${staffId}`;

const contextOf = (staffId: string): string => `second-factor:${staffId}`;

const secretOf = (sealing: Sealing, row: SecondFactorRow): string =>
  sealing.open(row.secretSealed, contextOf(row.staffId));

/** Apps show a code in two halves. */
const digitsOf = (code: string): string => code.replaceAll(/[\s-]/g, '');

/** Keyed: a dump of the database is no list to try codes against. Read as it is written on paper. */
const recoveryHash = (sealing: Sealing, staffId: string, code: string): string => {
  const plain = code
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  return sealing.sign(`${staffId}:${plain}`, 'recovery-code');
};
