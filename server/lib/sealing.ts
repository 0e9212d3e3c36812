import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** Keys for one purpose each, all derived from the one `SECRET_KEY` of this installation. */
export interface Sealing {
  /** Encrypts for the database: AES-256-GCM, a fresh nonce each time. `context` must be given again to open. */
  seal(plain: string, context: string): string;
  /** @throws Error when the text was changed, or sealed under another key or context. */
  open(sealedText: string, context: string): string;
  /** Authenticates a short text that leaves the house and comes back (base64url of HMAC-SHA-256). */
  sign(text: string, purpose: string): string;
  verify(text: string, signature: string, purpose: string): boolean;
  /** 32 bytes for another algorithm, the same every time. */
  derive(purpose: string): Buffer;
}

const version = 'v1';

/** @param secretKey 32 bytes */
export const createSealing = (secretKey: Buffer): Sealing => {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secretKey, 'uketori', purpose, 32));
  const sealingKey = derive('sealing');
  const sign = (text: string, purpose: string) =>
    createHmac('sha256', derive(`sign:${purpose}`))
      .update(text)
      .digest('base64url');
  return {
    derive,
    sign,
    verify(text, signature, purpose) {
      const expected = Buffer.from(sign(text, purpose));
      const given = Buffer.from(signature);
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
    seal(plain, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return [version, nonce, body, cipher.getAuthTag()]
        .map((piece) => (typeof piece === 'string' ? piece : piece.toString('base64url')))
        .join('.');
    },
    open(sealedText, context) {
      const [name, nonce, body, tag] = sealedText.split('.');
      if (name !== version || nonce === undefined || body === undefined || tag === undefined)
        throw new Error('not a sealed text of this version');
      const decipher = createDecipheriv('aes-256-gcm', sealingKey, Buffer.from(nonce, 'base64url'))
        .setAAD(Buffer.from(context))
        .setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString(
        'utf8',
      );
    },
  };
};
