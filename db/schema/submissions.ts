import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { at, bytes, createdAt, id, nextcloudFileId } from './columns.ts';
import { checklistItems, links, requests } from './requests.ts';

/** `finishing`: the submitter is done, files are still being stored. `discarded`: nothing was ever stored in it. */
export type SubmissionState = 'open' | 'finishing' | 'sealed' | 'discarded';

/** One sending by one submitter. */
export const submissions = pgTable(
  'submissions',
  {
    id: id('sub'),
    requestId: text('request_id')
      .notNull()
      .references(() => requests.id),
    /** `nextcloud`: its files were found in the request's folder, where they had not been put by the portal. */
    origin: text('origin').$type<'portal' | 'nextcloud'>().notNull().default('portal'),
    /** Null where it did not come by a link. */
    linkId: text('link_id').references(() => links.id),
    state: text('state').$type<SubmissionState>().notNull().default('open'),
    receiptNumber: text('receipt_number').notNull().unique(),
    /** SHA-256 of the credential that alone may send to this submission. */
    credentialHash: text('credential_hash').notNull().unique(),

    submitterName: text('submitter_name').notNull().default(''),
    submitterEmail: text('submitter_email'),
    message: text('message').notNull().default(''),
    /** Of the page that it was begun on: in which its submitter is written to. */
    language: text('language').$type<'en' | 'ja'>().notNull().default('en'),
    /** The network it was begun from, while nothing has been sent to it: each may begin so many. */
    network: text('network'),
    answers: jsonb('answers').$type<Record<string, string>>().notNull().default({}),
    /** The sealed submission that this one adds to. */
    supplementOf: text('supplement_of'),

    /** Its folder below the request's: `261122-7F3KQ 山田`. */
    folderName: text('folder_name').notNull(),

    /** False when it was sealed without its submitter finishing it. */
    finishedBySubmitter: boolean('finished_by_submitter').notNull().default(false),
    late: boolean('late').notNull().default(false),
    /** The receipt, byte for byte as it was signed. */
    receiptText: text('receipt_text'),
    receiptSignature: text('receipt_signature'),

    createdAt: createdAt(),
    lastActivityAt: at('last_activity_at').notNull().defaultNow(),
    finishedAt: at('finished_at'),
    sealedAt: at('sealed_at'),
    /** When the after-action of its request was done: moved, or deleted; of a discarded one, when its empty folder was removed. */
    tidiedAt: at('tidied_at'),
    /** When it is tried again; null while it has not failed. */
    tidyNotBefore: at('tidy_not_before'),
    /** When its files were taken out of Nextcloud for the request's retention. */
    purgedAt: at('purged_at'),
  },
  (table) => [
    index().on(table.requestId),
    index().on(table.linkId, table.state),
    index('submissions_empty').on(table.linkId).where(sql`network is not null`),
    index().on(table.state, table.lastActivityAt),
    // Looked through every few seconds: so it holds only what is not done with.
    index('submissions_left').on(table.id).where(sql`state = 'discarded' and tidied_at is null`),
  ],
);

export type UploadState = 'uploading' | 'received' | 'stored' | 'failed' | 'abandoned';

