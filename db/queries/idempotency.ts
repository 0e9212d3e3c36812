import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { idempotencyKeys } from '../schema/index.ts';
import { nobodyHolds } from './nodes.ts';

/** A call that a program may send again. */
export interface RepeatableCall {
  tokenId: string;
  key: string;
  /** SHA-256 of what is asked: method, path and body. */
  hash: string;
}

const life = sql`interval '24 hours'`;
const isOver = lt(idempotencyKeys.createdAt, sql`now() - ${life}`);
const named = ({ tokenId, key }: RepeatableCall) =>
  and(eq(idempotencyKeys.tokenId, tokenId), eq(idempotencyKeys.key, key));

/**
 * Takes the key for a call that is carried out now: where it is new, is over, or its node died before there was an answer.
 * @returns the epoch to answer with; undefined where another call has the key
 */
export const claimKey = async (
  db: Queryable,
  call: RepeatableCall,
  nodeId: string,
): Promise<number | undefined> => {
  const [row] = await db
    .insert(idempotencyKeys)
    .values({ ...call, leaseNode: nodeId })
    .onConflictDoUpdate({
      target: [idempotencyKeys.tokenId, idempotencyKeys.key],
      set: {
        hash: call.hash,
        leaseNode: nodeId,
        epoch: sql`${idempotencyKeys.epoch} + 1`,
        answerSealed: null,
        createdAt: sql`now()`,
      },
      setWhere: or(isOver, and(isNull(idempotencyKeys.answerSealed), nobodyHolds(idempotencyKeys.leaseNode))),
    })
    .returning({ epoch: idempotencyKeys.epoch });
  return row?.epoch;
};

export const findKey = async (db: Queryable, call: RepeatableCall) =>
  (await db.select().from(idempotencyKeys).where(named(call)))[0];

/** Keeps the answer for whoever asks the same again. */
export const keepAnswer = async (
  db: Queryable,
  call: RepeatableCall,
  epoch: number,
  answerSealed: string,
): Promise<void> => {
  await db
    .update(idempotencyKeys)
    .set({ answerSealed, leaseNode: null })
    .where(and(named(call), eq(idempotencyKeys.epoch, epoch)));
};

/** Nothing was done: the key is free for another try. */
export const freeKey = async (db: Queryable, call: RepeatableCall, epoch: number): Promise<void> => {
  await db
    .delete(idempotencyKeys)
    .where(and(named(call), eq(idempotencyKeys.epoch, epoch), isNull(idempotencyKeys.answerSealed)));
};

export const forgetKeys = async (db: Queryable): Promise<void> => {
  await db.delete(idempotencyKeys).where(isOver);
};
