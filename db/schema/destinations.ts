import { jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { at, createdAt, id, sealed } from './columns.ts';

/** A configured downstream system. */
export const destinations = pgTable('destinations', {
  id: id('dst'),
  kind: text('kind').notNull(),
  name: text('name').notNull().unique(),
  config: jsonb('config').$type<Record<string, unknown>>().notNull(),
  secretsSealed: sealed('secrets_sealed'),
  pausedAt: at('paused_at'),
  createdAt: createdAt(),
});
