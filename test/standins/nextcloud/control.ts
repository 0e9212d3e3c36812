import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeStaleUploads } from './chunks.ts';
import { segmentsOf } from './exchange.ts';
import type { Fault, FaultRule } from './faults.ts';
import { type Instance, type ShareMail, type Switches, uploadsFolder } from './instance.ts';
import { type ShownNotification, shownNotifications } from './notifications.ts';
import { hashPassword, linkShare, type ShareRow } from './share-rules.ts';

/** What a test may do to the stand-in behind its client's back. There is no way to it over the network. */
export interface Control {
  /** Sets a fault for the next requests that match. */
  fault(rule: FaultRule): Fault;
  clearFaults(): void;
  /** Switches that stay as they are until they are set again. */
  set(switches: Partial<Switches>): void;
  /** All switches and faults off, nobody locked out. */
  calm(): void;
  unlock(): void;
  revokeAppPasswords(userId: string): void;
  restoreAppPassword(userId: string): void;
  /** How many app passwords an account has beside its first. */
  appPasswords(userId: string): number;
  /** Of every sign-in that is under way: nobody but the program that began it is to know them. */
  pollTokens(): string[];
  shares(): readonly Readonly<ShareRow>[];
  /** What was mailed about shares, in order. */
  mails(): readonly Readonly<ShareMail>[];
  /** What accounts were told and can see, in order. */
  notifications(): readonly Readonly<ShownNotification>[];
  /** A public link made by somebody else; counts towards no limit. Throws when the path isn't there. */
  addShare(userId: string, path: string, permissions: number, password?: string): Readonly<ShareRow>;
  /** Throws when the share isn't there. */
  changeShare(
    id: string,
    change: Partial<Pick<ShareRow, 'permissions' | 'expiresOn' | 'note' | 'label'>> & {
      password?: string | null;
    },
  ): void;
  deleteShare(id: string): void;
  /** A part that no client sent, as a truncated body leaves it on S3. */
  plantPart(userId: string, uploadId: string, name: string, content: string): void;
  /** The background job that removes upload folders untouched for 24 h before this time. Returns their ids. */
  removeStaleUploads(nowMs: number): string[];
}

export const newControl = (instance: Instance): Control => {
  const shareOf = (id: string): ShareRow => {
    const row = instance.shares.byId(id);
    if (row === undefined) throw new Error(`no share ${id} in the stand-in`);
    return row;
  };
  return {
    fault: (rule) => instance.faults.add(rule),
    clearFaults: () => instance.faults.clear(),
    set: (switches) => {
      Object.assign(instance.switches, switches);
    },
    calm() {
      instance.faults.clear();
      instance.throttle.forget();
      Object.assign(instance.switches, {
        maintenance: false,
        publicSessions: true,
        mailShares: true,
        notifications: true,
        wrongHash: 'never',
        stubbornPermissions: undefined,
        theming: instance.options.theming ?? {},
      } satisfies Switches);
    },
    unlock: () => instance.throttle.forget(),
    revokeAppPasswords: (userId) => instance.accounts.revokeAllAppPasswords(userId),
    restoreAppPassword: (userId) => instance.accounts.restoreAppPassword(userId),
    appPasswords: (userId) => instance.accounts.minted.filter((key) => key.startsWith(`${userId} `)).length,
    pollTokens: () => instance.loginFlows.pollTokens(),
    shares: () => instance.shares.all(),
    mails: () => instance.mails,
    notifications: () => shownNotifications(instance),
    addShare: (userId, path, permissions, password) =>
      addShare(instance, userId, path, permissions, password),
    changeShare(id, { password, ...change }) {
      const hashed = typeof password === 'string' ? hashPassword(password) : password;
      Object.assign(shareOf(id), change, hashed === undefined ? {} : { password: hashed });
    },
    deleteShare: (id) => instance.shares.remove(shareOf(id).id),
    plantPart: (userId, uploadId, name, content) =>
      writeFileSync(join(uploadsFolder(instance, userId), uploadId, name), content),
    removeStaleUploads: (nowMs) => removeStaleUploads(instance, nowMs),
  };
};

const addShare = (
  instance: Instance,
  userId: string,
  path: string,
  permissions: number,
  password: string | undefined,
): ShareRow => {
  const node = instance.tree.find(instance.tree.rootOf(userId), segmentsOf(path));
  if (node === undefined) throw new Error(`nothing at ${path} in the stand-in`);
  return instance.shares.add({
    type: linkShare,
    owner: userId,
    fileId: node.id,
    permissions,
    password: password === undefined ? null : hashPassword(password),
    expiresOn: null,
    note: '',
    label: '',
    attributes: null,
    hideDownload: false,
    recipient: null,
  });
};
