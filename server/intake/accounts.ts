import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../db/client.ts';
import { type AccountRow, findAccount, setAccount } from '../../db/queries/people.ts';
import { sealedAppPasswordContext } from '../lib/app-password.ts';
import { Failure, isFailure } from '../lib/failure.ts';
import { createRecentIds, type RecentIds } from '../lib/recent-ids.ts';
import type { Sealing } from '../lib/sealing.ts';
import { createSlots, type Slots } from '../lib/slots.ts';
import type { Capabilities, Nextcloud } from '../nextcloud/index.ts';
import { baseNameRules, type NameRules } from './rules/names.ts';
import type { PasswordRules } from './rules/password-policy.ts';

/** What a server was seen to do; asked at connection time and again after a while. */
export interface ServerFacts {
  version: string;
  nameRules: NameRules;
  /** Most bytes in one part, as the server announces. */
  maxPartBytes: number;
  /** Whether `X-Hash` tells the truth on this storage: on S3 it does not, under 100 MiB. */
  hashIsTrue: boolean;
  sharing: Capabilities['sharing'];
  passwordRules: PasswordRules;
}

/** Connections to the Nextcloud accounts that requests live in. */
export interface Accounts {
  /** @throws Failure `nextcloud.credentials-refused` for one that is disconnected */
  nextcloudFor(accountId: string): Promise<Nextcloud>;
  factsOf(accountId: string): Promise<ServerFacts>;
  /** Bytes that the account's quota leaves, at most a minute old; null: no limit, or not known. */
  freeBytes(accountId: string): Promise<number | null>;
  /** Makes a folder and those above it; what was made before is not asked for again. */
  ensureFolder(accountId: string, path: string): Promise<void>;
  /** A folder that was made is not there any more. */
  forgetFolders(accountId: string): void;
  /** Its row has changed: this process sees it at once. */
  forget(accountId: string): void;
  close(): Promise<void>;
}

export interface AccountAddress {
  accountId: string;
  baseUrl: URL;
  user: string;
  userId: string;
  appPassword: string;
  /** The portal's own, or one that somebody has connected. */
  isPortals: boolean;
}

/** What becomes of an account's row, connected again or disconnected, holds in every process after so long. */
const rowLifeMs = 5_000;
const factsLifeMs = 10 * 60_000;
const quotaLifeMs = 60_000;
/** Folders of one account that are remembered. */
const mostFolders = 10_000;

export const createAccounts = (deps: {
  db: Database;
  sealing: Sealing;
  /** Folder in which the small file is written that shows whether the server's hashes are true. */
  probeFolder: string;
  connect: (account: AccountAddress) => Nextcloud;
}): Accounts => {
  const open = new Map<string, { account: AccountRow; nextcloud: Nextcloud }>();
  /** Somebody may still be at work with them. */
  const replaced: Nextcloud[] = [];
  const connections = createMemo(rowLifeMs, (accountId) => connect(accountId));
  const nextcloudFor = connections.ask;
  const facts = createMemo(factsLifeMs, (accountId) => ask(accountId));
  const free = createMemo(quotaLifeMs, async (accountId) => {
    const { quota } = await (await nextcloudFor(accountId)).me();
    return quota.freeBytes;
  });

  const folders = new Map<string, RecentIds>();
  const making = new Map<string, Slots>();

  const connect = async (accountId: string): Promise<Nextcloud> => {
    const known = open.get(accountId);
    // While the database is away, what is known goes on.
    const account = await findAccount(deps.db, accountId).catch((error: unknown) => {
      if (known === undefined) throw error;
      return known.account;
    });
    if (account === undefined || account.revoked)
      throw new Failure('nextcloud.credentials-refused', { details: { accountId } });
    const { baseUrl, user, userId, staffId, appPasswordSealed } = account;
    if (known?.account.appPasswordSealed === appPasswordSealed) return known.nextcloud;
    if (known !== undefined) replaced.push(known.nextcloud);
    const nextcloud = deps.connect({
      accountId,
      baseUrl: new URL(baseUrl),
      user,
      userId,
      appPassword: deps.sealing.open(appPasswordSealed, sealedAppPasswordContext(baseUrl, user)),
      isPortals: staffId === null,
    });
    open.set(accountId, { account, nextcloud });
    return nextcloud;
  };

  const ask = async (accountId: string): Promise<ServerFacts> => {
    const nextcloud = await nextcloudFor(accountId);
    const capabilities = await nextcloud.capabilities();
    const hashIsTrue = await probeHash(nextcloud, deps.probeFolder);
    await setAccount(deps.db, accountId, {
      probe: { hashIsTrue, version: capabilities.version, checkedAt: new Date().toISOString() },
    });
    return {
      version: capabilities.version,
      maxPartBytes: capabilities.chunkedUpload.maxPartBytes,
      hashIsTrue,
      sharing: capabilities.sharing,
      passwordRules: {
        isEnforced: capabilities.sharing.passwordEnforced,
        policy: capabilities.passwordPolicy,
      },
      nameRules: merged(capabilities.forbiddenNames),
    };
  };

  const make = async (accountId: string, path: string): Promise<void> => {
    const known = folders.get(accountId) ?? createRecentIds(mostFolders);
    folders.set(accountId, known);
    const nextcloud = await nextcloudFor(accountId);
    try {
      await makeFolders(nextcloud, path, known);
    } catch (error) {
      if (!isFailure(error, 'nextcloud.conflict')) throw error;
      folders.delete(accountId);
      await makeFolders(nextcloud, path);
    }
  };

  return {
    nextcloudFor,
    factsOf: facts.ask,
    freeBytes: free.ask,
    forget: connections.forget,
    async ensureFolder(accountId, path) {
      if (folders.get(accountId)?.has(path) === true) return;
      // Two that make one folder at a time get a 423 from each other (measured on Nextcloud 32.0.1).
      const lane = making.get(accountId) ?? createSlots(1);
      making.set(accountId, lane);
      const release = await lane.take();
      try {
        await make(accountId, path);
      } finally {
        release();
      }
    },
    forgetFolders: (accountId) => void folders.delete(accountId),
    async close() {
      const all = [...replaced, ...[...open.values()].map(({ nextcloud }) => nextcloud)];
      for (const nextcloud of all) await nextcloud.close();
    },
  };
};

