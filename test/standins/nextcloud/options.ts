/** One account of the stand-in. */
export interface StandinUser {
  id: string;
  loginPassword: string;
  /** Known from the start, beside those that are traded for later. */
  appPassword: string;
  displayName?: string;
  email?: string;
  admin?: boolean;
  language?: string;
  groups?: string[];
  /** IANA name; expiry dates are dates in it. UTC unless given. */
  timeZone?: string;
  /** Without it the account has no limit. */
  quotaBytes?: number;
}

export interface StandinOptions {
  /** Where files and state are kept; the next start with the same root goes on. A temporary folder if left out. */
  root?: string;
  /** 0 or nothing: any free port. Always on 127.0.0.1. */
  port?: number;
  users?: readonly StandinUser[];
  /** How many requests are served at a time, as a PHP server has so many workers; others wait. No limit if left out. */
  workers?: number;
  /** What every request costs before it does anything. A real server: about 50. */
  requestCostMs?: number;
  /** What a request costs on top when it signs in with the login password. A real server: about 200. */
  loginPasswordCostMs?: number;
  /**
   * New shares for an account in ten minutes, refused ones included; `Infinity` lifts it.
   * 20 unless given (measured on Nextcloud 32.0.1).
   */
  sharesPerTenMinutes?: number;
  /** Mails about shares for an account in ten minutes; 10 unless given. */
  shareMailsPerTenMinutes?: number;
  /** The clock, for expiry, throttling and limits. */
  nowMs?: () => number;
  /** What an administrator has set of the theme; what is left out is stock. */
  theming?: StandinTheming;
}

export interface StandinTheming {
  name?: string;
  color?: string;
  logo?: { type: string; body: string | Buffer };
}

export const defaultUsers: readonly StandinUser[] = [
  {
    id: 'uketori',
    loginPassword: 'Login-of-the-portal-4711',
    appPassword: `portal${'Kq7'.repeat(22)}`,
    displayName: 'Uketori',
    email: 'portal@example.org',
  },
  {
    id: 'admin',
    loginPassword: 'Login-of-the-admin-0815',
    appPassword: `admin${'Zt4'.repeat(22)}a`,
    displayName: 'Admin',
    admin: true,
    groups: ['admin'],
  },
];
