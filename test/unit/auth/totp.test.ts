import { expect, test } from 'vitest';
import { matchingStep, newTotpSecret, stepAt, totpCode } from '../../../server/auth/totp.ts';

/** `12345678901234567890`, as RFC 6238 has it, in base 32. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

test.each([
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
])('the code at second %i is that of RFC 6238', (second, code) => {
  expect(totpCode(secret, stepAt(second * 1000), 8)).toBe(code);
});

test('a code is good in its own step and in those beside it, and in no other', () => {
  const nowMs = 1_234_567_890_000;
  const step = stepAt(nowMs);
  for (const near of [step - 1, step, step + 1])
    expect(matchingStep(secret, totpCode(secret, near), nowMs)).toBe(near);
  for (const far of [step - 2, step + 2])
    expect(matchingStep(secret, totpCode(secret, far), nowMs)).toBeUndefined();
  for (const none of ['', '00000', '0000000', 'abcdef', '１２３４５６'])
    expect(matchingStep(secret, none, nowMs)).toBeUndefined();
});

test('secrets have 160 bits, and no two are alike', () => {
  const [one, other] = [newTotpSecret(), newTotpSecret()];
  expect(one).toMatch(/^[A-Z2-7]{32}$/);
  expect(one).not.toBe(other);
});
