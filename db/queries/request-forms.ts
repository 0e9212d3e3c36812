import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { requestForms } from '../schema/index.ts';

const { content: _, ...columns } = getTableColumns(requestForms);

/** A blank form, without its content. */
export type FormRow = Omit<typeof requestForms.$inferSelect, 'content'>;

export const formsOf = (db: Queryable, requestId: string): Promise<FormRow[]> =>
  db
    .select(columns)
    .from(requestForms)
    .where(eq(requestForms.requestId, requestId))
    .orderBy(asc(requestForms.position));

const isOf = (requestId: string, formId: string) =>
  and(eq(requestForms.requestId, requestId), eq(requestForms.id, formId));

/** @returns undefined for one of another request, as for one that there is not */
export const findForm = async (
  db: Queryable,
  requestId: string,
  formId: string,
): Promise<FormRow | undefined> => {
  const [row] = await db.select(columns).from(requestForms).where(isOf(requestId, formId));
  return row;
};

/** @returns a piece of its content; undefined where it has been removed */
export const formPiece = async (
  db: Queryable,
  formId: string,
  { startByte, sizeBytes }: { startByte: number; sizeBytes: number },
): Promise<Uint8Array | undefined> => {
  const [row] = await db
    .select({
      piece: sql<Uint8Array>`substring(${requestForms.content} from ${startByte + 1}::int for ${sizeBytes}::int)`,
    })
    .from(requestForms)
    .where(eq(requestForms.id, formId));
  return row?.piece;
};

export const insertForm = async (
  tx: Queryable,
  values: typeof requestForms.$inferInsert,
): Promise<FormRow> => {
  const [row] = await tx.insert(requestForms).values(values).returning(columns);
  if (row === undefined) throw new Error('an insert returned no row');
  return row;
};

/** Gives a request the forms that another has. */
export const copyForms = async (tx: Queryable, fromRequestId: string, toRequestId: string): Promise<void> => {
  const { requestId, position, name, sizeBytes, sha256, content } = requestForms;
  await tx.insert(requestForms).select(
    tx
      .select({
        id: sql<string>`'frm_' || replace(gen_random_uuid()::text, '-', '')`.as('id'),
        requestId: sql<string>`${toRequestId}`.as('request_id'),
        position,
        name,
        sizeBytes,
        sha256,
        content,
        createdAt: sql<Date>`now()`.as('created_at'),
      })
      .from(requestForms)
      .where(eq(requestId, fromRequestId)),
  );
};

/** @returns what was removed; undefined when it was not there */
export const deleteForm = async (
  tx: Queryable,
  requestId: string,
  formId: string,
): Promise<FormRow | undefined> => {
  const [row] = await tx.delete(requestForms).where(isOf(requestId, formId)).returning(columns);
  return row;
};
