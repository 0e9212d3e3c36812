import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { notes, staff } from '../schema/index.ts';

export type NoteRow = typeof notes.$inferSelect;

/** Notes on these submissions, the oldest first; without a name where their author is gone. */
export const notesOf = async (
  db: Queryable,
  submissionIds: readonly string[],
): Promise<{ note: NoteRow; authorName: string | null }[]> =>
  submissionIds.length === 0
    ? []
    : db
        .select({ note: notes, authorName: staff.name })
        .from(notes)
        .leftJoin(staff, eq(staff.id, notes.authorId))
        .where(inArray(notes.submissionId, [...submissionIds]))
        .orderBy(asc(notes.createdAt), asc(notes.id));

export const insertNote = async (tx: Queryable, values: typeof notes.$inferInsert): Promise<NoteRow> => {
  const [row] = await tx.insert(notes).values(values).returning();
  if (row === undefined) throw new Error('an insert returned no row');
  return row;
};

/** @returns false when it is not there, or on another submission */
export const deleteNote = async (tx: Queryable, submissionId: string, id: string): Promise<boolean> =>
  (
    await tx
      .delete(notes)
      .where(and(eq(notes.submissionId, submissionId), eq(notes.id, id)))
      .returning({ id: notes.id })
  ).length > 0;
