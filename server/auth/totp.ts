import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** RFC 6238 as every authenticator app takes it: SHA-1, six digits, 30 seconds. */

const stepSeconds = 30;
const digits = 6;
/** RFC 4648, which is what the apps read. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 160 random bits, in base 32. */
export const newTotpSecret = (): string => {
  const bits = Array.from(randomBytes(20), (byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet.charAt(Number.parseInt(five, 2))).join('');
};

/** @param secret in base 32 @param count digits of the code */
export const totpCode = (secret: string, step: number, count = digits): string => {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', bytesOf(secret)).update(counter).digest();
  // RFC 4226, 5.3: the last four bits say where the 31 bits are.
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7f_ff_ff_ff;
  return String(number % 10 ** count).padStart(count, '0');
};

export const stepAt = (nowMs: number): number => Math.floor(nowMs / 1000 / stepSeconds);

/** @returns the step whose code this is: the current one, or one beside it, for clocks that differ */
export const matchingStep = (secret: string, code: string, nowMs: number): number | undefined => {
  const now = stepAt(nowMs);
  return [now, now - 1, now + 1].find((step) => {
    const expected = Buffer.from(totpCode(secret, step));
    const given = Buffer.from(code);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
};

/** What an app is told, as a link that it opens. */
export const totpAddress = (secret: string, login: string): string =>
  `otpauth://totp/${encodeURIComponent(`Uketori:${login}`)}?secret=${secret}&issuer=Uketori`;

const bytesOf = (secret: string): Buffer => {
  const bits = Array.from(secret, (letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)));
};
