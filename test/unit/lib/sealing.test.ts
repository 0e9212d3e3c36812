import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createReceiptSigner } from '../../../server/intake/receipt-signer.ts';
import { createSealing } from '../../../server/lib/sealing.ts';

const key = randomBytes(32);
const sealing = createSealing(key);

test('what was sealed opens under the same key and context, and looks different every time', () => {
  const sealedText = sealing.seal('s3cret パスワード', 'share:req_1');
  expect(sealing.open(sealedText, 'share:req_1')).toBe('s3cret パスワード');
  expect(createSealing(key).open(sealedText, 'share:req_1')).toBe('s3cret パスワード');
  expect(sealing.seal('s3cret パスワード', 'share:req_1')).not.toBe(sealedText);
  expect(sealedText).not.toContain('s3cret');
});

test('it does not open under another context, under another key, or changed', () => {
  const sealedText = sealing.seal('s3cret', 'share:req_1');
  expect(() => sealing.open(sealedText, 'share:req_2')).toThrow(/authenticate/);
  expect(() => createSealing(randomBytes(32)).open(sealedText, 'share:req_1')).toThrow(/authenticate/);
  const pieces = sealedText.split('.');
  pieces[2] = Buffer.from('other.').toString('base64url');
  expect(() => sealing.open(pieces.join('.'), 'share:req_1')).toThrow(/authenticate/);
  expect(() => sealing.open('v0.a.b.c', 'share:req_1')).toThrow('this version');
});

test('a signature holds for its text and its purpose, and for nothing else', () => {
  const signature = sealing.sign('sub_1', 'receipt-address');
  expect(sealing.verify('sub_1', signature, 'receipt-address')).toBe(true);
  expect(sealing.verify('sub_2', signature, 'receipt-address')).toBe(false);
  expect(sealing.verify('sub_1', signature, 'other')).toBe(false);
  expect(sealing.verify('sub_1', '', 'receipt-address')).toBe(false);
});

test('receipts signed before a restart are verified after it, and by the published key', async () => {
  const signer = createReceiptSigner(sealing);
  const signature = signer.sign('{"number":"261122-7F3KQ"}');
  expect(createReceiptSigner(createSealing(key)).verify('{"number":"261122-7F3KQ"}', signature)).toBe(true);
  expect(signer.verify('{"number":"261122-7F3KR"}', signature)).toBe(false);
  const { verify } = await import('node:crypto');
  const proof = Buffer.from(signature, 'base64url');
  expect(verify(null, Buffer.from('{"number":"261122-7F3KQ"}'), signer.publicKeyPem, proof)).toBe(true);
});
