import type { Queryable } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { arrivedTogether, type ChecklistItemRow, checklistOf } from '../../db/queries/checklist.ts';
import { findByLink, findLink, type LinkRow, type RequestRow } from '../../db/queries/requests.ts';
import {
  emptySubmissions,
  findByCredential,
  findSubmission,
  insertSubmission,
  lockSubmission,
  markFinishing,
  type SubmissionRow,
  type SubmissionWithRequest,
  uploadsOf,
} from '../../db/queries/submissions.ts';
import type { UploadState } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import { hashToken, newReceiptNumber, newToken } from '../lib/ids.ts';
import { networkOf } from '../lib/networks.ts';
import type { Intake } from './context.ts';
import { sealedLinkContext } from './open-request.ts';
import { checkAnswers, checkEmail, cleanText } from './rules/answers.ts';
import { missingItems } from './rules/checklist.ts';
import { mayGoOn, type Phase, phaseAt } from './rules/deadline.ts';
import { folderName } from './rules/names.ts';
import { sealSubmission } from './seal.ts';

export interface OpenLink {
  request: RequestRow;
  link: LinkRow;
  phase: Phase;
  /** True when nothing new is taken: closed by staff, or past the deadline and its grace. */
  closed: boolean;
  now: Date;
}

/**
 * What stands behind a link.
 * @throws Failure `not-found` for a link that is unknown or revoked: one answer for both
 */
export const followLink = async (intake: Intake, token: string): Promise<OpenLink> => {
  const found = await findByLink(intake.db, hashToken(token));
  if (found === undefined) throw new Failure('not-found');
  const phase = phaseAt(found.request, found.now);
  return { ...found, phase, closed: isClosed(found) };
};

/** Nothing new is taken: closed by staff, or past the deadline and its grace. */
const isClosed = ({ request, now }: Pick<SubmissionWithRequest, 'request' | 'now'>): boolean =>
  request.state !== 'open' || phaseAt(request, now) === 'over';

/** Where more can be sent: beside a submission, or to one that is not finished. @returns undefined where nothing more is taken */
export const pathForMore = async (
  intake: Intake,
  { submission, request, now }: Pick<SubmissionWithRequest, 'submission' | 'request' | 'now'>,
): Promise<string | undefined> => {
  if (submission.linkId === null || isClosed({ request, now })) return undefined;
  const link = await findLink(intake.db, submission.linkId);
  if (link === undefined) return undefined;
  const token = intake.sealing.open(link.tokenSealed, sealedLinkContext(request.id));
  return submission.state === 'open' ? `/r/${token}` : `/r/${token}?add=${submission.id}`;
};

/** Whether what was begun by this link in time may still arrive; `closed` says whether anything new is taken. */
export const mayStillFinish = ({ request, now }: OpenLink): boolean =>
  request.state === 'open' && mayGoOn(request, now);

export interface NewSubmission {
  /** Whoever calls has shown its credential: who sends, and the answers, are taken from it. */
  supplementOf?: SubmissionRow | undefined;
  name: string;
  email?: string | undefined;
  message?: string | undefined;
  answers: Record<string, string>;
  /** Of the page; the submitter is written to in it. */
  language: SubmissionRow['language'];
}

const maxNameLength = 100;
const maxMessageLength = 5000;
/** By one link, to which nothing has been sent: from one network, and from all. */
const mostEmptySubmissions = { network: 200, link: 20_000 };

/**
 * Begins a sending. Nothing is made in Nextcloud before the first file is admitted.
 * @returns the credential that alone may send to it, told here once in the clear
 * @throws Failure `request.closed`, `submission.field-…`, `submission.too-many`
 */
export const startSubmission = async (
  intake: Intake,
  open: OpenLink,
  input: NewSubmission,
  address: string,
): Promise<{ submission: SubmissionRow; credential: string }> => {
  if (open.closed) throw new Failure('request.closed');
  const sender = senderOf(open, input);
  const message = cleanText(input.message ?? '', true);
  if (message.length > maxMessageLength)
    throw new Failure('submission.field-invalid', { params: { field: 'message' } });
  const network = networkOf(address);
  const empty = await emptySubmissions(intake.db, open.link.id, network);
  if (empty.network >= mostEmptySubmissions.network || empty.link >= mostEmptySubmissions.link)
    throw new Failure('submission.too-many', { retry: { afterMs: 5 * 60_000 } });
  const values = {
    requestId: open.request.id,
    linkId: open.link.id,
    ...sender,
    message,
    language: input.language,
    network,
    late: open.phase === 'grace',
  };
  const credential = newToken();
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const receiptNumber = newReceiptNumber(open.now, intake.zone);
    const submission = await insertSubmission(intake.db, {
      ...values,
      receiptNumber,
      credentialHash: hashToken(credential),
      folderName: `${receiptNumber} ${folderName(sender.submitterName)}`.trim(),
    });
    if (submission === undefined) continue;
    await recordAudit(intake.db, {
      actor: `submission:${submission.id}`,
      action: 'submission.started',
      subject: submission.requestId,
      address,
    });
    return { submission, credential };
  }
  throw new Failure('internal', { details: { reason: 'no free receipt number in five draws' } });
};

