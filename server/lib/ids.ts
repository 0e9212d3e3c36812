import { createHash, randomBytes } from 'node:crypto';

/** Crockford's base 32: no I, L, O or U, so that what is read aloud or typed from paper is not misread. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * `261122-7F3KQ`: the day and 25 random bits. Unique by the database's word, so draw again on a clash.
 * @param zone in which the day is meant
 */
export const newReceiptNumber = (now: Date, zone: string): string => {
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(now);
  return `${day.replaceAll('-', '').slice(2)}-${randomBase32(5)}`;
};

/** 256 random bits for a link, a credential, a session or an API token. Stored only as `hashToken`. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What the database keeps of a token. No salt: the token itself has 256 bits. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Five random bits a letter. */
export const randomBase32 = (length: number): string =>
  Array.from(randomBytes(length), (byte) => alphabet.charAt(byte & 31)).join('');
