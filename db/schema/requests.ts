import { boolean, index, integer, jsonb, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { at, binary, bytes, createdAt, id, nextcloudFileId, sealed } from './columns.ts';
import { destinations } from './destinations.ts';
import { accounts, staff, teams } from './people.ts';

export type RequestState = 'draft' | 'open' | 'closed' | 'archived';

/** A question that the submitter answers beside the files. */
export interface RequestField {
  /** Stable name in answers and manifests: `[a-z][a-z0-9_]{0,39}`. */
  key: string;
  label: string;
  kind: 'text' | 'long-text' | 'email' | 'date' | 'choice';
  required: boolean;
  choices?: string[];
}

export const requests = pgTable(
  'requests',
  {
    id: id('req'),
    state: text('state').$type<RequestState>().notNull().default('draft'),
    title: text('title').notNull(),
    instructions: text('instructions').notNull().default(''),
    fields: jsonb('fields').$type<RequestField[]>().notNull().default([]),

    teamId: text('team_id')
      .notNull()
      .references(() => teams.id),
    ownerStaffId: text('owner_staff_id').references(() => staff.id, { onDelete: 'set null' }),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    /** The folder is held by its number; the path follows what the share says when it is read back. */
    folderFileId: nextcloudFileId('folder_file_id'),
    folderPath: text('folder_path'),

    deadlineAt: at('deadline_at'),
    /** IANA name of the zone in which staff meant the deadline. */
    deadlineZone: text('deadline_zone').notNull().default('UTC'),
    graceMinutes: integer('grace_minutes').notNull().default(0),
    /** How long an upload that stands still can be gone on with. Below the 24 h after which Nextcloud removes parts. */
    resumeMinutes: integer('resume_minutes').notNull().default(1200),
    /** How long what was sent can be taken back, and deliveries wait. */
    takeBackMinutes: integer('take_back_minutes').notNull().default(10),
    /** argon2id. Asked by the portal, never forwarded to Nextcloud. */
    passwordHash: text('password_hash'),

    maxFileBytes: bytes('max_file_bytes'),
    maxFilesPerSubmission: integer('max_files_per_submission'),
    maxBytesPerSubmission: bytes('max_bytes_per_submission'),
    maxBytesPerRequest: bytes('max_bytes_per_request'),
    /** File name endings, lower case, without the dot; empty: any. */
    allowedTypes: text('allowed_types').array().notNull().default([]),

    deliverPer: text('deliver_per').$type<'submission' | 'file'>().notNull().default('submission'),
    /** Whether files that no scanner has looked at whole are delivered, or wait for staff. */
    unscanned: text('unscanned').$type<'deliver' | 'hold'>().notNull().default('deliver'),
    /** What becomes of files in Nextcloud when every delivery of their submission is confirmed. */
    afterImport: text('after_import').$type<'keep' | 'move' | 'delete'>().notNull().default('keep'),
    /** For `delete`: days after the last delivery. */
    deleteAfterDays: integer('delete_after_days').notNull().default(30),
    /** Whether the share's own Nextcloud page is a second way in. */
    nextcloudPageAllowed: boolean('nextcloud_page_allowed').notNull().default(false),
    /** In which its page is offered to submitters; the first, where a browser asks for none of them. */
    languages: text('languages').array().$type<('en' | 'ja')[]>().notNull().default(['en', 'ja']),
    /** How long its files stay in Nextcloud after it was closed; null: for good. */
    retentionDays: integer('retention_days'),
    /** When its folder was last looked through for files that did not come through the portal. */
    lookedAt: at('looked_at'),

    createdAt: createdAt(),
    openedAt: at('opened_at'),
    closedAt: at('closed_at'),
  },
  (table) => [index().on(table.state), index().on(table.teamId)],
);

/** Something staff expect by name ("tax certificate"), with rules of its own. */
export const checklistItems = pgTable('checklist_items', {
  id: id('itm'),
  requestId: text('request_id')
    .notNull()
    .references(() => requests.id, { onDelete: 'cascade' }),
  position: integer('position').notNull(),
  label: text('label').notNull(),
  required: boolean('required').notNull().default(true),
  maxFileBytes: bytes('max_file_bytes'),
  maxFiles: integer('max_files'),
  allowedTypes: text('allowed_types').array().notNull().default([]),
});

/** A blank form that staff attached: the only thing that a submitter can fetch. It is here and not in Nextcloud. */
export const requestForms = pgTable(
  'request_forms',
  {
    id: id('frm'),
    requestId: text('request_id')
      .notNull()
      .references(() => requests.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
    name: text('name').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    sha256: text('sha256').notNull(),
    /** Stored uncompressed, so that a piece of it can be read. */
    content: binary('content').notNull(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.requestId, table.position)],
);

/** The portal's own address for a request. An invitation is a link of one recipient's own. */
export const links = pgTable(
  'links',
  {
    id: id('lnk'),
    requestId: text('request_id')
      .notNull()
      .references(() => requests.id, { onDelete: 'cascade' }),
    kind: text('kind').$type<'open' | 'invitation'>().notNull().default('open'),
    tokenHash: text('token_hash').notNull().unique(),
    /** So that staff can be shown the address again. */
    tokenSealed: sealed('token_sealed').notNull(),
    recipientName: text('recipient_name'),
    recipientEmail: text('recipient_email'),
    revokedAt: at('revoked_at'),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.requestId)],
);

export type ShareState = 'proven' | 'refused' | 'gone';

/** One line of the proof that a share is upload-only, as it is shown to staff. */
export interface ProofCheck {
  name: string;
  expected: string;
  seen: string;
}

export const shares = pgTable('shares', {
  id: id('shr'),
  requestId: text('request_id')
    .notNull()
    .unique()
    .references(() => requests.id, { onDelete: 'cascade' }),
  nextcloudShareId: text('nextcloud_share_id').notNull(),
  tokenSealed: sealed('token_sealed').notNull(),
  passwordSealed: sealed('password_sealed').notNull(),
  state: text('state').$type<ShareState>().notNull(),
  permissions: integer('permissions').notNull(),
  proof: jsonb('proof').$type<ProofCheck[]>().notNull(),
  /** Staff see it, where its own page is a second way in: it is changed when that ends. */
  passwordTold: boolean('password_told').notNull().default(false),
  /** Goes up with every change of the request that its shares must follow; 0: Nextcloud was told of all. */
  changesToTell: integer('changes_to_tell').notNull().default(0),
  /** When Nextcloud was last asked; at most 60 s old when an upload is admitted. */
  provenAt: at('proven_at').notNull().defaultNow(),
  createdAt: createdAt(),
});

/**
 * `waiting`: its mail is still to be sent. `sent`: Nextcloud has taken the mail over. `ended`: its share is gone, by the
 * closing of the request, by its date, or by somebody in Nextcloud.
 */
export type MailShareState = 'waiting' | 'sent' | 'failed' | 'ended';

/** A file drop of one recipient's own, whose address Nextcloud mails to them. */
export const mailShares = pgTable(
  'mail_shares',
  {
    id: id('msh'),
    requestId: text('request_id')
      .notNull()
      .references(() => requests.id, { onDelete: 'cascade' }),
    address: text('address').notNull(),
    /** `address` in lower case: nobody has two. */
    addressKey: text('address_key').notNull(),
    state: text('state').$type<MailShareState>().notNull().default('waiting'),
    /** Null while there is none in Nextcloud. */
    nextcloudShareId: text('nextcloud_share_id'),
    /** Null: it has none. */
    passwordSealed: sealed('password_sealed'),
    attempts: integer('attempts').notNull().default(0),
    /** When it is taken up next. Who takes it up moves it on, so that no two work on it. */
    notBefore: at('not_before').notNull().defaultNow(),
    failureCode: text('failure_code'),
    sentAt: at('sent_at'),
    createdAt: createdAt(),
  },
  (table) => [unique().on(table.requestId, table.addressKey), index().on(table.state, table.notBefore)],
);

export const requestDestinations = pgTable(
  'request_destinations',
  {
    requestId: text('request_id')
      .notNull()
      .references(() => requests.id, { onDelete: 'cascade' }),
    destinationId: text('destination_id')
      .notNull()
      .references(() => destinations.id),
  },
  (table) => [primaryKey({ columns: [table.requestId, table.destinationId] })],
);

/** What staff ask for again and again, under a name of its own: a new request is filled in from it. */
export const requestTemplates = pgTable(
  'request_templates',
  {
    id: id('tpl'),
    teamId: text('team_id')
      .notNull()
      .references(() => teams.id),
    name: text('name').notNull(),
    /** As a new request is written, by the version that saved it (`server/intake/rules/new-request.ts`). */
    content: jsonb('content').notNull(),
    createdAt: createdAt(),
  },
  (table) => [unique().on(table.teamId, table.name)],
);
