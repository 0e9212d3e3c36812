import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../../db/client.ts';
import { scopesOfSessions } from '../../../db/queries/sessions.ts';
import { type SignOfLife, signsInList, signsOnPages } from '../../../db/queries/signs-of-life.ts';
import type { TeamScope } from '../../../db/queries/teams.ts';
import type { Log } from '../../lib/log.ts';

/** Somebody whose page is open. */
export interface Watcher {
  sessionId: string;
  /** Left out: all that they may see. */
  requestId?: string;
  onChange: () => void;
  /** The session is over, the request is theirs no more, or the portal ends. */
  onEnd: () => void;
}

export interface Watch {
  /** @returns how to stop, or undefined where there are as many already as may be */
  join(watcher: Watcher): (() => void) | undefined;
  /** How often the database was looked at so far. */
  looks(): number;
  /** Ends all, and takes none any more. */
  close(): void;
}

export interface WatchLimits {
  perSession: number;
  inAll: number;
  /** Between two looks. A look that takes long is followed by a rest that is twenty times as long. */
  restMs: number;
}

const presets: WatchLimits = { perSession: 12, inAll: 500, restMs: 1_500 };

interface Joined extends Watcher {
  /** Undefined until the first look. */
  seen: string | undefined;
}

/**
 * Tells open pages of the console that something has changed. While anybody watches, a few queries serve
 * all in this process; what is seen is compared, so that nothing needs to announce what it changes.
 */
export const createWatch = (db: Database, log: Log, limits: WatchLimits = presets): Watch => {
  const watchers = new Set<Joined>();
  const closing = new AbortController();
  let isLooking = false;
  let looks = 0;

  const leave = (watcher: Joined) => {
    if (watchers.delete(watcher)) watcher.onEnd();
  };

  const look = async () => {
    const joined = [...watchers];
    const scopes = await scopesOfSessions(db, [...new Set(joined.map(({ sessionId }) => sessionId))]);
    const watched = [...new Set(joined.flatMap(({ requestId }) => requestId ?? []))];
    const inList = joined.some(({ requestId }) => requestId === undefined) ? await signsInList(db) : [];
    const onPages = await signsOnPages(db, watched);
    for (const watcher of joined) {
      const signs = watcher.requestId === undefined ? inList : onPages;
      const seen = whatIsSeen(watcher, scopes.get(watcher.sessionId), signs);
      if (seen === undefined) leave(watcher);
      else if (watcher.seen !== undefined && watcher.seen !== seen) watcher.onChange();
      watcher.seen = seen;
    }
    looks += 1;
  };

  const keepLooking = async () => {
    if (isLooking) return;
    isLooking = true;
    while (watchers.size > 0) {
      const startedMs = performance.now();
      await look().catch((error: unknown) => log.warn({ err: error }, 'open pages could not be kept'));
      const restMs = Math.max(limits.restMs, 20 * (performance.now() - startedMs));
      await delay(restMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
    isLooking = false;
  };

  return {
    join(watcher) {
      const ofSession = [...watchers].filter(({ sessionId }) => sessionId === watcher.sessionId).length;
      if (closing.signal.aborted || watchers.size >= limits.inAll || ofSession >= limits.perSession)
        return undefined;
      const joined = { ...watcher, seen: undefined };
      watchers.add(joined);
      void keepLooking();
      return () => watchers.delete(joined);
    },
    looks: () => looks,
    close() {
      closing.abort();
      for (const watcher of watchers) leave(watcher);
    },
  };
};

/** @returns undefined where there is nothing that they may see any more */
const whatIsSeen = (
  { requestId }: Watcher,
  scope: TeamScope | undefined,
  signs: readonly SignOfLife[],
): string | undefined => {
  if (scope === undefined) return undefined;
  const theirs = signs.filter(
    (each) =>
      (requestId === undefined || each.requestId === requestId) &&
      (scope === 'all' || scope.includes(each.teamId)),
  );
  if (requestId !== undefined && theirs.length === 0) return undefined;
  const hash = createHash('sha256');
  for (const id of theirs.map((each) => `${each.requestId} ${each.sign}`).sort()) hash.update(id);
  return hash.digest('base64url');
};
