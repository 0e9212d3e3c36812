import { endMailShare, mailSharesInNextcloud } from '../../db/queries/mail-shares.ts';
import { raiseNotice, resolveNotices } from '../../db/queries/notices.ts';
import { findRequest, findShare, recordProof, requestsToProve } from '../../db/queries/requests.ts';
import type { SubmissionWithRequest } from '../../db/queries/submissions.ts';
import type { ShareState } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import { proveUploadOnly, type UploadOnlyProof } from '../nextcloud/upload-only.ts';
import type { Intake } from './context.ts';

/** The oldest proof on which an upload is admitted. */
export const proofLifeSeconds = 60;

/** From this age on a proof is renewed beforehand, so that nobody who sends waits for Nextcloud. */
const renewedAfterSeconds = 45;

export const sealedShareContext = (requestId: string): string => `share:${requestId}`;

/**
 * Lets a caller pass only while the request's share is proven upload-only by an answer of Nextcloud's that is
 * fresh. Concurrent callers of one process share one question.
 */
export interface ShareProofs {
  /**
   * @param known what the database told a moment ago
   * @throws Failure `request.intake-stopped`, or what kept Nextcloud from answering
   */
  requireFresh(known: Pick<SubmissionWithRequest, 'request' | 'share'>): Promise<void>;
  /** Somebody is about to send: the proof is renewed meanwhile, if it is not young. Never throws. */
  expectSending(requestId: string): Promise<void>;
  /** Asks Nextcloud now, records the answer, tells staff when it is bad. */
  prove(requestId: string): Promise<ShareState>;
  /** Proves what has not been asked for a while, so that staff hear of a change that no submitter met. */
  sweep(olderThanSeconds: number): Promise<void>;
}

export const createShareProofs = (intake: Intake): ShareProofs => {
  const underWay = new Map<string, Promise<ShareState>>();

  const prove = (requestId: string): Promise<ShareState> => {
    const known = underWay.get(requestId);
    if (known !== undefined) return known;
    const asked = askAndRecord(intake, requestId).finally(() => underWay.delete(requestId));
    underWay.set(requestId, asked);
    return asked;
  };

  const renew = async (requestId: string): Promise<void> => {
    await prove(requestId).catch((error: unknown) =>
      intake.log.warn({ err: error, requestId }, 'a share could not be proven'),
    );
  };

  return {
    prove,
    async requireFresh({ request, share }) {
      if (share?.state === 'proven' && share.ageSeconds < proofLifeSeconds) {
        if (share.ageSeconds >= renewedAfterSeconds) void renew(request.id);
        return;
      }
      if ((await prove(request.id)) !== 'proven')
        throw new Failure('request.intake-stopped', { details: { requestId: request.id } });
    },
    async expectSending(requestId) {
      const share = await findShare(intake.db, requestId).catch(() => undefined);
      if (share !== undefined && share.ageSeconds >= renewedAfterSeconds) await renew(requestId);
    },
    async sweep(olderThanSeconds) {
      for (const { id } of await requestsToProve(intake.db, olderThanSeconds)) await renew(id);
    },
  };
};

const askAndRecord = async (intake: Intake, requestId: string): Promise<ShareState> => {
  const [request, share] = await Promise.all([
    findRequest(intake.db, requestId),
    findShare(intake.db, requestId),
  ]);
  if (request === undefined || share === undefined) throw new Failure('not-found');
  const nextcloud = await intake.accounts.nextcloudFor(request.accountId);
  const password = intake.sealing.open(share.passwordSealed, sealedShareContext(requestId));
  const mailed = await mailSharesInNextcloud(intake.db, requestId);
  const mailShareIds = mailed.map(({ nextcloudShareId }) => nextcloudShareId);
  const proof = await proveUploadOnly(nextcloud, share.nextcloudShareId, { password, mailShareIds });
  if (proof.problem !== 'share-gone')
    for (const { id, nextcloudShareId } of mailed)
      if (!proof.mailShareIds.includes(nextcloudShareId)) await endMailShare(intake.db, id, nextcloudShareId);
  const state = stateOf(proof);
  const standing = await intake.db.transaction(async (tx): Promise<ShareState> => {
    const isNewest = await recordProof(tx, requestId, {
      askedAt: share.now,
      state,
      permissions: proof.permissions ?? 0,
      checks: proof.checks,
      path: state === 'proven' ? proof.path : undefined,
    });
    // Another node has asked since: its answer stands.
    if (!isNewest) return (await findShare(tx, requestId))?.state ?? 'gone';
    if (state === 'proven') {
      await resolveNotices(tx, 'share.gone', requestId);
      await resolveNotices(tx, 'share.not-upload-only', requestId);
      return state;
    }
    await raiseNotice(tx, {
      level: 'problem',
      code: state === 'gone' ? 'share.gone' : 'share.not-upload-only',
      subject: requestId,
      requestId,
      params: { title: request.title, problem: proof.problem ?? '' },
    });
    return state;
  });
  if (state !== 'proven')
    intake.log.error({ requestId, problem: proof.problem }, 'intake stopped: the share is not upload-only');
  return standing;
};

const stateOf = (proof: UploadOnlyProof): ShareState => {
  if (proof.ok) return 'proven';
  return proof.problem === 'share-gone' ? 'gone' : 'refused';
};
