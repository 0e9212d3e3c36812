import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { Sealing } from '../lib/sealing.ts';
import type { ReceiptSigner } from './context.ts';

/** DER of a PKCS#8 Ed25519 key up to its 32 bytes of seed (RFC 8410, section 7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** One key pair an installation, from its secret key: a receipt can be checked as long as that key is kept. */
export const createReceiptSigner = (sealing: Sealing): ReceiptSigner => {
  const privateKey = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, sealing.derive('receipts')]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(privateKey);
  return {
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64url'),
    verify: (text, signature) =>
      verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url')),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
};
