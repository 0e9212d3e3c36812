import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, id } from './columns.ts';
import { staff } from './people.ts';
import { submissions } from './submissions.ts';

/** What staff tell each other about a submission. Its submitter never sees it, nor does a destination. */
export const notes = pgTable(
  'notes',
  {
    id: id('not'),
    submissionId: text('submission_id')
      .notNull()
      .references(() => submissions.id, { onDelete: 'cascade' }),
    /** Null: they are gone. */
    authorId: text('author_id').references(() => staff.id, { onDelete: 'set null' }),
    text: text('text').notNull(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.submissionId, table.createdAt)],
);
