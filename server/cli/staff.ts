import { randomBytes } from 'node:crypto';
import { recordAudit } from '../../db/queries/audit.ts';
import { findStaffByLogin, insertStaff } from '../../db/queries/people.ts';
import type { StaffRole } from '../../db/schema/index.ts';
import { loginPattern } from '../auth/people.ts';
import { removeSecondFactor } from '../auth/second-factor.ts';
import { hashPassword } from '../lib/passwords.ts';
import { withInstallation } from './surroundings.ts';
import { oneWord, parse, UsageError } from './usage.ts';

const roles: readonly StaffRole[] = ['administrator', 'staff', 'viewer'];

/** Adds a member of staff with a password that is shown once. */
export const addStaff = async (args: string[]): Promise<number> => {
  const { values, positionals } = parse(args, {
    name: { type: 'string' },
    role: { type: 'string', default: 'staff' },
    email: { type: 'string' },
  });
  const login = oneWord(positionals, 'login').toLowerCase();
  if (!loginPattern.test(login))
    throw new UsageError('A login has letters, digits and . _ @ + - and begins with a letter or a digit.');
  const role = roles.find((known) => known === values.role);
  if (role === undefined) throw new UsageError(`--role is one of ${roles.join(', ')}.`);
  return withInstallation(async ({ intake }) => {
    const password = randomBytes(12).toString('base64url');
    const passwordHash = await hashPassword(password);
    const made = await intake.db.transaction(async (tx) => {
      const row = await insertStaff(tx, {
        login,
        name: values.name ?? login,
        email: values.email ?? null,
        role,
        passwordHash,
      });
      if (row !== undefined)
        await recordAudit(tx, { actor: 'system', action: 'staff.added', subject: row.id, details: { role } });
      return row;
    });
    if (made === undefined)
      throw new UsageError(`There is a member of staff with the login ${login} already.`);
    console.log(`${login} (${role}) may sign in with the password ${password}\nIt is shown only this once.`);
    return 0;
  });
};

/** For somebody who has neither their app nor a recovery code. */
export const resetSecondFactor = async (args: string[]): Promise<number> => {
  const login = oneWord(parse(args, {}).positionals, 'login');
  return withInstallation(async ({ intake }) => {
    const person = await findStaffByLogin(intake.db, login);
    if (person === undefined) throw new UsageError(`There is no member of staff with the login ${login}.`);
    const removed = await removeSecondFactor(intake.db, person.id, { name: 'system' });
    console.log(
      removed
        ? `${login} signs in with the password alone. Every session of theirs has ended.`
        : `${login} has no second factor.`,
    );
    return 0;
  });
};
