import { and, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { recoveryCodes, secondFactors } from '../schema/index.ts';

export type SecondFactorRow = typeof secondFactors.$inferSelect;

export const findSecondFactor = async (
  db: Queryable,
  staffId: string,
): Promise<SecondFactorRow | undefined> => {
  const [row] = await db.select().from(secondFactors).where(eq(secondFactors.staffId, staffId));
  return row;
};

/** In the place of one that was never confirmed. @returns whether there was no confirmed one */
export const beginSecondFactor = async (
  tx: Queryable,
  staffId: string,
  secretSealed: string,
): Promise<boolean> =>
  (
    await tx
      .insert(secondFactors)
      .values({ staffId, secretSealed })
      .onConflictDoUpdate({
        target: secondFactors.staffId,
        set: { secretSealed },
        setWhere: isNull(secondFactors.confirmedAt),
      })
      .returning({ id: secondFactors.staffId })
  ).length > 0;

/** @param secretSealed that the code was of @returns whether it was this one, and waited to be confirmed */
export const confirmSecondFactor = async (
  tx: Queryable,
  { staffId, secretSealed }: Pick<SecondFactorRow, 'staffId' | 'secretSealed'>,
  step: number,
): Promise<boolean> =>
  (
    await tx
      .update(secondFactors)
      .set({ confirmedAt: sql`now()`, lastStep: step })
      .where(
        and(
          eq(secondFactors.staffId, staffId),
          eq(secondFactors.secretSealed, secretSealed),
          isNull(secondFactors.confirmedAt),
        ),
      )
      .returning({ id: secondFactors.staffId })
  ).length > 0;

/** Uses a step up. @returns whether it, or a later one, had not been used before */
export const useStep = async (tx: Queryable, staffId: string, step: number): Promise<boolean> =>
  (
    await tx
      .update(secondFactors)
      .set({ lastStep: step })
      .where(
        and(
          eq(secondFactors.staffId, staffId),
          isNotNull(secondFactors.confirmedAt),
          lt(secondFactors.lastStep, step),
        ),
      )
      .returning({ id: secondFactors.staffId })
  ).length > 0;

export const setRecoveryCodes = async (
  tx: Queryable,
  staffId: string,
  codeHashes: readonly string[],
): Promise<void> => {
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.staffId, staffId));
  await tx.insert(recoveryCodes).values(codeHashes.map((codeHash) => ({ staffId, codeHash })));
};

/** Uses a code up. @returns whether it was there */
export const useRecoveryCode = async (tx: Queryable, staffId: string, codeHash: string): Promise<boolean> =>
  (
    await tx
      .delete(recoveryCodes)
      .where(and(eq(recoveryCodes.staffId, staffId), eq(recoveryCodes.codeHash, codeHash)))
      .returning({ id: recoveryCodes.staffId })
  ).length > 0;

export const countRecoveryCodes = async (db: Queryable, staffId: string): Promise<number> =>
  (await db.select({ one: sql`1` }).from(recoveryCodes).where(eq(recoveryCodes.staffId, staffId))).length;

/** With its recovery codes. @returns whether there was one */
export const deleteSecondFactor = async (tx: Queryable, staffId: string): Promise<boolean> =>
  (
    await tx
      .delete(secondFactors)
      .where(eq(secondFactors.staffId, staffId))
      .returning({ id: secondFactors.staffId })
  ).length > 0;
