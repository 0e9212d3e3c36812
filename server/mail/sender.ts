import type { Log } from '../lib/log.ts';

/** A row that this node may send until another claims it. */
interface Claimed {
  id: string;
  epoch: number;
}

export interface Sending<Row extends Claimed, Outcome> {
  /** @returns undefined when there is nothing to send */
  claim(id: string): Promise<Row | undefined>;
  /** Resolves when the other side has taken it. */
  send(row: Row): Promise<void>;
  /** @returns false when the claim is stale */
  recordSent(claim: Claimed): Promise<boolean>;
  recordFailure(row: Row, error: unknown): Promise<Outcome>;
  onOutcome(row: Row, outcome: Outcome | 'sent' | 'fenced'): void;
  log: Log;
}

/**
 * Sends rows that are claimed before and recorded after, so two nodes never send one at once.
 *
 * Danger: exactly once is not to be had. A node that dies, or is cut off from the database for longer than its lease, after
 * the other side took a row and before that was recorded, leaves one that is sent again; so does a last answer that is lost.
 */
export const createSender = <Row extends Claimed, Outcome extends string>(sending: Sending<Row, Outcome>) => {
  const active = new Set<string>();
  /** Taken by the other side, while the database could not be told. */
  const unrecorded = new Map<string, Claimed>();

  const sendClaimed = async (row: Row): Promise<Outcome | 'sent' | 'fenced'> => {
    try {
      await sending.send(row);
    } catch (error) {
      return await sending.recordFailure(row, error);
    }
    unrecorded.set(row.id, { id: row.id, epoch: row.epoch });
    const isRecorded = await sending.recordSent(row);
    unrecorded.delete(row.id);
    return isRecorded ? 'sent' : 'fenced';
  };

  const attempt = async (id: string): Promise<Outcome | 'sent' | 'fenced' | 'not-claimed'> => {
    const row = await sending.claim(id);
    if (row === undefined) return 'not-claimed';
    const outcome = await sendClaimed(row);
    if (outcome === 'fenced') sending.log.warn({ row: id }, 'another node has claimed this since');
    sending.onOutcome(row, outcome);
    return outcome;
  };

  return {
    /** One attempt, if it can be claimed. Throws only what the database throws. */
    async sendOne(id: string) {
      if (active.has(id) || unrecorded.has(id)) return 'not-claimed' as const;
      active.add(id);
      try {
        return await attempt(id);
      } finally {
        active.delete(id);
      }
    },
    /** Records what could not be recorded before. */
    async recordLeft(): Promise<void> {
      for (const [id, claim] of unrecorded) {
        if (active.has(id)) continue;
        await sending.recordSent(claim);
        unrecorded.delete(id);
      }
    },
    activeIds: (): string[] => [...active],
  };
};
