import { expect, test } from 'vitest';
import { hashToken, newReceiptNumber, newToken } from '../../../server/lib/ids.ts';

test('a receipt number tells the day where the portal is, and has no letter that is misread', () => {
  const lateInLondon = new Date('2026-11-22T23:59:59Z');
  expect(newReceiptNumber(lateInLondon, 'Europe/London')).toMatch(/^261122-[0-9A-HJKMNP-TV-Z]{5}$/);
  expect(newReceiptNumber(lateInLondon, 'Asia/Tokyo')).toMatch(/^261123-/);
});

test('tokens are 256 bits, fit into an address, and never come twice', () => {
  const tokens = Array.from({ length: 1000 }, newToken);
  expect(new Set(tokens).size).toBe(1000);
  for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/);
});

test('the database keeps a hash from which the token does not follow', () => {
  const token = newToken();
  expect(hashToken(token)).toMatch(/^[0-9a-f]{64}$/);
  expect(hashToken(token)).toBe(hashToken(token));
  expect(hashToken(`${token}x`)).not.toBe(hashToken(token));
});
