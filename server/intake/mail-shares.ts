import { z } from 'zod';
import { recordAudit } from '../../db/queries/audit.ts';
import {
  askForMailShare,
  claimMailShare,
  deleteMailShare,
  type MailShareRow,
  mailSharesOf,
  setWaitingMailShare,
} from '../../db/queries/mail-shares.ts';
import { findRequest, type RequestRow } from '../../db/queries/requests.ts';
import { lockRequest } from '../../db/queries/submissions.ts';
import type { MailShareState } from '../../db/schema/index.ts';
import { Failure, isFailure } from '../lib/failure.ts';
import { atMost } from '../lib/within.ts';
import type { Nextcloud } from '../nextcloud/index.ts';
import { createMailDrop } from '../nextcloud/upload-only.ts';
import type { Actor, Intake } from './context.ts';
import { newSharePassword } from './open-request.ts';
import { openShareExpiry } from './rules/share-expiry.ts';

/** As the API and the console tell it. */
export interface MailShareDescription {
  id: string;
  address: string;
  state: MailShareState;
  /** Of its page; null: it has none. */
  password: string | null;
  sentAt: string | null;
  failureCode: string | null;
}

export const mostMailShares = 200;

/** To whom a request is sent. Addresses are told apart without regard to case. */
export const mailRecipientsSchema = z.array(z.email().max(254)).min(1).max(mostMailShares);

/** Staff wait for Nextcloud no longer than this: the rest is sent by itself. */
const patienceMs = 10_000;
const callMs = 20_000;
const againAfterSeconds = 60;
/** Nextcloud lets an account send ten in ten minutes: waiting for that counts for nothing here. */
const mostAttempts = 10;

const sealedPasswordContext = (requestId: string): string => `mail-share:${requestId}`;

export const mailSharesFor = async (intake: Intake, requestId: string): Promise<MailShareDescription[]> =>
  (await mailSharesOf(intake.db, requestId)).map((row) => describe(intake, row));

const describe = (intake: Intake, row: MailShareRow): MailShareDescription => ({
  id: row.id,
  address: row.address,
  state: row.state,
  password:
    row.passwordSealed === null || row.state === 'ended'
      ? null
      : intake.sealing.open(row.passwordSealed, sealedPasswordContext(row.requestId)),
  sentAt: row.sentAt?.toISOString() ?? null,
  failureCode: row.failureCode,
});

/**
 * Sends an open request to addresses, by Nextcloud's own mail: each gets a file drop of its own, which is proven before
 * anything is mailed. Whoever has one already is passed over.
 * @throws Failure `not-found`, `request.wrong-state`, `mail-share.unavailable`, `mail-share.too-many`
 */
export const sendByNextcloud = async (
  intake: Intake,
  requestId: string,
  addresses: readonly string[],
  actor: Actor,
): Promise<void> => {
  const request = await findRequest(intake.db, requestId);
  if (request === undefined) throw new Failure('not-found');
  const { sharing } = await intake.accounts.factsOf(request.accountId);
  if (!sharing.mailShares) throw new Failure('mail-share.unavailable');
  const wantsPassword = request.passwordHash !== null || sharing.passwordEnforced;
  await intake.db.transaction(async (tx) => {
    await lockRequest(tx, requestId);
    if ((await findRequest(tx, requestId))?.state !== 'open') throw new Failure('request.wrong-state');
    const asked: string[] = [];
    for (const address of addresses) {
      const passwordSealed = wantsPassword
        ? intake.sealing.seal(newSharePassword(), sealedPasswordContext(requestId))
        : null;
      const addressKey = address.toLowerCase();
      if (await askForMailShare(tx, { requestId, address, addressKey, passwordSealed })) asked.push(address);
    }
    if ((await mailSharesOf(tx, requestId)).length > mostMailShares)
      throw new Failure('mail-share.too-many', { params: { limit: mostMailShares } });
    if (asked.length === 0) return;
    await recordAudit(tx, {
      actor: actor.name,
      address: actor.address,
      action: 'mail-share.asked',
      subject: requestId,
      details: { addresses: asked },
    });
  });
  await atMost(patienceMs, sendWaitingMailShares(intake, requestId));
};

/**
 * Takes a mail share back: nothing can be sent by it any more. What came by it stays.
 * @throws Failure `not-found`, or what Nextcloud failed with: then it is still there
 */
