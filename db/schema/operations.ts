import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { AuditAction } from './audit-actions.ts';
import { at, createdAt, id, sealed } from './columns.ts';
import { apiTokens, staff, teams } from './people.ts';

/** A running process. Locks and leases name it, and hold as long as its heart beats. */
export const nodes = pgTable('nodes', {
  id: id('nod'),
  role: text('role').$type<'portal' | 'importer'>().notNull(),
  startedAt: at('started_at').notNull().defaultNow(),
  aliveUntil: at('alive_until').notNull(),
});

export type NoticeLevel = 'information' | 'warning' | 'problem';

/** Something staff must be told. The same thing again raises `timesSeen`, not another row. */
export const notices = pgTable(
  'notices',
  {
    id: id('ntc'),
    level: text('level').$type<NoticeLevel>().notNull(),
    /** A key of the message catalogue. */
    code: text('code').notNull(),
    params: jsonb('params').$type<Record<string, string | number>>().notNull().default({}),
    requestId: text('request_id'),
    /** Who is told. Null: it is about the whole installation, and everybody is. */
    teamId: text('team_id').references(() => teams.id, { onDelete: 'cascade' }),
    subject: text('subject').notNull(),
    timesSeen: integer('times_seen').notNull().default(1),
    firstSeenAt: createdAt(),
    lastSeenAt: at('last_seen_at').notNull().defaultNow(),
    resolvedAt: at('resolved_at'),
  },
  (table) => [
    uniqueIndex('notices_unresolved').on(table.code, table.subject).where(sql`resolved_at is null`),
    index().on(table.lastSeenAt),
  ],
);

/** Which notices somebody was told by mail, and by which. */
export const toldNotices = pgTable(
  'told_notices',
  {
    noticeId: text('notice_id')
      .notNull()
      .references(() => notices.id, { onDelete: 'cascade' }),
    staffId: text('staff_id')
      .notNull()
      .references(() => staff.id, { onDelete: 'cascade' }),
    /** Names the mail. */
    digest: text('digest').notNull(),
    toldAt: at('told_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.staffId, table.noticeId] }),
    index().on(table.digest),
    index().on(table.staffId, table.toldAt),
    index().on(table.noticeId),
  ],
);

/** `given-up`: Nextcloud would not take it, and it is not tried any more. */
export type NotificationState = 'waiting' | 'sending' | 'sent' | 'given-up';

/** A notice on its way to somebody's notifications at Nextcloud; its words are made when it is sent. */
export const notifications = pgTable(
  'notifications',
  {
    id: id('ntf'),
    noticeId: text('notice_id')
      .notNull()
      .references(() => notices.id, { onDelete: 'cascade' }),
    staffId: text('staff_id')
      .notNull()
      .references(() => staff.id, { onDelete: 'cascade' }),
    state: text('state').$type<NotificationState>().notNull().default('waiting'),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: at('next_attempt_at').notNull().defaultNow(),
    /** Goes up with every claim. What carries an older one changes nothing. */
    epoch: integer('epoch').notNull().default(0),
    /** The node that sends it, as long as its heart beats. */
    leaseNode: text('lease_node'),
    /** Why the last attempt failed. */
    failureCode: text('failure_code'),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('notifications_once').on(table.staffId, table.noticeId),
    index().on(table.noticeId),
    index().on(table.state, table.nextAttemptAt),
  ],
);

/** Who did what, from where. Rows are only ever added: a trigger refuses the rest. */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: at('at').notNull().defaultNow(),
    /** `staff:stf_…`, `token:tok_…`, `submission:sub_…`, `delivery:dlv_…` (its receiver), `system`, `anonymous`. */
    actor: text('actor').notNull(),
    action: text('action').$type<AuditAction>().notNull(),
    /** An id, or `unknown`. */
    subject: text('subject').notNull(),
    /** Of a refused attempt, its network. */
    address: text('address'),
    details: jsonb('details').$type<Record<string, unknown>>().notNull().default({}),
  },
  (table) => [index().on(table.subject), index().on(table.actor, table.at), index().on(table.at, table.id)],
);

/** Counters of guesses, shared by all nodes. The column names are those of rate-limiter-flexible. */
export const throttles = pgTable('throttles', {
  key: text('key').primaryKey(),
  points: integer('points').notNull(),
  expire: at('expire'),
});

/** Calls of the API that may be sent again, each under a key of its token, and what was answered. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    tokenId: text('token_id')
      .notNull()
      .references(() => apiTokens.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    /** SHA-256 of what was asked. */
    hash: text('hash').notNull(),
    /** Goes up with every claim. What carries an older one changes nothing. */
    epoch: integer('epoch').notNull().default(0),
    /** The node that carries it out, as long as its heart beats. */
    leaseNode: text('lease_node'),
    /** Null while it is carried out. */
    answerSealed: sealed('answer_sealed'),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.tokenId, table.key] }), index().on(table.createdAt)],
);
