import type { Database, Queryable } from '../../db/client.ts';
import { isUniqueViolation } from '../../db/errors.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { resolveNotices } from '../../db/queries/notices.ts';
import { findOwnAccount, lockAccount, lockStaff, requestsInNeedOf } from '../../db/queries/own-accounts.ts';
import {
  type AccountRow,
  insertAccount,
  type StaffRow,
  setAccount,
  setStaff,
} from '../../db/queries/people.ts';
import { sealedAppPasswordContext } from '../lib/app-password.ts';
import { Failure, isFailure } from '../lib/failure.ts';
import type { Sealing } from '../lib/sealing.ts';
import type { Granted, LoginFlows, NextcloudWay } from './nextcloud-way.ts';
import { auditOf, type Owner } from './owner.ts';

/** A person's own Nextcloud account, in whose folder their requests may live. */

export interface OwnNextcloudDeps {
  db: Database;
  sealing: Sealing;
  /** The one server that accounts are of. */
  baseUrl: URL;
  flows: Pick<LoginFlows, 'holderOf' | 'giveBack'>;
  way: Pick<NextcloudWay, 'giveBack'>;
  /** This process is to look at the account's row again. */
  changed: (accountId: string) => void;
}

type Who = Pick<Owner, 'staffId' | 'address'>;

/** Staff are told under this code when Nextcloud refuses the app password of an account that somebody has connected. */
export const connectionRefusedNotice = 'nextcloud.connection-refused';

/** `connected`: requests can live in it. `refused` is not told here: Nextcloud was not asked. */
export type OwnNextcloud =
  | { state: 'none' }
  | { state: 'connected' | 'disconnected'; user: string; requests: number };

export const ownNextcloudOf = async (db: Database, staffId: string): Promise<OwnNextcloud> => {
  const account = await findOwnAccount(db, staffId);
  if (account === undefined) return { state: 'none' };
  const requests = account.revoked ? 0 : (await requestsInNeedOf(db, account.id)).length;
  return { state: account.revoked ? 'disconnected' : 'connected', user: account.user, requests };
};

/**
 * Connects the account. Where it is connected and its app password still works, that one is kept.
 * @param by `sign-in` leaves alone what its person has disconnected
 * @returns whether the new app password is kept: else it is the caller's to give back
 * @throws Failure `account.not-yours`: another account is named with this person, or this one with another person
 */
export const connectNextcloud = async (
  deps: OwnNextcloudDeps,
  who: Who,
  granted: Granted,
  by: 'person' | 'sign-in',
): Promise<boolean> => {
  const before = await findOwnAccount(deps.db, who.staffId);
  const isSame = before?.baseUrl === deps.baseUrl.href && before.userId === granted.userId;
  if (isSame && before.revoked && by === 'sign-in') return false;
  if (isSame && !before.revoked && (await works(deps, before))) return false;
  const { accountId, replaced } = await deps.db.transaction((tx) => store(deps, tx, who, granted));
  deps.changed(accountId);
  // Another way of theirs ended in between: what it has brought would belong to nobody. One that was refused is worth nothing.
  if (replaced !== undefined && replaced.appPasswordSealed !== before?.appPasswordSealed)
    await deps.way.giveBack({ user: replaced.user, appPassword: appPasswordOf(deps.sealing, replaced) });
  return true;
};

const store = async (
  { sealing, baseUrl }: OwnNextcloudDeps,
  tx: Queryable,
  who: Who,
  { user, userId, appPassword }: Granted,
): Promise<{ accountId: string; replaced: AccountRow | undefined }> => {
  await nameUser(tx, await lockStaff(tx, who.staffId), userId);
  const values = {
    baseUrl: baseUrl.href,
    user,
    userId,
    staffId: who.staffId,
    appPasswordSealed: sealing.seal(appPassword, sealedAppPasswordContext(baseUrl.href, user)),
    revoked: false,
  };
  const known = await findOwnAccount(tx, who.staffId);
  const isSame = known?.baseUrl === values.baseUrl && known.userId === userId;
  const accountId = isSame ? known.id : (await insertAccount(tx, values)).id;
  if (isSame) await setAccount(tx, accountId, values);
  await resolveNotices(tx, connectionRefusedNotice, accountId);
  await recordAudit(tx, { ...auditOf(who, 'account.connected'), details: { user } });
  return { accountId, replaced: isSame && !known.revoked ? known : undefined };
};

/** From now on this Nextcloud user signs in as this person. */
const nameUser = async (tx: Queryable, person: StaffRow | undefined, userId: string): Promise<void> => {
  const nextcloudUser = userId.toLowerCase();
  if (person === undefined || person.disabledAt !== null) throw new Failure('not-found');
  if (person.nextcloudUser === nextcloudUser) return;
  if (person.nextcloudUser !== null) throw new Failure('account.not-yours');
  await setStaff(tx, person.id, { nextcloudUser }).catch((error: unknown) => {
    throw isUniqueViolation(error) ? new Failure('account.not-yours') : error;
  });
};

/** What can't be asked now is taken for good. */
const works = ({ flows, sealing }: OwnNextcloudDeps, account: AccountRow): Promise<boolean> =>
  flows.holderOf(account.user, appPasswordOf(sealing, account)).then(
    () => true,
    (error: unknown) => !isFailure(error, 'nextcloud.credentials-refused'),
  );

const appPasswordOf = (sealing: Sealing, { baseUrl, user, appPasswordSealed }: AccountRow): string =>
  sealing.open(appPasswordSealed, sealedAppPasswordContext(baseUrl, user));

/**
 * Makes the app password worthless at Nextcloud and forgets it. Files and folders stay where they are.
 * @throws Failure `account.not-connected`, `account.in-use`, or what kept Nextcloud from answering: then nothing has changed
 */
export const disconnectNextcloud = async (deps: OwnNextcloudDeps, who: Who): Promise<void> => {
  const { db, sealing, flows } = deps;
  const accountId = await db.transaction(async (tx) => {
    await lockStaff(tx, who.staffId);
    const account = await findOwnAccount(tx, who.staffId);
    if (account === undefined || account.revoked) throw new Failure('account.not-connected');
    await lockAccount(tx, account.id);
    const [first, ...others] = await requestsInNeedOf(tx, account.id);
    if (first !== undefined)
      throw new Failure('account.in-use', { params: { title: first.title, others: others.length } });
    const { id, user, baseUrl } = account;
    const appPasswordSealed = sealing.seal('', sealedAppPasswordContext(baseUrl, user));
    await setAccount(tx, id, { revoked: true, appPasswordSealed });
    await resolveNotices(tx, connectionRefusedNotice, id);
    await recordAudit(tx, { ...auditOf(who, 'account.disconnected'), details: { user } });
    // Last: when it fails, nothing has changed.
    await flows.giveBack(user, appPasswordOf(sealing, account));
    return id;
  });
  deps.changed(accountId);
};
