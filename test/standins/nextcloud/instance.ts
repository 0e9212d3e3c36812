import { join } from 'node:path';
import { Accounts } from './accounts.ts';
import { outOfSpace } from './failures.ts';
import { FaultBoard, Workers } from './faults.ts';
import type { LoginFlows } from './login-flow.ts';
import { newLoginFlows } from './login-flow.ts';
import { defaultUsers, type StandinOptions, type StandinTheming, type StandinUser } from './options.ts';
import { Shares } from './shares.ts';
import { type DirectLink, readState, Saver, type Webhook } from './state.ts';
import { Throttle } from './throttle.ts';
import { sizeOf, Tree } from './tree.ts';

/** What is switched on until it is switched off again; the demo has no way to. */
export interface Switches {
  maintenance: boolean;
  /** `X-Hash` that isn't the body's: always, or as on S3, where it hashes a body under 100 MiB three times over. */
  wrongHash: 'never' | 'always' | 'as-on-s3';
  /** Every share gets these permissions, whatever is sent. */
  stubbornPermissions: number | undefined;
  /** Whether the session that a share's password opens is taken; not so where PHP keeps none between requests. */
  publicSessions: boolean;
  /** The app that sends shares by mail. */
  mailShares: boolean;
  /** The app that tells accounts something. */
  notifications: boolean;
  theming: StandinTheming;
}

/** What was mailed: the address of a share, or its password. */
export interface ShareMail {
  to: string;
  shareId: string;
  token?: string;
  note?: string;
  password?: string;
}

/** What an administrator had an account told. */
export interface ToldNotification {
  id: number;
  userId: string;
  subject: string;
  subjectParameters: RichObjects;
  message: string;
  messageParameters: RichObjects;
}

/** What is put in the place of `{name}`. */
export type RichObjects = Record<string, Record<string, string>>;

/** One Nextcloud: everything that its routes share. */
export interface Instance {
  readonly root: string;
  readonly options: StandinOptions;
  readonly instanceId: string;
  readonly nowMs: () => number;
  readonly accounts: Accounts;
  readonly tree: Tree;
  readonly shares: Shares;
  readonly mails: ShareMail[];
  readonly notifications: ToldNotification[];
  readonly throttle: Throttle;
  readonly directLinks: Map<string, DirectLink>;
  readonly webhooks: Map<number, Webhook>;
  readonly loginFlows: LoginFlows;
  readonly faults: FaultBoard;
  readonly workers: Workers;
  readonly switches: Switches;
  nextWebhookId(): number;
  /** Resolves when the changes so far are on the disk. */
  save(): Promise<void>;
}

export const openInstance = (root: string, options: StandinOptions): Instance => {
  const nowMs = options.nowMs ?? Date.now;
  const state = readState(root);
  const throttle = new Throttle(nowMs);
  const tree = new Tree(root, nowMs, state.lastFileId);
  tree.restore(state.nodes);
  const users = options.users ?? defaultUsers;
  const accounts = new Accounts(users, state, throttle, options.loginPasswordCostMs ?? 0);
  for (const user of accounts.users) tree.rootOf(user.id);
  const shares = new Shares(tree, state, nowMs, (owner) => accounts.user(owner)?.timeZone ?? 'UTC');
  const directLinks = new Map(state.directLinks.map((link) => [link.token, link]));
  const webhooks = new Map(state.webhooks.map((webhook) => [webhook.id, webhook]));
  let lastWebhookId = state.lastWebhookId;
  const saver = new Saver(root, () => ({
    instanceId: state.instanceId,
    lastFileId: tree.lastId,
    lastShareId: shares.lastId,
    lastWebhookId,
    users: accounts.made,
    appPasswords: accounts.minted,
    revoked: accounts.revoked,
    shares: shares.all(),
    directLinks: [...directLinks.values()],
    webhooks: [...webhooks.values()],
    nodes: tree.save(),
  }));
  return {
    root,
    options,
    instanceId: state.instanceId,
    nowMs,
    accounts,
    tree,
    shares,
    mails: [],
    notifications: [],
    throttle,
    directLinks,
    webhooks,
    loginFlows: newLoginFlows(nowMs),
    faults: new FaultBoard(),
    workers: new Workers(options.workers ?? Number.POSITIVE_INFINITY),
    switches: {
      maintenance: false,
      wrongHash: 'never',
      stubbornPermissions: undefined,
      publicSessions: true,
      mailShares: true,
      notifications: true,
      theming: options.theming ?? {},
    },
    nextWebhookId: () => {
      lastWebhookId += 1;
      return lastWebhookId;
    },
    save: () => saver.save(),
  };
};

export const uploadsFolder = (instance: Instance, userId: string): string =>
  join(instance.root, 'uploads', userId);

/** As Nextcloud writes it: padded to eight digits, then the instance. */
export const longFileId = (instance: Instance, id: number): string =>
  `${String(id).padStart(8, '0')}${instance.instanceId}`;

export const freeBytes = (instance: Instance, user: StandinUser): number =>
  user.quotaBytes === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(0, user.quotaBytes - sizeOf(instance.tree.rootOf(user.id)));

/** Throws `DavError` 507. */
export const requireSpace = (
  instance: Instance,
  user: StandinUser,
  path: string,
  neededBytes: number,
): void => {
  const free = freeBytes(instance, user);
  if (neededBytes > free) throw outOfSpace(path, neededBytes, free);
};
