import { Failure, isFailure } from '../lib/failure.ts';
import { type Nextcloud, type PublicProbe, permission, type Share, shareType } from './types.ts';

export type UploadOnlyProblem =
  | 'share-gone'
  | 'permissions'
  | 'other-link'
  | 'parent-link'
  | 'publicly-readable'
  /** The public address doesn't take the share's password, so that its refusal proves nothing. */
  | 'password-refused';

/** One question that was put to Nextcloud, to be shown to staff. Holds no secret. */
export interface UploadOnlyCheck {
  name: 'share' | 'permissions' | 'other-links' | 'parent-links' | 'public-address';
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
}

export interface NewFileDrop {
  path: string;
  password: string;
  expireDate?: string | undefined;
  label?: string | undefined;
  note?: string | undefined;
}

/**
 * Shares a folder as a file drop that has a password, or leaves no share behind. What was sent counts for nothing,
 * only what the server says when it is asked again: `permissions` exactly 4 (create).
 * @throws Failure `share.not-upload-only` when the server will not have it so, or what Nextcloud failed with
 */
export async function createFileDrop(nextcloud: Nextcloud, input: NewFileDrop): Promise<Share> {
  const { shares } = nextcloud;
  const { id } = await shares.create(input);
  try {
    let share = await shares.get(id);
    if (share.permissions !== permission.create) {
      await tryToRepair(nextcloud, id);
      share = await shares.get(id);
    }
    if (isFileDrop(share) && share.hasPassword) return share;
    throw new Failure('share.not-upload-only', {
      details: {
        problem: share.hasPassword ? 'permissions' : 'no password',
        shareId: id,
        type: share.type,
        permissions: share.permissions,
      },
    });
  } catch (error) {
    await removeOrSay(nextcloud, id, error);
    throw error;
  }
}

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
 * Asks Nextcloud whether a share lets people send and nobody read: the share itself, every other link on its folder
 * and above it, and its public address with the password given.
 * @throws Failure when a question stays unanswered: not knowing is not a refusal
 */
export async function proveUploadOnly(
  nextcloud: Nextcloud,
  shareId: string,
  options: { password: string },
): Promise<UploadOnlyProof> {
  const share = await findShare(nextcloud, shareId);
  if (share?.type !== shareType.publicLink) return goneProof(share);
  const [onFolder, above, probe] = await Promise.all([
    nextcloud.shares.listOn(share.path),
    nextcloud.shares.listInherited(share.path),
    nextcloud.shares.probePublicReading(share.token, options.password),
  ]);
  const otherLinks = onFolder.filter((other) => other.id !== shareId && opensForReading(other));
  const parentLinks = above.filter((other) => other.id !== shareId && opensForReading(other));
  const problem = firstProblem({ share, otherLinks, parentLinks, probe });
  return {
    ok: problem === undefined,
    ...(problem === undefined ? {} : { problem }),
    checks: [
      { name: 'share', expected: 'public link', seen: 'public link' },
      { name: 'permissions', expected: String(permission.create), seen: String(share.permissions) },
      { name: 'other-links', expected: 'none', seen: shown(otherLinks) },
      { name: 'parent-links', expected: 'none', seen: shown(parentLinks) },
      { name: 'public-address', expected: 'GET 405, HEAD 405, PROPFIND 405', seen: answersOf(probe) },
    ],
    path: share.path,
    folderFileId: share.folderFileId,
    permissions: share.permissions,
  };
}

const findShare = async (nextcloud: Nextcloud, shareId: string): Promise<Share | undefined> => {
  try {
    return await nextcloud.shares.get(shareId);
  } catch (error) {
    if (isFailure(error, 'nextcloud.not-found')) return undefined;
    throw error;
  }
};

const isFileDrop = (share: Share): boolean =>
  share.type === shareType.publicLink && share.permissions === permission.create;

/** A link that anybody can hold, and read by. */
const opensForReading = (share: Share): boolean =>
  (share.type === shareType.publicLink || share.type === shareType.mail) &&
  (share.permissions & permission.read) !== 0;

const firstProblem = (found: {
  share: Share;
  otherLinks: Share[];
  parentLinks: Share[];
  probe: PublicProbe;
}): UploadOnlyProblem | undefined => {
  if (found.share.permissions !== permission.create) return 'permissions';
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
});

const shown = (shares: Share[]): string =>
  shares.length === 0
    ? 'none'
    : shares.map(({ id, path, permissions }) => `share ${id} on ${path}: ${permissions}`).join(', ');

const answersOf = (probe: PublicProbe): string =>
  probe.statuses.map(({ method, status }) => `${method} ${status}`).join(', ');
