import { RateLimiterDrizzle, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Database } from '../../db/client.ts';
import { throttles } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import { hashToken } from '../lib/ids.ts';
import { networkOf } from '../lib/networks.ts';

/** Counts guesses, over all nodes: a few at one door, more from one network. */
export interface Throttle {
  /**
   * Counts one guess at a door (a login, a link's password) from an address.
   * @param address left out: from wherever it comes; only for a door behind another, or anybody could shut people out
   * @throws Failure `auth.throttled`, with when to try again
   */
  spend(door: string, address?: string): Promise<void>;
  /** The right key was shown: this door counts from nothing again for this network. */
  forgive(door: string, address?: string): Promise<void>;
  /**
   * Counts work that anybody may ask for and that opens nothing; apart from guesses, or it would shut people out.
   * @throws Failure `auth.throttled`, with when to try again
   */
  serve(counter: string, address: string): Promise<void>;
  /** Counts a call of the API. @throws Failure `api.throttled`, with when to try again */
  call(tokenId: string): Promise<Allowance>;
  /**
   * Counts a token that is none. Only such calls are refused for it: who has a good one is not shut out by a neighbour.
   * @throws Failure `auth.throttled`, with when to try again
   */
  mistake(address: string): Promise<void>;
  /**
   * Whether a refusal is to stand in the audit log: in a quarter of an hour the first of a kind and a subject from each
   * network, and twenty from wherever they come.
   */
  isToBeNoted(subject: string, kind: string, address: string): Promise<boolean>;
}

/** What is left of a limit. */
export interface Allowance {
  limit: number;
  perSeconds: number;
  left: number;
  resetsAfterMs: number;
}

const doorLimit = { points: 10, duration: 15 * 60, keyPrefix: 'door' };
const networkLimit = { points: 60, duration: 15 * 60, keyPrefix: 'network' };
const callLimit = { points: 600, duration: 60, keyPrefix: 'call' };
const mistakeLimit = { points: 60, duration: 15 * 60, keyPrefix: 'mistake' };
const noteLimit = { points: 1, duration: 15 * 60, keyPrefix: 'note' };
const notesLimit = { points: 20, duration: 15 * 60, keyPrefix: 'notes' };
const serviceLimit = { points: 60, duration: 15 * 60, keyPrefix: 'service' };

export const createThrottle = (db: Database): Throttle => {
  const store = { storeClient: db, schema: throttles, clearExpiredByTimeout: false };
  const perDoor = new RateLimiterDrizzle({ ...store, ...doorLimit });
  const perNetwork = new RateLimiterDrizzle({ ...store, ...networkLimit });
  const perService = new RateLimiterDrizzle({ ...store, ...serviceLimit });
  const perToken = new RateLimiterDrizzle({ ...store, ...callLimit });
  const perMistake = new RateLimiterDrizzle({ ...store, ...mistakeLimit });
  const perNote = new RateLimiterDrizzle({ ...store, ...noteLimit });
  const perNoted = new RateLimiterDrizzle({ ...store, ...notesLimit });
  const keys = (door: string, address?: string) => {
    const network = address === undefined ? 'anywhere' : networkOf(address);
    // Hashed: it may hold what anybody typed, of any length.
    return { door: hashToken(`${door}@${network}`), network };
  };
  const consume = async (
    limiter: RateLimiterDrizzle,
    key: string,
    code: 'auth.throttled' | 'api.throttled' = 'auth.throttled',
  ): Promise<RateLimiterRes> => {
    try {
      return await limiter.consume(key);
    } catch (refused) {
      if (refused instanceof Error) throw refused;
      const afterMs = (refused as RateLimiterRes).msBeforeNext;
      throw new Failure(code, {
        retry: { afterMs },
        params: { afterSeconds: Math.max(1, Math.ceil(afterMs / 1000)) },
      });
    }
  };
  return {
    async spend(door, address) {
      const key = keys(door, address);
      if (address !== undefined) await consume(perNetwork, key.network);
      await consume(perDoor, key.door);
    },
    async forgive(door, address) {
      await perDoor.delete(keys(door, address).door);
    },
    async serve(counter, address) {
      await consume(perService, keys(counter, address).door);
    },
    async call(tokenId) {
      const { remainingPoints, msBeforeNext } = await consume(perToken, tokenId, 'api.throttled');
      const { points, duration } = callLimit;
      return { limit: points, perSeconds: duration, left: remainingPoints, resetsAfterMs: msBeforeNext };
    },
    async mistake(address) {
      await consume(perMistake, networkOf(address));
    },
    async isToBeNoted(subject, kind, address) {
      try {
        const door = `${kind} ${subject}`;
        await perNote.consume(keys(door, address).door);
        await perNoted.consume(keys(door).door);
        return true;
      } catch (refused) {
        if (refused instanceof Error) throw refused;
        return false;
      }
    },
  };
};
