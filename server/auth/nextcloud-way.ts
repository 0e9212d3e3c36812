import { setTimeout as delay } from 'node:timers/promises';
import { Failure, isFailure } from '../lib/failure.ts';
import { randomBase32 } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { Sealing } from '../lib/sealing.ts';

/**
 * The way of a person through Nextcloud's own sign-in page and back (Login Flow v2), to sign in here or to connect their
 * account. Nextcloud sends nobody back: the browser that began asks whether it is done.
 */
export interface NextcloudWay {
  /**
   * @returns sealed, for the browser that begins, and for no other
   * @throws Failure `auth.provider-unavailable`
   */
  begin(purpose: Purpose): Promise<string>;
  /** What the page tells of a way that this browser has begun; undefined when it has none, or it is over. */
  look(waySealed: string, purpose: Purpose): { address: string; code: string } | undefined;
  /**
   * What the person has granted, told once; undefined as long as they have not. The app password is the caller's to keep
   * or to give back.
   * @throws Failure `auth.not-admitted` for a way that is none (any more), `auth.provider-unavailable`
   */
  finish(waySealed: string, purpose: Purpose): Promise<Granted | undefined>;
  /**
   * Makes an app password that is not kept worthless. Never throws: where Nextcloud does not take it back it is tried again
   * for some hours, as long as this process lives. A stray one is listed in its owner's settings.
   */
  giveBack(granted: Pick<Granted, 'user' | 'appPassword'>): Promise<void>;
}

/** `connect:` and the id of who is signed in. */
export type Purpose = 'sign-in' | `connect:${string}`;

export interface Granted {
  /** What the account signs in with. */
  user: string;
  appPassword: string;
  /** Nextcloud's own name for the account. Nobody can change it, as they can their address and their display name. */
  userId: string;
  displayName: string;
  groups: readonly string[];
}

/** What is asked of the server. */
export interface LoginFlows {
  start(clientName: string): Promise<{ loginUrl: string; pollToken: string }>;
  poll(pollToken: string): Promise<{ loginName: string; appPassword: string } | undefined>;
  holderOf(
    user: string,
    appPassword: string,
  ): Promise<{ id: string; displayName: string; groups: readonly string[] }>;
  giveBack(user: string, appPassword: string): Promise<void>;
}

interface Way {
  purpose: Purpose;
  pollToken: string;
  address: string;
  code: string;
  untilMs: number;
}

const minuteMs = 60_000;
/** What kept Nextcloud from answering may be why the app password was not kept. */
const giveBackAgainMs = [5_000, minuteMs, 10 * minuteMs, 60 * minuteMs, 4 * 60 * minuteMs];

const wayContext = 'nextcloud-way';
/** As long as Nextcloud keeps it. */
const wayLifeMs = 20 * 60_000;

export const createNextcloudWay = (deps: {
  sealing: Sealing;
  publicUrl: URL;
  flows: LoginFlows;
  log: Log;
  /** Pauses before it is tried again to give an app password back. */
  giveBackAgainMs?: readonly number[];
}): NextcloudWay => {
  const { sealing, publicUrl, flows, log } = deps;
  const openWay = (waySealed: string, purpose: Purpose): Way | undefined => {
    try {
      const way = JSON.parse(sealing.open(waySealed, wayContext)) as Way;
      return way.purpose === purpose && way.untilMs > Date.now() ? way : undefined;
    } catch {
      return undefined;
    }
  };
  const tryAgain = async (
    { user, appPassword }: Pick<Granted, 'user' | 'appPassword'>,
    pausesMs: readonly number[],
  ): Promise<void> => {
    for (const pauseMs of pausesMs) {
      await delay(pauseMs, undefined, { ref: false });
      const isBack = await flows.giveBack(user, appPassword).then(
        () => true,
        () => false,
      );
      if (isBack) return;
    }
    log.warn({ user }, 'an app password that is not kept stays in Nextcloud: its owner can remove it there');
  };
  const giveBack: NextcloudWay['giveBack'] = async (granted) => {
    try {
      await flows.giveBack(granted.user, granted.appPassword);
    } catch (error) {
      log.info(
        { user: granted.user, err: error },
        'an app password could not be given back, to be tried again',
      );
      void tryAgain(granted, deps.giveBackAgainMs ?? giveBackAgainMs);
    }
  };
  return {
    async begin(purpose) {
      const code = randomBase32(4);
      const { loginUrl: address, pollToken } = await flows.start(clientName(publicUrl, code)).catch(asAway);
      const way: Way = { purpose, pollToken, address, code, untilMs: Date.now() + wayLifeMs };
      return sealing.seal(JSON.stringify(way), wayContext);
    },
    look(waySealed, purpose) {
      const way = openWay(waySealed, purpose);
      return way && { address: way.address, code: way.code };
    },
    async finish(waySealed, purpose) {
      const way = openWay(waySealed, purpose);
      if (way === undefined) throw new Failure('auth.not-admitted');
      const told = await flows.poll(way.pollToken).catch(asAway);
      if (told === undefined) return undefined;
      const { loginName: user, appPassword } = told;
      // Asked, not believed: the name that was typed may be an address.
      const holder = await flows.holderOf(user, appPassword).catch(async (error: unknown) => {
        await giveBack({ user, appPassword });
        return asAway(error);
      });
      return { user, appPassword, userId: holder.id, displayName: holder.displayName, groups: holder.groups };
    },
    giveBack,
  };
};

/**
 * Whoever is sent to Nextcloud by somebody else who has begun it would let that one in. Nextcloud's page shows this name, and
 * ours the code in it: only who has our page before them knows that it is theirs. ASCII, as a header has to be.
 */
const clientName = ({ host }: URL, code: string): string =>
  `Uketori at ${host.slice(0, 50)} - allow only if your own Uketori page shows ${code}`;

const asAway = (error: unknown): never => {
  if (isFailure(error, 'nextcloud.credentials-refused'))
    throw new Failure('auth.not-admitted', { cause: error });
  throw error instanceof Failure
    ? new Failure('auth.provider-unavailable', { retry: 'later', cause: error })
    : error;
};
