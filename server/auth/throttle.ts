import { RateLimiterDrizzle, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Database } from '../../db/client.ts';
import { throttles } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
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
}

const doorLimit = { points: 10, duration: 15 * 60, keyPrefix: 'door' };
const networkLimit = { points: 60, duration: 15 * 60, keyPrefix: 'network' };
const serviceLimit = { points: 60, duration: 15 * 60, keyPrefix: 'service' };

export const createThrottle = (db: Database): Throttle => {
  const store = { storeClient: db, schema: throttles, clearExpiredByTimeout: false };
  const perDoor = new RateLimiterDrizzle({ ...store, ...doorLimit });
  const perNetwork = new RateLimiterDrizzle({ ...store, ...networkLimit });
  const perService = new RateLimiterDrizzle({ ...store, ...serviceLimit });
  const keys = (door: string, address?: string) => {
    const network = address === undefined ? 'anywhere' : networkOf(address);
    return { door: `${door}@${network}`, network };
  };
  const consume = async (limiter: RateLimiterDrizzle, key: string) => {
    try {
      await limiter.consume(key);
    } catch (refused) {
      if (refused instanceof Error) throw refused;
      const afterMs = (refused as RateLimiterRes).msBeforeNext;
      throw new Failure('auth.throttled', {
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
    serve: (counter, address) => consume(perService, keys(counter, address).door),
  };
};
