import { findStaffByNextcloudUser } from '../../db/queries/own-accounts.ts';
import { findStaff } from '../../db/queries/people.ts';
import { Failure } from '../lib/failure.ts';
import type { Granted, NextcloudWay } from './nextcloud-way.ts';
import { connectNextcloud, type OwnNextcloudDeps } from './own-nextcloud.ts';
import { rightsOf } from './rights.ts';
import { admitVouched, type RoleGroups } from './vouched.ts';

export interface NextcloudSignInDeps extends OwnNextcloudDeps {
  way: NextcloudWay;
  /** Who is let in, and as what; undefined: those whose Nextcloud user is named with them. */
  groups: RoleGroups | undefined;
}

/**
 * Whose sign-in it is, after Nextcloud has said who they are. Connects the account of whoever may open requests.
 * @returns undefined as long as they have not granted access
 * @throws Failure `auth.not-admitted`, `auth.provider-unavailable`
 */
export const signInWithNextcloud = async (
  deps: NextcloudSignInDeps,
  waySealed: string,
  address: string,
): Promise<string | undefined> => {
  const granted = await deps.way.finish(waySealed, 'sign-in');
  if (granted === undefined) return undefined;
  let isKept = false;
  try {
    const staffId = await personOf(deps, granted);
    const person = await findStaff(deps.db, staffId);
    if (person === undefined || person.disabledAt !== null) throw new Failure('auth.not-admitted');
    if (rightsOf(person.role).includes('requests:write'))
      isKept = await connectNextcloud(deps, { staffId, address }, granted, 'sign-in');
    return staffId;
  } finally {
    if (!isKept) await deps.way.giveBack(granted);
  }
};

const personOf = async (
  { db, groups }: NextcloudSignInDeps,
  { userId, displayName, groups: own }: Granted,
): Promise<string> => {
  const known = await findStaffByNextcloudUser(db, userId);
  if (groups === undefined) {
    if (known === undefined) throw new Failure('auth.not-admitted');
    return known.id;
  }
  return admitVouched(db, groups, {
    known,
    groups: own,
    link: { nextcloudUser: userId.toLowerCase() },
    login: userId,
    name: displayName,
    email: null,
    by: 'Nextcloud',
  });
};
