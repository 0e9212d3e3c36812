/** As a server's capabilities have it. */
export interface PasswordPolicy {
  minLength: number;
  nonCommon: boolean;
  numeric: boolean;
  special: boolean;
  upperLower: boolean;
  notPwned: boolean;
}

/** What a server asks of the passwords of shares, as far as it says so. */
export interface PasswordRules {
  /** Whether a public share must have one. */
  isEnforced: boolean;
  policy: PasswordPolicy | undefined;
}

/** The policy's rules that can be looked up without the server. */
export const keepsPolicy = (password: string, policy: PasswordPolicy): boolean =>
  Array.from(password).length >= policy.minLength &&
  (!policy.numeric || /\p{Nd}/u.test(password)) &&
  (!policy.special || /[^\p{L}\p{Nd}]/u.test(password)) &&
  (!policy.upperLower || (/\p{Lu}/u.test(password) && /\p{Ll}/u.test(password)));

/** Whether the server has lists to look a password up in. */
export const hasLists = ({ nonCommon, notPwned }: PasswordPolicy): boolean => nonCommon || notPwned;

/** Of the words that say the rules: `limit` characters, and 1 for each other rule that holds. */
export const paramsOf = (policy: PasswordPolicy): Record<string, number> => ({
  limit: policy.minLength,
  ...(policy.numeric && { numeric: 1 }),
  ...(policy.special && { special: 1 }),
  ...(policy.upperLower && { upperLower: 1 }),
  ...(hasLists(policy) && { uncommon: 1 }),
});
