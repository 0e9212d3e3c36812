import { Failure, isFailure } from '../lib/failure.ts';
import {
  type Nextcloud,
  type PublicProbe,
  permission,
  type Share,
  type ShareAttribute,
  shareType,
} from './types.ts';

export type UploadOnlyProblem =
  | 'share-gone'
  | 'permissions'
  | 'other-link'
  /** A mail share of the request's own has other rights by now. */
  | 'mail-share'
  | 'parent-link'
  | 'publicly-readable'
  /** The public address doesn't take the share's password, so that its refusal proves nothing. */
  | 'password-refused';

/** One question that was put to Nextcloud, to be shown to staff. Holds no secret. */
export interface UploadOnlyCheck {
  name: 'share' | 'permissions' | 'mail-shares' | 'other-links' | 'parent-links' | 'public-address';
  expected: string;
  seen: string;
}

export interface UploadOnlyProof {
  ok: boolean;
  /** The first that was found. */
  problem?: UploadOnlyProblem;
  checks: UploadOnlyCheck[];
  /** As the share reads back, so that they follow a folder that was moved. Undefined when the share is gone. */
  path: string | undefined;
  folderFileId: number | undefined;
  permissions: number | undefined;
  /** Which of the mail shares that were asked about are there. */
  mailShareIds: string[];
}

export interface NewFileDrop {
  path: string;
  password: string;
  /** Null: none; left out: as the server presets it. */
  expireDate?: string | null | undefined;
  label?: string | undefined;
}

export interface NewMailDrop extends Omit<NewFileDrop, 'password'> {
  /** Mail address. */
  recipient: string;
  password: string | undefined;
  note: string;
}

/**
 * Shares a folder as a file drop that has a password, or leaves no share behind. What was sent counts for nothing,
 * only what the server says when it is asked again: `permissions` exactly 4 (create).
 * @throws Failure `share.not-upload-only` when the server will not have it so, or what Nextcloud failed with
 */
export async function createFileDrop(nextcloud: Nextcloud, input: NewFileDrop): Promise<Share> {
  const { id } = await nextcloud.shares.create(input);
  return keepIfProven(nextcloud, id, () => asDrop(nextcloud, id, shareType.publicLink, true));
}

/**
 * The same for one recipient, as Nextcloud's own mail share, whose visitors are asked for their name: what they send lies in
 * a folder of it. Nothing is mailed yet. One that is there already for this address is taken, if it is as it should be: the
 * server makes no second one.
 * @throws Failure as `createFileDrop`, `nextcloud.exists` where another one is there for this address
 */
export async function createMailDrop(nextcloud: Nextcloud, input: NewMailDrop): Promise<Share> {
  const { shares } = nextcloud;
  const isHers = (share: Share) => share.type === shareType.mail && share.recipient === input.recipient;
  const there = (await shares.listOn(input.path)).find(isHers);
  const wantsPassword = input.password !== undefined;
  if (there !== undefined) {
    if (there.permissions !== permission.create || there.hasPassword !== wantsPassword)
      throw new Failure('nextcloud.exists', { details: { shareId: there.id } });
    return there;
  }
  const { id } = await shares.create({ ...input, attributes: asksForName });
  return keepIfProven(nextcloud, id, async () => {
    const share = await asDrop(nextcloud, id, shareType.mail, wantsPassword);
    const probe = await shares.probePublicReading(share.token, input.password);
    const problem = probe.readable ? 'publicly-readable' : probe.passwordRefused && 'password-refused';
    if (problem !== false) throw new Failure('share.not-upload-only', { details: { problem, shareId: id } });
    return share;
  });
}

const asksForName: ShareAttribute[] = [{ scope: 'fileRequest', key: 'enabled', value: true }];

const keepIfProven = async (
  nextcloud: Nextcloud,
  id: string,
  prove: () => Promise<Share>,
): Promise<Share> => {
  try {
    return await prove();
  } catch (error) {
    await removeOrSay(nextcloud, id, error);
    throw error;
  }
};

/** The share as the server says that it is. @throws Failure `share.not-upload-only` */
const asDrop = async (
  nextcloud: Nextcloud,
  id: string,
  type: number,
  wantsPassword: boolean,
): Promise<Share> => {
  let share = await nextcloud.shares.get(id);
  if (share.permissions !== permission.create) {
    await tryToRepair(nextcloud, id);
    share = await nextcloud.shares.get(id);
  }
  const isDrop = share.type === type && share.permissions === permission.create;
  if (isDrop && (share.hasPassword || !wantsPassword)) return share;
  const problem = isDrop ? 'no password' : 'permissions';
  throw new Failure('share.not-upload-only', {
    details: { problem, shareId: id, type: share.type, permissions: share.permissions },
  });
};

