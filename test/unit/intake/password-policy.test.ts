import { expect, test } from 'vitest';
import { keepsPolicy, type PasswordPolicy, paramsOf } from '../../../server/intake/rules/password-policy.ts';

const plain: PasswordPolicy = {
  minLength: 10,
  nonCommon: false,
  numeric: false,
  special: false,
  upperLower: false,
  notPwned: false,
};

test.each<[Partial<PasswordPolicy>, string, string]>([
  [{}, 'abcdefghij', 'abcdefghi'],
  // Characters are counted, not what they are made of.
  [{ minLength: 4 }, '会計課長', '会計課'],
  [{ minLength: 3 }, '🔑🔑🔑', '🔑🔑'],
  [{ numeric: true }, 'abcdefghi1', 'abcdefghij'],
  [{ special: true }, 'abcdefghi-', 'abcdefghi1'],
  [{ upperLower: true }, 'abcdefghiJ', 'abcdefghij'],
])('under %j %s is taken and %s is not', (rules, good, bad) => {
  const policy = { ...plain, ...rules };
  expect([keepsPolicy(good, policy), keepsPolicy(bad, policy)]).toEqual([true, false]);
});

test('what is told names each rule that holds', () => {
  expect(paramsOf(plain)).toEqual({ limit: 10 });
  expect(paramsOf({ ...plain, numeric: true, upperLower: true, notPwned: true })).toEqual({
    limit: 10,
    numeric: 1,
    upperLower: 1,
    uncommon: 1,
  });
});
