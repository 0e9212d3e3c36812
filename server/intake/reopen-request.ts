import { sql } from 'drizzle-orm';
import { recordAudit } from '../../db/queries/audit.ts';
import { findRequest, type RequestRow, setRequest, setShare } from '../../db/queries/requests.ts';
import { lockRequest } from '../../db/queries/submissions.ts';
import { Failure } from '../lib/failure.ts';
import type { Nextcloud, Share } from '../nextcloud/index.ts';
import { createFileDrop, proveUploadOnly, type UploadOnlyProof } from '../nextcloud/upload-only.ts';
import type { Actor, Intake } from './context.ts';
import { newSharePassword, requireNotOver } from './open-request.ts';
import { sealedShareContext } from './proof.ts';
import { requestShareExpiry } from './rules/share-expiry.ts';
import { removeSharesOfClosed } from './shares-of-closed.ts';

/**
 * Opens a closed request again, by the same link: with a new share on its folder, which is proven first.
 * @throws Failure `not-found`, `request.wrong-state`, `input.invalid` for a deadline that has passed,
 *   `share.not-upload-only`, `nextcloud.not-found` where its folder is gone
 */
export const reopenRequest = async (intake: Intake, requestId: string, actor: Actor): Promise<void> => {
  const request = await findRequest(intake.db, requestId);
  if (request === undefined) throw new Failure('not-found');
  if (request.state !== 'closed' || request.folderPath === null) throw new Failure('request.wrong-state');
  requireNotOver({
    deadline: request.deadlineAt?.toISOString() ?? null,
    graceMinutes: request.graceMinutes,
  });
  await removeSharesOfClosed(intake, requestId);
  const nextcloud = await intake.accounts.nextcloudFor(request.accountId);
  const password = newSharePassword();
  const { sharing } = await intake.accounts.factsOf(request.accountId);
  const share = await createFileDrop(nextcloud, {
    path: request.folderPath,
    password,
    label: 'Uketori',
    expireDate: requestShareExpiry(sharing.expireDate, new Date()),
  });
  try {
    const proof = await prove(nextcloud, share, { request, password });
    await recordReopened(intake, { request, share, password, proof, actor });
  } catch (error) {
    await nextcloud.shares.remove(share.id);
    throw error;
  }
};

const prove = async (
  nextcloud: Nextcloud,
  share: Share,
  { request, password }: { request: RequestRow; password: string },
): Promise<UploadOnlyProof> => {
  // Another folder may stand where its own was.
  if (request.folderFileId !== null && share.folderFileId !== request.folderFileId)
    throw new Failure('nextcloud.not-found', { details: { path: request.folderPath } });
  const proof = await proveUploadOnly(nextcloud, share.id, { password });
  if (!proof.ok) throw new Failure('share.not-upload-only', { details: { problem: proof.problem } });
  return proof;
};

const recordReopened = (
  { db, sealing }: Intake,
  made: { request: RequestRow; share: Share; password: string; proof: UploadOnlyProof; actor: Actor },
): Promise<void> =>
  db.transaction(async (tx) => {
    const { request, share, actor } = made;
    await lockRequest(tx, request.id);
    // Somebody else was faster.
    if ((await findRequest(tx, request.id))?.state !== 'closed') throw new Failure('request.wrong-state');
    const context = sealedShareContext(request.id);
    await setShare(tx, request.id, {
      nextcloudShareId: share.id,
      tokenSealed: sealing.seal(share.token, context),
      passwordSealed: sealing.seal(made.password, context),
      passwordTold: request.nextcloudPageAllowed,
      changesToTell: 0,
      state: 'proven',
      permissions: share.permissions,
      proof: made.proof.checks,
      provenAt: sql`now()`,
    });
    await setRequest(tx, request.id, { state: 'open', closedAt: null });
    await recordAudit(tx, {
      actor: actor.name,
      address: actor.address,
      action: 'request.reopened',
      subject: request.id,
      details: { permissions: share.permissions },
    });
  });