/** Who sends and what they answered: as it was the first time, for a supplement. */
const senderOf = ({ request, link }: OpenLink, { supplementOf, ...input }: NewSubmission) => {
  if (supplementOf !== undefined) {
    const { id, state, linkId, submitterName, submitterEmail, answers } = supplementOf;
    if (linkId !== link.id || state === 'discarded') throw new Failure('not-found');
    // To one that is open its files are simply sent.
    if (state === 'open') throw new Failure('submission.unfinished');
    return { supplementOf: id, submitterName, submitterEmail, answers };
  }
  const submitterName = cleanText(input.name);
  if (submitterName === '') throw new Failure('submission.field-missing', { params: { field: 'name' } });
  if (submitterName.length > maxNameLength)
    throw new Failure('submission.field-invalid', { params: { field: 'name' } });
  const answers = checkAnswers(request.fields, input.answers);
  return { submitterName, submitterEmail: checkEmail(input.email), answers };
};

/** @throws Failure `not-found` for a credential that is unknown, and for one of another submission */
export const findOwnSubmission = async (
  intake: Intake,
  credential: string,
  submissionId?: string,
): Promise<SubmissionWithRequest> => {
  const found = await findByCredential(intake.db, hashToken(credential));
  if (found === undefined || (submissionId !== undefined && found.submission.id !== submissionId))
    throw new Failure('not-found');
  return found;
};

/** @throws Failure `not-found` */
export const requireSubmission = async (
  intake: Intake,
  submissionId: string,
): Promise<SubmissionWithRequest> => {
  const found = await findSubmission(intake.db, submissionId);
  if (found === undefined) throw new Failure('not-found');
  return found;
};

/**
 * The submitter is done. Sealed at once when every file is stored, else as soon as the last one is.
 * Said again, it changes nothing.
 * @param named the ids of the uploads that it is finished with. Left out: with whatever is there
 * @throws Failure `request.closed` when that ended it with nothing, `submission.changed` when what is there are not exactly
 * those, `submission.unfinished` while a file is on its way, `submission.empty` when there is none,
 * `submission.items-missing` when there is none for a required item
 */
export const finishSubmission = async (
  intake: Intake,
  submissionId: string,
  named?: readonly string[],
): Promise<void> => {
  await intake.db.transaction(async (tx) => {
    const found = await lockSubmission(tx, submissionId);
    if (found === undefined) throw new Failure('not-found');
    if (found.submission.state === 'discarded')
      throw new Failure(found.request.state === 'open' ? 'not-found' : 'request.closed');
    if (found.submission.state !== 'open') return;
    const uploads = (await uploadsOf(tx, submissionId)).map((row) => row.upload).filter(isThere);
    if (named !== undefined) requireExactly(uploads, named);
    const onTheirWay = uploads.filter(({ state }) => state === 'uploading').length;
    if (onTheirWay > 0) throw new Failure('submission.unfinished', { params: { files: onTheirWay } });
    if (uploads.length === 0) throw new Failure('submission.empty');
    requireItems(await checklistOf(tx, found.request.id), [
      ...uploads,
      ...(await arrivedBefore(tx, found.submission)),
    ]);
    await markFinishing(tx, submissionId, true);
    await sealSubmission(intake, tx, submissionId);
  });
};

/** Not over: what was taken away, was taken back or has failed is no part of the submission. */
const isThere = ({ state }: { state: UploadState }): boolean =>
  state === 'uploading' || state === 'received' || state === 'stored';

/** Neither may a file be sealed that its submitter does not know of, nor one be missing without their knowing. */
const requireExactly = (uploads: readonly { id: string }[], named: readonly string[]): void => {
  const wanted = new Set(named);
  if (uploads.length !== wanted.size || uploads.some(({ id }) => !wanted.has(id)))
    throw new Failure('submission.changed');
};

/** What is there of the submission that this one adds to, and of the others that add to it. */
const arrivedBefore = async (tx: Queryable, { id, supplementOf }: SubmissionRow) =>
  supplementOf === null ? [] : arrivedTogether(tx, supplementOf, id);

/** @param uploads all that count @throws Failure `submission.items-missing` */
const requireItems = (
  items: readonly ChecklistItemRow[],
  uploads: Parameters<typeof missingItems>[1],
): void => {
  const missing = missingItems(items, uploads);
  if (missing.length > 0)
    throw new Failure('submission.items-missing', {
      params: { labels: missing.map(({ label }) => label).join(', ') },
    });
};