/** One file on its way. */
export const uploads = pgTable(
  'uploads',
  {
    id: id('upl'),
    submissionId: text('submission_id')
      .notNull()
      .references(() => submissions.id),
    checklistItemId: text('checklist_item_id').references(() => checklistItems.id),
    state: text('state').$type<UploadState>().notNull().default('uploading'),

    /** As the submitter's device called it. */
    sentName: text('sent_name').notNull(),
    /** Where it will be, below the submission's folder: reserved when it is admitted. */
    targetPath: text('target_path').notNull(),
    /** `targetPath` in NFC, case-folded: two uploads of a submission never share it. */
    targetKey: text('target_key').notNull(),
    contentType: text('content_type'),
    modifiedAt: at('modified_at'),
    metadata: jsonb('metadata').$type<Record<string, string | null>>().notNull().default({}),

    /** Null while the length is deferred. */
    sizeBytes: bytes('size_bytes'),
    /** Every byte below it is in Nextcloud. It never falls. */
    offsetBytes: bytes('offset_bytes').notNull().default(0),
    /** Hash of what arrived. */
    sha256: text('sha256'),
    /** What the submitter's browser says it is, when it does. */
    claimedSha256: text('claimed_sha256'),

    /** The file in Nextcloud that all of it was put into at once, while its content is still to be compared. */
    placedFileId: nextcloudFileId('placed_file_id'),
    placedEtag: text('placed_etag'),
    /** How much of the stored copy has been compared. */
    checkedBytes: bytes('checked_bytes').notNull().default(0),

    /** Goes up with every writer. What carries an older one changes nothing. */
    epoch: integer('epoch').notNull().default(0),
    /** The node that holds the lock, as long as its heart beats. */
    lockNode: text('lock_node'),

    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: at('next_attempt_at'),
    failureCode: text('failure_code'),
    /** When nothing was left in Nextcloud of an upload that ended, or of the parts of one that is stored. */
    removedAt: at('removed_at'),
    admittedAt: createdAt(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('uploads_target_reserved')
      .on(table.submissionId, table.targetKey)
      .where(sql`removed_at is null or state = 'stored'`),
    index().on(table.state, table.nextAttemptAt),
    // For sweeps: those that are stored and done with, nearly all, are not in it.
    index('uploads_not_removed').on(table.updatedAt).where(sql`removed_at is null`),
  ],
);

/** A piece of an upload, as Nextcloud keeps it, under the name `<16-digit start>-<epoch>`. */
export const parts = pgTable(
  'parts',
  {
    uploadId: text('upload_id')
      .notNull()
      .references(() => uploads.id, { onDelete: 'cascade' }),
    startBytes: bytes('start_bytes').notNull(),
    sizeBytes: bytes('size_bytes').notNull(),
    epoch: integer('epoch').notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.uploadId, table.startBytes] })],
);

export type FileState =
  | 'stored'
  | 'scanned'
  | 'importing'
  | 'imported'
  | 'quarantined'
  | 'failed'
  | 'withdrawn';

/**
 * What is known of a file's harm. `clean`: a scanner looked at all of it. `found`: it names something. `over-limit`: larger
 * than the scanner looks. Null: not looked at.
 */
export type ScanResult = 'clean' | 'found' | 'over-limit';

/** A file that is in Nextcloud, whole and verified. */
export const files = pgTable(
  'files',
  {
    id: id('fil'),
    requestId: text('request_id')
      .notNull()
      .references(() => requests.id),
    submissionId: text('submission_id').references(() => submissions.id),
    /** Null for a file that did not come through the portal. */
    uploadId: text('upload_id')
      .unique()
      .references(() => uploads.id),
    state: text('state').$type<FileState>().notNull().default('stored'),
    fileId: nextcloudFileId('file_id').notNull(),
    etag: text('etag').notNull(),
    /** Below the submission's folder, or below the request's for a file that did not come through the portal. */
    path: text('path').notNull(),
    sentName: text('sent_name').notNull(),
    sizeBytes: bytes('size_bytes').notNull(),
    sha256: text('sha256').notNull(),
    /**
     * How the stored copy was compared: by what Nextcloud says it stored, or by reading it back. `first-read`: it did not
     * come through the portal, and the hash is of what was there when it was found.
     */
    verifiedBy: text('verified_by').$type<'server-hash' | 'read-back' | 'first-read'>().notNull(),
    storedAt: at('stored_at').notNull().defaultNow(),
    scanResult: text('scan_result').$type<ScanResult>(),
    /** What was found, in the scanner's words. */
    scanFound: text('scan_found'),
    scannedAt: at('scanned_at'),
    /** Staff have said that it may be delivered, whatever the scanner says or doesn't say. */
    releasedAt: at('released_at'),
    importedAt: at('imported_at'),
    /** When its submitter took it back. */
    withdrawnAt: at('withdrawn_at'),
    /** Taken out of Nextcloud after every delivery was confirmed. */
    removedAt: at('removed_at'),
  },
  (table) => [
    index().on(table.submissionId),
    index().on(table.requestId),
    uniqueIndex('files_found_once').on(table.requestId, table.fileId).where(sql`upload_id is null`),
  ],
);

/** A file that was seen in a request's folder and that the portal has not put there: until it stands still, and is taken. */
export const arrivals = pgTable(
  'arrivals',
  {
    requestId: text('request_id')
      .notNull()
      .references(() => requests.id, { onDelete: 'cascade' }),
    fileId: nextcloudFileId('file_id').notNull(),
    /** Below the request's folder. */
    path: text('path').notNull(),
    etag: text('etag').notNull(),
    sizeBytes: bytes('size_bytes').notNull(),
    /** It lay there before the request was opened: it is not the request's, and is never taken. */
    isOlder: boolean('is_older').notNull().default(false),
    /** Since when it has been as it is. */
    sameSince: at('same_since').notNull().defaultNow(),
    seenAt: at('seen_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.requestId, table.fileId] })],
);