/** Asks once for each key, and again after a while. What fails is not remembered. */
const createMemo = <T>(lifeMs: number, ask: (key: string) => Promise<T>) => {
  const answers = new Map<string, { answer: Promise<T>; askedAtMs: number }>();
  return {
    ask: (key: string): Promise<T> => {
      const known = answers.get(key);
      if (known !== undefined && Date.now() - known.askedAtMs < lifeMs) return known.answer;
      const asked = { answer: ask(key), askedAtMs: Date.now() };
      answers.set(key, asked);
      asked.answer.catch(() => {
        if (answers.get(key) === asked) answers.delete(key);
      });
      return asked.answer;
    },
    forget: (key: string): void => void answers.delete(key),
  };
};

/**
 * Writes a small file, compares what the server says it stored with what it was, and removes it. It always has the same
 * name, so that one which could not be removed goes with the next.
 */
const probeHash = async (nextcloud: Nextcloud, folder: string): Promise<boolean> => {
  const body = randomBytes(64);
  await makeFolders(nextcloud, folder);
  const path = `${folder}/.probe`;
  const stored = await nextcloud.files.put(path, body, { sizeBytes: body.length, wantHash: true });
  await nextcloud.files.remove(path);
  return stored.sha256 === createHash('sha256').update(body).digest('hex');
};

/** Makes a folder and those above it, but for those that are known; what it makes is known then. */
export const makeFolders = async (
  nextcloud: Nextcloud,
  path: string,
  known: RecentIds = createRecentIds(),
): Promise<void> => {
  const segments = path.split('/').filter((segment) => segment !== '');
  for (let n = 1; n <= segments.length; n += 1) {
    const folder = `/${segments.slice(0, n).join('/')}`;
    if (known.has(folder)) continue;
    await makeFolder(nextcloud, folder);
    known.add(folder);
  }
};

const mostTries = 5;
const pauseMs = 100;

/** Another process may be making the same one: it is locked then, and there a moment later. */
const makeFolder = async (nextcloud: Nextcloud, path: string): Promise<void> => {
  for (let n = 1; ; n += 1) {
    try {
      await nextcloud.files.makeDirectory(path);
      return;
    } catch (error) {
      if (!isFailure(error, 'nextcloud.locked') || n === mostTries) throw error;
    }
    await delay(n * pauseMs);
  }
};

const merged = (more: NameRules): NameRules => ({
  forbiddenNames: [...baseNameRules.forbiddenNames, ...more.forbiddenNames],
  forbiddenBasenames: [...baseNameRules.forbiddenBasenames, ...more.forbiddenBasenames],
  forbiddenExtensions: [...baseNameRules.forbiddenExtensions, ...more.forbiddenExtensions],
  forbiddenCharacters: [...baseNameRules.forbiddenCharacters, ...more.forbiddenCharacters],
});
