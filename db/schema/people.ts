import { bigint, boolean, index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { at, binary, createdAt, id, sealed } from './columns.ts';

export type StaffRole = 'administrator' | 'staff' | 'viewer';

/** How often somebody is told notices by mail: as they come (a few minutes' together), once a day, or never. */
export type Mailing = 'each' | 'daily' | 'none';

export const staff = pgTable('staff', {
  id: id('stf'),
  /** Lower case, and what is typed at sign-in. */
  login: text('login').notNull().unique(),
  name: text('name').notNull(),
  email: text('email'),
  /** Of the console; null until they chose one. */
  language: text('language').$type<'en' | 'ja'>(),
  role: text('role').$type<StaffRole>().notNull(),
  /** Of notices, to `email`. */
  mailing: text('mailing').$type<Mailing>().notNull().default('each'),
  /** Since when they are told notices as notifications at Nextcloud; null: they are not. What was before is never told. */
  notifiedSince: at('notified_since'),
  /** argon2id, or null for a person who signs in elsewhere. */
  passwordHash: text('password_hash'),
  /** Who they are to the provider of single sign-on: its address and its own name for them. */
  providerSubject: text('provider_subject').unique(),
  /** Nextcloud's own name for their account, in lower case: Nextcloud tells none apart by it. */
  nextcloudUser: text('nextcloud_user').unique(),
  disabledAt: at('disabled_at'),
  lastSignInAt: at('last_sign_in_at'),
  createdAt: createdAt(),
});

/** `invitation`: from whoever has added them. `reset`: for who has forgotten theirs. */
export type PasswordTicketPurpose = 'invitation' | 'reset';

/**
 * Lets its person set a password, once: it goes when it is used. What opens it is a signature of its id, which is not here:
 * a dump of the database opens none.
 */
export const passwordTickets = pgTable(
  'password_tickets',
  {
    id: id('pwt'),
    staffId: text('staff_id')
      .notNull()
      .references(() => staff.id, { onDelete: 'cascade' }),
    purpose: text('purpose').$type<PasswordTicketPurpose>().notNull(),
    expiresAt: at('expires_at').notNull(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.staffId)],
);

/** Requests belong to a team, and its members see them. The first migration that knows teams makes one. */
export const teams = pgTable('teams', {
  id: id('tem'),
  name: text('name').notNull().unique(),
  createdAt: createdAt(),
});

export const teamMembers = pgTable(
  'team_members',
  {
    teamId: text('team_id')
      .notNull()
      .references(() => teams.id, { onDelete: 'cascade' }),
    staffId: text('staff_id')
      .notNull()
      .references(() => staff.id, { onDelete: 'cascade' }),
  },
  (table) => [primaryKey({ columns: [table.staffId, table.teamId] }), index().on(table.teamId)],
);

export const sessions = pgTable(
  'sessions',
  {
    /** SHA-256 of the token in the cookie: a dump of the database opens no session. */
    id: text('id').primaryKey(),
    userId: text('staff_id')
      .notNull()
      .references(() => staff.id, { onDelete: 'cascade' }),
    expiresAt: at('expires_at').notNull(),
    /** No renewal goes beyond this. */
    absoluteExpiresAt: at('absolute_expires_at').notNull(),
    /** Where the sign-in came from, for its owner to recognise. */
    address: text('address'),
    /** The User-Agent of the sign-in. */
    userAgent: text('user_agent'),
    /** When its person last proved who they are: at sign-in, or since. */
    confirmedAt: at('confirmed_at').notNull().defaultNow(),
    /** What they had typed when they were asked to prove it, until it is sent again. */
    heldFormSealed: sealed('held_form_sealed'),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.userId)],
);

/** An authenticator app that sign-in asks for after the password, once it is confirmed. */
export const secondFactors = pgTable('second_factors', {
  staffId: text('staff_id')
    .primaryKey()
    .references(() => staff.id, { onDelete: 'cascade' }),
  secretSealed: sealed('secret_sealed').notNull(),
  confirmedAt: at('confirmed_at'),
  /** The last time step whose code was taken: neither it nor an earlier one is taken again. */
  lastStep: bigint('last_step', { mode: 'number' }).notNull().default(0),
  createdAt: createdAt(),
});

/** Those that are left: a code that was used is gone. */
export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    staffId: text('staff_id')
      .notNull()
      .references(() => secondFactors.staffId, { onDelete: 'cascade' }),
    codeHash: text('code_hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.staffId, table.codeHash] })],
);

/** What somebody may do: by the role of a person, and of that, what the scopes of a token leave. */
export type Right =
  | 'requests:read'
  | 'requests:write'
  | 'submissions:read'
  | 'submissions:write'
  | 'notices:read'
  | 'notices:write'
  | 'deliveries:read'
  | 'deliveries:write'
  | 'destinations:read'
  | 'destinations:write'
  | 'people:read'
  | 'people:write'
  | 'audit:read';

export const apiTokens = pgTable('api_tokens', {
  id: id('tok'),
  staffId: text('staff_id')
    .notNull()
    .references(() => staff.id, { onDelete: 'cascade' }),
  name: text('name').notNull(),
  tokenHash: text('token_hash').notNull().unique(),
  scopes: text('scopes').array().$type<Right[]>().notNull(),
  expiresAt: at('expires_at'),
  lastUsedAt: at('last_used_at'),
  revokedAt: at('revoked_at'),
  createdAt: createdAt(),
});

/** A Nextcloud account that requests live in: the portal's own, and those that staff have connected. */
export const accounts = pgTable('accounts', {
  id: id('acc'),
  baseUrl: text('base_url').notNull(),
  user: text('user_name').notNull(),
  /** Nextcloud's own name for the account, which its file addresses carry. */
  userId: text('user_id').notNull(),
  appPasswordSealed: sealed('app_password_sealed').notNull(),
  /**
   * Hash of the password in the configuration that this app password was traded for, so that a new one there
   * is noticed. Null when it came through Nextcloud's own sign-in page.
   */
  configuredPasswordHash: text('configured_password_hash'),
  /** Who has connected it; null: it is the portal's own. */
  staffId: text('staff_id').references(() => staff.id, { onDelete: 'set null' }),
  /** What this server's storage was seen to do; asked at connection time. */
  probe: jsonb('probe').$type<{ hashIsTrue: boolean; version: string; checkedAt: string }>(),
  /** Disconnected by whoever had connected it: the app password is gone. */
  revoked: boolean('revoked').notNull().default(false),
  createdAt: createdAt(),
});

export type LogoType = 'image/svg+xml' | 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';

/** How an account's Nextcloud presents itself, as it last told. What it calls its own is null. */
export const brands = pgTable('brands', {
  accountId: text('account_id')
    .primaryKey()
    .references(() => accounts.id, { onDelete: 'cascade' }),
  name: text('name'),
  /** `#rrggbb` */
  color: text('color'),
  /** Where the logo that is kept came from: another path, another logo. */
  logoPath: text('logo_path'),
  logo: binary('logo'),
  logoType: text('logo_type').$type<LogoType>(),
  /** Made for a dark ground. */
  logoIsPale: boolean('logo_is_pale').notNull().default(false),
  /** SHA-256 of the logo, in hex. */
  logoHash: text('logo_hash'),
  askedAt: at('asked_at').notNull(),
});
