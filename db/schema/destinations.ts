import { integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { at, createdAt, id, sealed } from './columns.ts';

/** A configured downstream system. */
export const destinations = pgTable('destinations', {
  id: id('dst'),
  kind: text('kind').notNull(),
  name: text('name').notNull().unique(),
  config: jsonb('config').$type<Record<string, unknown>>().notNull(),
  secretsSealed: sealed('secrets_sealed'),
  /** Nothing is delivered while it is set. */
  pausedAt: at('paused_at'),
  /** Deliveries at once, over all importers. */
  maxConcurrent: integer('max_concurrent').notNull().default(4),
  /** Failures in a row that are the destination's own: refused sign-ins, no answer. */
  failures: integer('failures').notNull().default(0),
  /** After too many of them it is left alone until then; after that one delivery tries. */
  restsUntil: at('rests_until'),
  createdAt: createdAt(),
  removedAt: at('removed_at'),
});