/** A server that refuses the change is asked again all the same: its answer decides. */
const tryToRepair = async (nextcloud: Nextcloud, shareId: string): Promise<void> => {
  try {
    await nextcloud.shares.update(shareId, { permissions: permission.create });
  } catch (error) {
    if (!isFailure(error, 'nextcloud.rejected', 'nextcloud.forbidden')) throw error;
  }
};

/** A share that is not proven must not stay; where it can't be removed either, the failure says which one it is. */
const removeOrSay = async (nextcloud: Nextcloud, shareId: string, reason: unknown): Promise<void> => {
  try {
    await nextcloud.shares.remove(shareId);
  } catch (cause) {
    const told = isFailure(reason) ? { reasonCode: reason.code, reason: reason.details } : {};
    throw new Failure('share.not-upload-only', { details: { ...told, shareId, removed: false }, cause });
  }
};

/**
 * Asks Nextcloud whether a share lets people send and nobody read: the share itself, the request's mail shares, every other
 * link on its folder and above it, and its public address with the password given.
 * @throws Failure when a question stays unanswered: not knowing is not a refusal
 */
export async function proveUploadOnly(
  nextcloud: Nextcloud,
  shareId: string,
  options: { password: string; mailShareIds?: readonly string[] },
): Promise<UploadOnlyProof> {
  const share = await findShare(nextcloud, shareId);
  if (share?.type !== shareType.publicLink) return goneProof(share);
  const [onFolder, above, probe] = await Promise.all([
    nextcloud.shares.listOn(share.path),
    nextcloud.shares.listInherited(share.path),
    nextcloud.shares.probePublicReading(share.token, options.password),
  ]);
  const mailShares = onFolder.filter(({ id }) => options.mailShareIds?.includes(id) === true);
  const otherLinks = onFolder.filter(
    (other) => other.id !== shareId && !mailShares.includes(other) && opensForReading(other),
  );
  const parentLinks = above.filter((other) => other.id !== shareId && opensForReading(other));
  const problem = firstProblem({ share, mailShares, otherLinks, parentLinks, probe });
  return {
    ok: problem === undefined,
    ...(problem === undefined ? {} : { problem }),
    checks: [
      { name: 'share', expected: 'public link', seen: 'public link' },
      { name: 'permissions', expected: String(permission.create), seen: String(share.permissions) },
      ...(mailShares.length === 0 ? [] : [mailCheck(mailShares)]),
      { name: 'other-links', expected: 'none', seen: shown(otherLinks) },
      { name: 'parent-links', expected: 'none', seen: shown(parentLinks) },
      { name: 'public-address', expected: 'GET 405, HEAD 405, PROPFIND 405', seen: answersOf(probe) },
    ],
    path: share.path,
    folderFileId: share.folderFileId,
    permissions: share.permissions,
    mailShareIds: mailShares.map(({ id }) => id),
  };
}

/** How many, and with what permissions. */
const mailCheck = (mailShares: Share[]): UploadOnlyCheck => ({
  name: 'mail-shares',
  expected: `${mailShares.length}: ${permission.create}`,
  seen: `${mailShares.length}: ${[...new Set(mailShares.map(({ permissions }) => permissions))].join(', ')}`,
});

const isMailDrop = (share: Share): boolean =>
  share.type === shareType.mail && share.permissions === permission.create;

const findShare = async (nextcloud: Nextcloud, shareId: string): Promise<Share | undefined> => {
  try {
    return await nextcloud.shares.get(shareId);
  } catch (error) {
    if (isFailure(error, 'nextcloud.not-found')) return undefined;
    throw error;
  }
};

/** A link that anybody can hold, and read by. */
const opensForReading = (share: Share): boolean =>
  (share.type === shareType.publicLink || share.type === shareType.mail) &&
  (share.permissions & permission.read) !== 0;

const firstProblem = (found: {
  share: Share;
  mailShares: Share[];
  otherLinks: Share[];
  parentLinks: Share[];
  probe: PublicProbe;
}): UploadOnlyProblem | undefined => {
  if (found.share.permissions !== permission.create) return 'permissions';
  if (!found.mailShares.every(isMailDrop)) return 'mail-share';
  if (found.otherLinks.length > 0) return 'other-link';
  if (found.parentLinks.length > 0) return 'parent-link';
  if (found.probe.readable) return 'publicly-readable';
  return found.probe.passwordRefused ? 'password-refused' : undefined;
};

const goneProof = (share: Share | undefined): UploadOnlyProof => ({
  ok: false,
  problem: 'share-gone',
  checks: [
    { name: 'share', expected: 'public link', seen: share === undefined ? 'none' : `type ${share.type}` },
  ],
  path: undefined,
  folderFileId: undefined,
  permissions: undefined,
  mailShareIds: [],
});

const shown = (shares: Share[]): string =>
  shares.length === 0
    ? 'none'
    : shares.map(({ id, path, permissions }) => `share ${id} on ${path}: ${permissions}`).join(', ');

const answersOf = (probe: PublicProbe): string =>
  probe.statuses.map(({ method, status }) => `${method} ${status}`).join(', ');
