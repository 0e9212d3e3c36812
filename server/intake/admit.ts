import type { Queryable } from '../../db/client.ts';
import { type ChecklistItemRow, findChecklistItem, itemOfUpload } from '../../db/queries/checklist.ts';
import { raiseNotice } from '../../db/queries/notices.ts';
import {
  findSubmission,
  lockRequest,
  lockSubmission,
  type SubmissionWithRequest,
} from '../../db/queries/submissions.ts';
import { receiveIfComplete } from '../../db/queries/upload-progress.ts';
import {
  declareLength,
  findUpload,
  insertUpload,
  pendingBytes,
  requestBytes,
  reservedKeys,
  takenBy,
} from '../../db/queries/uploads.ts';
import { Failure } from '../lib/failure.ts';
import type { Intake } from './context.ts';
import type { ShareProofs } from './proof.ts';
import { limitsOfItem } from './rules/checklist.ts';
import { mayGoOn, phaseAt } from './rules/deadline.ts';
import { checkLimits } from './rules/limits.ts';
import { freePath, itemFolder, pathKey, storedPath } from './rules/names.ts';

/** Uploads of one submission that are under way: each is a folder in Nextcloud. */
const mostOpenUploads = 1_000;

/** A file that asks to come in. */
export interface Candidate {
  /** Bytes; null while the length is deferred. */
  sizeBytes: number | null;
  metadata: Record<string, string | null>;
}

/**
 * Admits one file to a submission: name, limits, space, deadline and the share's proof are settled, and its name and its
 * slot are reserved, before the first byte flows.
 * @returns the id of the upload
 * @throws Failure that names the rule
 */
export const admitUpload = async (
  intake: Intake,
  proofs: ShareProofs,
  own: SubmissionWithRequest,
  candidate: Candidate,
): Promise<string> => {
  requireOpen(own);
  const { request, submission } = own;
  // PostgreSQL keeps no NUL. A name that has one is refused below, in words of its own.
  const { filename: _, relativePath: __, ...others } = candidate.metadata;
  if (Object.entries(others).some((entry) => entry.join('').includes('\0')))
    throw new Failure('upload.metadata-invalid');
  await proofs.requireFresh(own);
  const { nameRules } = await intake.accounts.factsOf(request.accountId);
  const sentName = candidate.metadata.filename ?? '';
  const item = await requireItem(intake.db, request.id, candidate.metadata.item);
  const folder = sentFolder(candidate.metadata.relativePath ?? '', sentName);
  const path = storedPath(
    item === undefined ? folder : below(itemFolder(item.label, nameRules), folder),
    sentName,
    nameRules,
  );
  await requireSpace(intake, own, candidate.sizeBytes);
  return intake.db.transaction(async (tx) => {
    if (request.maxBytesPerRequest !== null) await lockRequest(tx, request.id);
    const locked = await lockSubmission(tx, submission.id);
    if (locked === undefined) throw new Failure('not-found');
    requireOpen(locked);
    const file = { name: sentName, sizeBytes: candidate.sizeBytes, item };
    const { isTaken } = await requireRoom(tx, locked, file, { targetKey: pathKey(path) });
    const targetPath = isTaken ? freePath(path, await reservedKeys(tx, submission.id)) : path;
    return insertUpload(tx, {
      submissionId: submission.id,
      checklistItemId: item?.id ?? null,
      sentName,
      targetPath,
      targetKey: pathKey(targetPath),
      contentType: candidate.metadata.filetype ?? null,
      modifiedAt: modifiedAt(candidate.metadata.lastModified),
      claimedSha256: claimedHash(candidate.metadata.sha256),
      metadata: candidate.metadata,
      sizeBytes: candidate.sizeBytes,
    });
  });
};

/**
 * The length of an upload that was created without one.
 * @param sha256 of all of it, where it has arrived and was hashed on the way
 * @throws Failure when it breaks a limit, or was declared before
 */
export const declareUploadLength = async (
  intake: Intake,
  uploadId: string,
  sizeBytes: number,
  sha256?: string,
): Promise<void> => {
  const known = await findUpload(intake.db, uploadId);
  const own = known && (await findSubmission(intake.db, known.upload.submissionId));
  // Not within the transaction: it would wait for a second connection while it holds one.
  if (own !== undefined) await requireSpace(intake, own, sizeBytes);
  await intake.db.transaction(async (tx) => {
    const placed = await findUpload(tx, uploadId);
    if (placed !== undefined) await lockRequest(tx, placed.requestId);
    const locked = placed && (await lockSubmission(tx, placed.upload.submissionId));
    if (placed === undefined || locked === undefined) throw new Failure('not-found');
    const file = { name: placed.upload.sentName, sizeBytes, item: await itemOfUpload(tx, uploadId) };
    await requireRoom(tx, locked, file, { except: uploadId });
    if (!(await declareLength(tx, uploadId, sizeBytes))) throw new Failure('upload.length-invalid');
    await receiveIfComplete(tx, uploadId, sha256);
  });
};

/**
 * Whether bytes of an upload that was admitted may still come in: staff closing the request, or its share vanishing,
 * stops it; a deadline does not, for some hours.
 * @throws Failure `request.closed`, `not-found`, `submission.sealed` or `request.intake-stopped`
 */
export const requireMayGoOn = async (proofs: ShareProofs, own: SubmissionWithRequest): Promise<void> => {
  requireTaking(own, mayGoOn(own.request, own.now));
  await proofs.requireFresh(own);
};

