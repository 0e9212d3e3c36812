import { Failure } from '../lib/failure.ts';
import type { Intake } from './context.ts';
import { hasLists, keepsPolicy, paramsOf } from './rules/password-policy.ts';

/** Of the words that say what Nextcloud asks of a password; undefined where it asks for nothing. @throws Failure what Nextcloud failed with */
export const passwordRulesFor = async (
  intake: Intake,
  accountId: string,
): Promise<Record<string, number> | undefined> => {
  const { policy } = (await intake.accounts.factsOf(accountId)).passwordRules;
  return policy && paramsOf(policy);
};

/**
 * Holds a request's own password to what its Nextcloud asks of the passwords of shares. The share itself has a random one.
 * @param password null: the request is to have none
 * @throws Failure `request.password-weak`, `request.password-required`, or what Nextcloud failed with: then it is not known
 */
export const requireGoodPassword = async (
  intake: Intake,
  accountId: string,
  password: string | null,
): Promise<void> => {
  const { isEnforced, policy } = (await intake.accounts.factsOf(accountId)).passwordRules;
  if (password === null) {
    if (isEnforced) throw new Failure('request.password-required');
    return;
  }
  if (policy === undefined) return;
  const isGood =
    keepsPolicy(password, policy) &&
    (!hasLists(policy) || (await (await intake.accounts.nextcloudFor(accountId)).acceptsPassword(password)));
  if (!isGood) throw new Failure('request.password-weak', { params: paramsOf(policy) });
};
