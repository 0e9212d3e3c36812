import { and, asc, eq, inArray, ne, notInArray, or } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { checklistItems, submissions, uploads } from '../schema/index.ts';

export type ChecklistItemRow = typeof checklistItems.$inferSelect;

export const insertChecklist = async (
  tx: Queryable,
  requestId: string,
  items: readonly Omit<typeof checklistItems.$inferInsert, 'requestId' | 'position'>[],
): Promise<void> => {
  if (items.length === 0) return;
  await tx
    .insert(checklistItems)
    .values(items.map((item, index) => ({ ...item, requestId, position: index + 1 })));
};

/**
 * Those that files were sent for, or are being sent; what was given up doesn't count. Until the transaction ends, nothing
 * new comes for any.
 */
export const itemsInUse = async (tx: Queryable, requestId: string): Promise<Set<string>> => {
  await tx
    .select({ id: checklistItems.id })
    .from(checklistItems)
    .where(eq(checklistItems.requestId, requestId))
    .for('update');
  const rows = await tx
    .select({ id: checklistItems.id })
    .from(checklistItems)
    .innerJoin(uploads, eq(uploads.checklistItemId, checklistItems.id))
    .where(and(eq(checklistItems.requestId, requestId), notInArray(uploads.state, [...ended])))
    .groupBy(checklistItems.id);
  return new Set(rows.map(({ id }) => id));
};

const ended = ['abandoned', 'failed'] as const;

/** Makes the checklist what is given: with an id it is there already, without it is new, the others go. */
export const changeChecklist = async (
  tx: Queryable,
  requestId: string,
  items: readonly (Omit<typeof checklistItems.$inferInsert, 'requestId' | 'position'> & {
    id?: string | undefined;
  })[],
): Promise<void> => {
  const kept = items.flatMap(({ id }) => id ?? []);
  const others = and(eq(checklistItems.requestId, requestId), notInArray(checklistItems.id, kept));
  await tx
    .update(uploads)
    .set({ checklistItemId: null })
    .where(
      and(
        inArray(
          uploads.checklistItemId,
          tx.select({ id: checklistItems.id }).from(checklistItems).where(others),
        ),
        inArray(uploads.state, [...ended]),
      ),
    );
  await tx.delete(checklistItems).where(others);
  for (const [index, { id, ...item }] of items.entries()) {
    const values = { ...item, position: index + 1 };
    if (id === undefined) await tx.insert(checklistItems).values({ ...values, requestId });
    else await tx.update(checklistItems).set(values).where(eq(checklistItems.id, id));
  }
};

/** What requests expect by name, in the order that staff gave it. */
export const checklistOf = (db: Queryable, ...requestIds: string[]): Promise<ChecklistItemRow[]> =>
  requestIds.length === 0
    ? Promise.resolve([])
    : db
        .select()
        .from(checklistItems)
        .where(inArray(checklistItems.requestId, requestIds))
        .orderBy(asc(checklistItems.position));

/** @returns undefined for one of another request, as for one that there is not */
export const findChecklistItem = async (
  db: Queryable,
  requestId: string,
  itemId: string,
): Promise<ChecklistItemRow | undefined> => {
  const [row] = await db
    .select()
    .from(checklistItems)
    .where(and(eq(checklistItems.requestId, requestId), eq(checklistItems.id, itemId)));
  return row;
};

/** The checklist item that an upload was admitted for, if it was for one. */
export const itemOfUpload = async (
  db: Queryable,
  uploadId: string,
): Promise<ChecklistItemRow | undefined> => {
  const [row] = await db
    .select({ item: checklistItems })
    .from(uploads)
    .innerJoin(checklistItems, eq(checklistItems.id, uploads.checklistItemId))
    .where(eq(uploads.id, uploadId));
  return row?.item;
};

/** What is there of a submission and of those that add to it. @param except a submission that is left out */
export const arrivedTogether = (
  db: Queryable,
  submissionId: string,
  except?: string,
): Promise<{ checklistItemId: string | null; sizeBytes: number | null }[]> =>
  db
    .select({ checklistItemId: uploads.checklistItemId, sizeBytes: uploads.sizeBytes })
    .from(uploads)
    .innerJoin(submissions, eq(submissions.id, uploads.submissionId))
    .where(
      and(
        or(eq(submissions.id, submissionId), eq(submissions.supplementOf, submissionId)),
        inArray(uploads.state, ['received', 'stored']),
        except === undefined ? undefined : ne(submissions.id, except),
      ),
    );