const requireOpen = (own: SubmissionWithRequest): void =>
  requireTaking(own, phaseAt(own.request, own.now) !== 'over');

/** The request first: closing it ends its submissions, and is what their submitters must be told. */
const requireTaking = ({ submission, request }: SubmissionWithRequest, isInTime: boolean): void => {
  if (request.state !== 'open' || !isInTime) throw new Failure('request.closed');
  if (submission.state === 'discarded') throw new Failure('not-found');
  if (submission.state !== 'open') throw new Failure('submission.sealed');
};

/**
 * How much one submission may hold now.
 * @param ownBytes of it that are there already
 * @returns undefined where there is no limit
 */
export const bytesLeft = async (
  { db }: Pick<Intake, 'db'>,
  request: SubmissionWithRequest['request'],
  ownBytes = 0,
): Promise<number | undefined> => {
  const limits = [request.maxBytesPerSubmission ?? Number.POSITIVE_INFINITY];
  if (request.maxBytesPerRequest !== null)
    limits.push(request.maxBytesPerRequest - (await requestBytes(db, request.id)) + ownBytes);
  const least = Math.max(0, Math.min(...limits));
  return Number.isFinite(least) ? least : undefined;
};

/**
 * The most bytes that an upload may grow to, so that a length that is never said is no way around the limits.
 * @returns undefined where there is no limit
 */
export const mostBytes = async (
  intake: Intake,
  { submission, request }: SubmissionWithRequest,
  uploadId: string | undefined,
): Promise<number | undefined> => {
  const limits: number[] = [];
  if (request.maxFileBytes !== null) limits.push(request.maxFileBytes);
  const item = uploadId === undefined ? undefined : await itemOfUpload(intake.db, uploadId);
  if (item !== undefined && item.maxFileBytes !== null) limits.push(item.maxFileBytes);
  if (request.maxBytesPerSubmission !== null)
    limits.push(
      request.maxBytesPerSubmission - (await takenBy(intake.db, submission.id, { except: uploadId })).bytes,
    );
  if (request.maxBytesPerRequest !== null)
    limits.push(request.maxBytesPerRequest - (await requestBytes(intake.db, request.id, uploadId)));
  return limits.length === 0 ? undefined : Math.max(0, Math.min(...limits));
};

/**
 * Whether the account's quota has room for it, beside what is under way.
 * @throws Failure `nextcloud.out-of-space`: staff are told
 */
const requireSpace = async (
  intake: Intake,
  { request, submission }: SubmissionWithRequest,
  sizeBytes: number | null,
): Promise<void> => {
  const { accountId } = request;
  const freeBytes = await intake.accounts.freeBytes(accountId);
  if (freeBytes === null || sizeBytes === null) return;
  if ((await pendingBytes(intake.db, accountId, submission.id)) + sizeBytes <= freeBytes) return;
  await raiseNotice(intake.db, {
    level: 'problem',
    code: 'nextcloud.out-of-space',
    subject: accountId,
    requestId: request.id,
    params: { title: request.title },
  });
  throw new Failure('nextcloud.out-of-space', { details: { accountId, freeBytes, sizeBytes } });
};

/** @param candidate its row, where it has one already; the place that it would like, where it has none */
const requireRoom = async (
  tx: Queryable,
  { submission, request }: SubmissionWithRequest,
  file: { name: string; sizeBytes: number | null; item: ChecklistItemRow | undefined },
  candidate: { except?: string; targetKey?: string },
): Promise<{ isTaken: boolean }> => {
  const taken = await takenBy(tx, submission.id, candidate);
  if (taken.open >= mostOpenUploads) throw new Failure('upload.too-many-open', { retry: 'later' });
  const { item } = file;
  if (item !== undefined) {
    const ofItem = await takenBy(tx, submission.id, { except: candidate.except, itemId: item.id });
    checkLimits(file, limitsOfItem(item), { ...ofItem, requestBytes: 0 });
  }
  checkLimits(file, request, {
    ...taken,
    requestBytes:
      request.maxBytesPerRequest === null ? 0 : await requestBytes(tx, request.id, candidate.except),
  });
  return taken;
};

/** @throws Failure `upload.metadata-invalid` for an item that is not one of this request's */
const requireItem = async (
  db: Queryable,
  requestId: string,
  itemId: string | null | undefined,
): Promise<ChecklistItemRow | undefined> => {
  if (itemId === undefined || itemId === null || itemId === '') return undefined;
  const item = await findChecklistItem(db, requestId, itemId);
  if (item === undefined) throw new Failure('upload.metadata-invalid');
  return item;
};

const below = (folder: string, path: string): string => (path === '' ? folder : `${folder}/${path}`);

/** Browsers send `folder/sub/name`: what is before the name is the folder. */
const sentFolder = (relativePath: string, sentName: string): string =>
  relativePath === sentName || relativePath === ''
    ? ''
    : relativePath.endsWith(`/${sentName}`)
      ? relativePath.slice(0, -sentName.length - 1)
      : relativePath;

/** @param text milliseconds since 1970; nonsense counts as not said */
const modifiedAt = (text: string | null | undefined): Date | null => {
  const ms = /^\d{1,14}$/.test(text ?? '') ? Number(text) : Number.NaN;
  return ms > 0 && ms < Date.now() + 86_400_000 ? new Date(ms) : null;
};

const claimedHash = (text: string | null | undefined): string | null =>
  /^[0-9a-f]{64}$/i.test(text ?? '') ? (text ?? '').toLowerCase() : null;
