import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export const read = 1;
export const update = 2;
export const create = 4;
export const remove = 8;
export const share = 16;

export const linkShare = 3;
export const mailShare = 4;

export interface ShareRow {
  id: string;
  type: number;
  owner: string;
  fileId: number;
  permissions: number;
  token: string;
  /** Salted hash, or nothing. */
  password: string | null;
  /** The day on whose first moment, in the owner's time zone, the share is over: `2026-12-31`. */
  expiresOn: string | null;
  note: string;
  label: string;
  /** JSON, as it was sent. */
  attributes: string | null;
  hideDownload: boolean;
  recipient: string | null;
  createdAtS: number;
}

export interface Refused {
  status: number;
  message: string;
}

/**
 * The permissions that a public link gets, which are often not those that were sent: `publicUpload` as the
 * literal `true` or `false` overrides `permissions`, anything else in it is ignored, and whoever may read may
 * share (measured on Nextcloud 32.0.1).
 */
export const linkPermissions = (
  sent: string | undefined,
  publicUpload: string | undefined,
  isFile: boolean,
): number | Refused => {
  let permissions = sent === undefined ? read : Number.parseInt(sent, 10) || 0;
  if (publicUpload === 'true') permissions = read | update | create | remove;
  if (publicUpload === 'false') permissions = read;
  if ((permissions & read) !== 0) permissions |= share;
  if (isFile) permissions &= ~(create | remove);
  if ((permissions & (read | create)) === 0) {
    return { status: 400, message: 'Share must at least have READ or CREATE permissions' };
  }
  if ((permissions & read) === 0 && (permissions & (update | remove)) !== 0) {
    return { status: 400, message: 'Share must have READ permission if UPDATE or DELETE permission is set' };
  }
  return permissions;
};

export const isUploadOnly = (row: Pick<ShareRow, 'permissions'>): boolean => (row.permissions & read) === 0;

/**
 * The stored day of a sent date. A date with a time and an offset becomes the day before where midnight there is
 * still yesterday for the owner; `tomorrow` is taken too (measured on Nextcloud 32.0.1).
 */
export const expiryDay = (sent: string, nowMs: number, timeZone: string): string | Refused => {
  const day = parseDay(sent.replaceAll('"', '').trim(), nowMs, timeZone);
  if (day === undefined) return { status: 400, message: 'Invalid date. Format must be YYYY-MM-DD' };
  return day <= dayOf(nowMs, timeZone) ? { status: 404, message: 'Expiration date is in the past' } : day;
};

const dayMs = 24 * 60 * 60 * 1000;

const parseDay = (sent: string, nowMs: number, timeZone: string): string | undefined => {
  if (sent === 'today') return dayOf(nowMs, timeZone);
  if (sent === 'tomorrow') return dayOf(nowMs + dayMs, timeZone);
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(
    sent,
  );
  const [, day = '', offset] = match ?? [];
  if (match === null || Number.isNaN(Date.parse(day))) return undefined;
  return offset === undefined ? day : dayOf(Date.parse(`${day}T00:00:00${offset}`), timeZone);
};

export const dayOf = (timeMs: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(
    timeMs,
  );

export const isExpired = (row: ShareRow, nowMs: number, timeZone: string): boolean =>
  row.expiresOn !== null && row.expiresOn <= dayOf(nowMs, timeZone);

export const minimumPasswordLength = 10;

const commonPasswords = new Set([
  'password',
  'password12',
  'password123',
  '1234567890',
  'qwertyuiop',
  'short',
]);

/** What the password policy of a fresh server says. */
export const refusePassword = (password: string): Refused | undefined => {
  const reasons: string[] = [];
  if (commonPasswords.has(password.toLowerCase())) {
    reasons.push('Password is among the 1,000,000 most common ones. Please make it unique.');
  }
  if (password.length < minimumPasswordLength) {
    reasons.push(`Password needs to be at least ${minimumPasswordLength} characters long.`);
  }
  return reasons.length === 0 ? undefined : { status: 400, message: reasons.join(' ') };
};

export const hashPassword = (password: string): string => {
  const salt = randomBytes(12).toString('base64url');
  return `3|$standin$${salt}$${digest(salt, password)}`;
};

export const passwordFits = (hash: string, password: string): boolean => {
  const [, , salt = '', expected = ''] = hash.split('$');
  return timingSafeEqual(Buffer.from(digest(salt, password)), Buffer.from(expected));
};

const digest = (salt: string, password: string): string =>
  createHash('sha256').update(salt).update(password).digest('base64url');

const tokenAlphabet = 'ABCDEFGHJKLMNPQRSTWXYZabcdefgijkmnopqrstwxyz23456789';

export const newShareToken = (): string =>
  Array.from(randomBytes(15), (byte) => tokenAlphabet.charAt(byte % tokenAlphabet.length)).join('');
