import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { at, createdAt, id } from './columns.ts';
import { teams } from './people.ts';

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
    /** The mail to staff that told it. */
    digest: text('digest'),
  },
  (table) => [
    index('notices_of_digest').on(table.digest).where(sql`digest is not null`),
    uniqueIndex('notices_unresolved').on(table.code, table.subject).where(sql`resolved_at is null`),
    index().on(table.lastSeenAt),
  ],
);

/** Who did what, from where. Rows are only ever added: a trigger refuses the rest. */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: at('at').notNull().defaultNow(),
    /** `staff:stf_…`, `token:tok_…`, `submission:sub_…`, `system`. */
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    subject: text('subject').notNull(),
    address: text('address'),
    details: jsonb('details').$type<Record<string, unknown>>().notNull().default({}),
  },
  (table) => [index().on(table.subject), index().on(table.at)],
);

/** Counters of guesses, shared by all nodes. The column names are those of rate-limiter-flexible. */
export const throttles = pgTable('throttles', {
  key: text('key').primaryKey(),
  points: integer('points').notNull(),
  expire: at('expire'),
});
