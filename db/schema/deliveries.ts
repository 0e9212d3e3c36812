import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { at, createdAt, id } from './columns.ts';
import { destinations } from './destinations.ts';
import { files, submissions } from './submissions.ts';

/**
 * `waiting → delivering → delivered`, back to `waiting` after a failure that may pass, or `dead`. `withdrawn`: called off,
 * for its submitter took back all that it had.
 */
export type DeliveryState = 'waiting' | 'delivering' | 'delivered' | 'dead' | 'withdrawn';

/** The ledger: one sealed submission (or one file of it) on its way to one destination. */
export const deliveries = pgTable(
  'deliveries',
  {
    id: id('dlv'),
    /** Names this delivery to the destination, the same at every attempt: what makes a repeat harmless. */
    key: text('key').notNull().unique(),
    submissionId: text('submission_id')
      .notNull()
      .references(() => submissions.id),
    /** Null: the whole submission. */
    fileId: text('file_id').references(() => files.id),
    destinationId: text('destination_id')
      .notNull()
      .references(() => destinations.id),
    state: text('state').$type<DeliveryState>().notNull().default('waiting'),
    /** Not before the take-back window has passed, nor before the back-off of what failed: an attempt, or its removal. */
    notBefore: at('not_before').notNull(),
    epoch: integer('epoch').notNull().default(0),
    leaseNode: text('lease_node'),
    /** How often staff had it delivered anew. */
    round: integer('round').notNull().default(0),
    /** Without those that failed because the destination as a whole did. */
    attempts: integer('attempts').notNull().default(0),
    /** Since when it is tried: its making, or its last replay. */
    triedSince: at('tried_since').notNull().defaultNow(),
    /** What the destination needs to go on after a crash: an upload session, a file key and its expiry. */
    checkpoint: jsonb('checkpoint').$type<Record<string, unknown>>().notNull().default({}),
    /** What it made there: ids, links, how it was verified. */
    result: jsonb('result').$type<Record<string, unknown>>(),
    /** It is there as far as can be told, and its receiver is still to say so. */
    awaiting: text('awaiting').$type<'acknowledgement'>(),
    failureCode: text('failure_code'),
    createdAt: createdAt(),
    deliveredAt: at('delivered_at'),
    /** When the destination took it away again, its retention having ended. */
    removedAt: at('removed_at'),
  },
  (table) => [
    index().on(table.state, table.notBefore),
    index().on(table.submissionId),
    index().on(table.destinationId, table.state),
    index().on(table.createdAt, table.id),
    index('deliveries_kept').on(table.destinationId, table.deliveredAt).where(sql`removed_at is null`),
  ],
);

export const deliveryAttempts = pgTable(
  'delivery_attempts',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    deliveryId: text('delivery_id')
      .notNull()
      .references(() => deliveries.id, { onDelete: 'cascade' }),
    epoch: integer('epoch').notNull(),
    startedAt: at('started_at').notNull().defaultNow(),
    endedAt: at('ended_at'),
    outcome: text('outcome').$type<'delivered' | 'already-there' | 'awaiting' | 'retry' | 'dead'>(),
    failureCode: text('failure_code'),
    details: jsonb('details').$type<Record<string, unknown>>(),
  },
  (table) => [index().on(table.deliveryId), index().on(table.startedAt)],
);