export const withdrawMailShare = async (
  intake: Intake,
  requestId: string,
  id: string,
  actor: Actor,
): Promise<void> => {
  const request = await findRequest(intake.db, requestId);
  const row = (await mailSharesOf(intake.db, requestId)).find((each) => each.id === id);
  if (request === undefined || row === undefined) throw new Failure('not-found');
  if (row.nextcloudShareId !== null) {
    const nextcloud = await intake.accounts.nextcloudFor(request.accountId);
    await nextcloud.shares.remove(row.nextcloudShareId, { signal: AbortSignal.timeout(callMs) });
  }
  await intake.db.transaction(async (tx) => {
    const removed = await deleteMailShare(tx, requestId, id);
    if (removed === undefined) return;
    await recordAudit(tx, {
      actor: actor.name,
      address: actor.address,
      action: 'mail-share.withdrawn',
      subject: requestId,
      details: { address: row.address },
    });
  });
};

/** Sends what waits. Never throws: what fails is tried again, or says why not. @param requestId left out: of all requests */
export const sendWaitingMailShares = async (intake: Intake, requestId?: string): Promise<void> => {
  try {
    for (
      let row = await claimMailShare(intake.db, requestId);
      row !== undefined;
      row = await claimMailShare(intake.db, requestId)
    )
      if ((await sendOne(intake, row)) === 'throttled') return;
  } catch (error) {
    intake.log.warn({ err: error, requestId }, 'mail shares could not be sent');
  }
};

const sendOne = async (intake: Intake, row: MailShareRow): Promise<'done' | 'throttled'> => {
  try {
    const request = await findRequest(intake.db, row.requestId);
    if (request === undefined || request.folderPath === null) return 'done';
    const { sharing } = await intake.accounts.factsOf(request.accountId);
    const nextcloud = await intake.accounts.nextcloudFor(request.accountId);
    const expireDate = openShareExpiry(request, sharing.expireDate, new Date());
    await makeAndSend(intake, nextcloud, row, { ...request, folderPath: request.folderPath, expireDate });
    return 'done';
  } catch (error) {
    const isThrottled = isFailure(error, 'nextcloud.throttled');
    const code = isFailure(error) ? error.code : 'internal';
    const mayTryAgain = isThrottled || (isFailure(error) && error.retry !== 'never');
    const givesUp = !mayTryAgain || (!isThrottled && row.attempts >= mostAttempts);
    intake.log.warn({ err: error, mailShare: row.id, givesUp }, 'a mail share could not be sent');
    await setWaitingMailShare(intake.db, row.id, {
      failureCode: code,
      ...(isThrottled && { attempts: row.attempts - 1 }),
      ...(givesUp
        ? { state: 'failed' as const }
        : { notBefore: new Date(Date.now() + againAfterSeconds * 1000) }),
    });
    return isThrottled ? 'throttled' : 'done';
  }
};

type ToSend = RequestRow & { folderPath: string; expireDate: string | null };

const makeAndSend = async (
  intake: Intake,
  nextcloud: Nextcloud,
  row: MailShareRow,
  request: ToSend,
): Promise<void> => {
  const password =
    row.passwordSealed === null
      ? undefined
      : intake.sealing.open(row.passwordSealed, sealedPasswordContext(row.requestId));
  const share = await createMailDrop(nextcloud, {
    path: request.folderPath,
    recipient: row.address,
    password,
    expireDate: request.expireDate,
    label: labelOf(request.title),
    note: noteOf(request),
  });
  // Withdrawn or closed meanwhile: nobody else knows of it.
  const isWanted = await setWaitingMailShare(intake.db, row.id, { nextcloudShareId: share.id });
  if (!isWanted) {
    await nextcloud.shares.remove(share.id);
    return;
  }
  try {
    await nextcloud.shares.sendMail(share.id, password, { signal: AbortSignal.timeout(callMs) });
  } catch (error) {
    // One that its recipient was not told of is not kept, but where only the turn has not come.
    if (!isFailure(error, 'nextcloud.throttled')) {
      await nextcloud.shares.remove(share.id);
      await setWaitingMailShare(intake.db, row.id, { nextcloudShareId: null });
    }
    throw error;
  }
  await intake.db.transaction(async (tx) => {
    const sent = { state: 'sent' as const, sentAt: new Date(), failureCode: null };
    if (!(await setWaitingMailShare(tx, row.id, sent))) return;
    await recordAudit(tx, {
      actor: 'system',
      action: 'mail-share.sent',
      subject: row.requestId,
      details: { address: row.address, permissions: share.permissions },
    });
  });
};

/** Nextcloud takes 255 bytes; a character is not cut apart. */
const labelOf = (title: string): string => {
  let label = '';
  for (const character of title) {
    if (Buffer.byteLength(label + character) > 255) break;
    label += character;
  }
  return label;
};

/** In the mail and on the page that it leads to. */
const noteOf = ({ title, instructions }: RequestRow): string =>
  instructions === '' ? title : `${title}\n\n${instructions}`;
