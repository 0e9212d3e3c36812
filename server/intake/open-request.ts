import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { isUniqueViolation } from '../../db/errors.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { insertChecklist } from '../../db/queries/checklist.ts';
import { destinationsByAge } from '../../db/queries/destinations.ts';
import { noteOlder } from '../../db/queries/found.ts';
import { raiseNotice } from '../../db/queries/notices.ts';
import { findOwnAccount, holdAccount } from '../../db/queries/own-accounts.ts';
import { copyForms } from '../../db/queries/request-forms.ts';
import {
  attachDestinations,
  deleteDraft,
  insertLink,
  insertRequest,
  insertShare,
  type RequestRow,
  requestAround,
  setRequest,
} from '../../db/queries/requests.ts';
import { listTeams, type TeamRow, teamsOf } from '../../db/queries/teams.ts';
import { Failure, isFailure } from '../lib/failure.ts';
import { hashToken, newToken } from '../lib/ids.ts';
import { hashPassword } from '../lib/passwords.ts';
import type { Nextcloud, Share } from '../nextcloud/index.ts';
import { createFileDrop, proveUploadOnly, type UploadOnlyProof } from '../nextcloud/upload-only.ts';
import { makeFolders } from './accounts.ts';
import type { Actor, Intake } from './context.ts';
import { sealedShareContext } from './proof.ts';
import { requireGoodPassword } from './request-password.ts';
import { phaseAt } from './rules/deadline.ts';
import { folderName } from './rules/names.ts';
import type { ParsedNewRequest } from './rules/new-request.ts';
import { requestShareExpiry } from './rules/share-expiry.ts';

export interface OpenedRequest {
  requestId: string;
  /** The token of its link, told here once in the clear. */
  token: string;
}

export interface OpenAs {
  /** Another request, whose blank forms it gets too. */
  formsOf?: string;
  /** What its own id is to be; left out: a new one. */
  id?: string;
}

export const sealedLinkContext = (requestId: string): string => `link:${requestId}`;

/**
 * Makes the folder and the file drop, proves the drop upload-only, and opens the request; or leaves nothing behind.
 * @throws Failure `request.password-weak`, `request.password-required`, `share.not-upload-only` (staff are told too),
 *   `account.not-connected`, or what Nextcloud failed with; `request.being-opened` where one of this id is there
 */
export const openRequest = async (
  intake: Intake,
  input: ParsedNewRequest,
  actor: Actor,
  as: OpenAs = {},
): Promise<OpenedRequest> => {
  requireNotOver(input);
  const teamId = await findTeam(intake.db, input.team, actor);
  const destinationIds = await findDestinations(intake, input.destinations);
  const accountId = await findAccountId(intake, input.account, actor);
  const nextcloud = await intake.accounts.nextcloudFor(accountId);
  const request = await insertDraft(intake, input, { accountId, teamId }, actor, as);
  const sharePassword = newSharePassword();
  let place: { path: string; made: boolean } | undefined;
  let share: Share | undefined;
  try {
    await requireGoodPassword(intake, accountId, input.password);
    place = await findFolder(intake, nextcloud, input, { accountId, actor });
    if (!place.made) await noteOlder(intake.db, request.id, await filesBelow(nextcloud, place.path));
    const { sharing } = await intake.accounts.factsOf(accountId);
    share = await createFileDrop(nextcloud, {
      path: place.path,
      password: sharePassword,
      label: 'Uketori',
      expireDate: requestShareExpiry(sharing.expireDate, new Date()),
    });
    const proof = await proveUploadOnly(nextcloud, share.id, { password: sharePassword });
    if (!proof.ok) throw new Failure('share.not-upload-only', { details: { problem: proof.problem } });
    return await recordOpened(intake, {
      request,
      destinationIds,
      actor,
      share,
      sharePassword,
      proof,
      path: place.path,
    });
  } catch (error) {
    await undo(intake, nextcloud, { request, share, madeFolder: place?.made ? place.path : undefined });
    if (isFailure(error, 'share.not-upload-only'))
      await raiseNotice(intake.db, {
        level: 'problem',
        code: 'share.refused-at-opening',
        teamId,
        subject: request.id,
        params: { title: input.title, problem: problemOf(error) },
      });
    // Whoever opens it is the one who can mend it.
    if (input.account === 'own' && isFailure(error, 'nextcloud.credentials-refused'))
      throw new Failure('account.not-connected', { cause: error });
    throw error;
  }
};

/** @throws Failure `account.not-connected` */
const findAccountId = async (
  intake: Intake,
  wanted: ParsedNewRequest['account'],
  { staffId }: Actor,
): Promise<string> => {
  if (wanted === 'portal') return (await intake.portalAccount()).accountId;
  const account = staffId === undefined ? undefined : await findOwnAccount(intake.db, staffId);
  if (account === undefined || account.revoked) throw new Failure('account.not-connected');
  return account.id;
};

/** @throws Failure `input.invalid` for a deadline that has passed, with its grace */
export const requireNotOver = (input: Pick<ParsedNewRequest, 'deadline' | 'graceMinutes'>): void => {
  if (input.deadline === null) return;
  const deadline = { deadlineAt: new Date(input.deadline), graceMinutes: input.graceMinutes };
  if (phaseAt(deadline, new Date()) === 'over')
    throw new Failure('input.invalid', {
      params: { field: 'deadline' },
      details: { reason: 'it has passed' },
    });
};

/** Those into which the actor may put a request, one's own before others: where none is named, the first is meant. */
export const teamsOpenTo = async (db: Queryable, actor: Actor): Promise<TeamRow[]> => {
  const own = actor.staffId === undefined ? [] : await teamsOf(db, actor.staffId);
  if (actor.teams !== 'all') return own;
  const ids = new Set(own.map(({ id }) => id));
  return [...own, ...(await listTeams(db)).filter(({ id }) => !ids.has(id))];
};

/** @throws Failure `input.invalid` for a team that the actor is not of */
export const findTeam = async (db: Queryable, wanted: string | null, actor: Actor): Promise<string> => {
  const open = await teamsOpenTo(db, actor);
  const team = wanted === null ? open[0] : open.find(({ id }) => id === wanted);
  if (team === undefined) throw new Failure('input.invalid', { params: { field: 'team' } });
  return team.id;
};

/** @throws Failure `input.invalid` for a name that no destination has */
export const findDestinations = async (intake: Intake, names: string[] | undefined): Promise<string[]> => {
  const known = await destinationsByAge(intake.db);
  if (names === undefined) return known.slice(0, 1).map(({ id }) => id);
  return names.map((name) => {
    const found = known.find((destination) => destination.name === name);
    if (found === undefined) throw new Failure('input.invalid', { params: { field: 'destinations', name } });
    return found.id;
  });
};

const insertDraft = async (
  intake: Intake,
  input: ParsedNewRequest,
  of: { accountId: string; teamId: string },
  actor: Actor,
  { id, formsOf }: OpenAs,
): Promise<RequestRow> => {
  const {
    password,
    destinations: _,
    folder: __,
    team: ___,
    account: ____,
    deadline,
    items,
    ...columns
  } = input;
  const passwordHash = password === null ? null : await hashPassword(password);
  const inserted = intake.db.transaction(async (tx) => {
    if ((await holdAccount(tx, of.accountId)) === undefined) throw new Failure('account.not-connected');
    const request = await insertRequest(tx, {
      ...columns,
      ...of,
      ...(id !== undefined && { id }),
      deadlineAt: deadline === null ? null : new Date(deadline),
      ownerStaffId: actor.staffId ?? null,
      passwordHash,
    });
    await insertChecklist(tx, request.id, items);
    if (formsOf !== undefined) await copyForms(tx, formsOf, request.id);
    return request;
  });
  return inserted.catch((error: unknown) => {
    throw id !== undefined && isUniqueViolation(error) ? new Failure('request.being-opened') : error;
  });
};

/** The folder that staff named, or a new one below the root whose name nobody else has. */
const findFolder = async (
  intake: Intake,
  nextcloud: Nextcloud,
  input: ParsedNewRequest,
  { accountId, actor }: { accountId: string; actor: Actor },
): Promise<{ path: string; made: boolean }> => {
  if (input.folder !== null) {
    // The folders of requests to come would lie in it.
    if (`${intake.nextcloudRoot}/`.startsWith(`${input.folder}/`))
      throw new Failure('input.invalid', {
        params: { field: 'folder' },
        details: { reason: 'it is, or holds, the folder in which requests have theirs' },
      });
    const entry = await nextcloud.files.stat(input.folder);
    if (entry?.kind !== 'directory')
      throw new Failure('input.invalid', {
        params: { field: 'folder' },
        details: { reason: 'no such folder' },
      });
    // What comes to one of them would be taken for something sent to both.
    const other = await requestAround(intake.db, accountId, input.folder);
    if (other !== undefined)
      throw new Failure('input.invalid', {
        // What another team collects is not told.
        params: { field: 'folder', ...(isOf(actor, other) && { request: other.title }) },
        details: { reason: "it is, holds or lies in another request's folder" },
      });
    return { path: input.folder, made: false };
  }
  await makeFolders(nextcloud, intake.nextcloudRoot);
  const name = folderName(input.title) || 'request';
  for (let n = 1; n < 100; n += 1) {
    const path = `${intake.nextcloudRoot}/${n === 1 ? name : `${name} (${n})`}`;
    if ((await nextcloud.files.makeDirectory(path)) === 'created') return { path, made: true };
  }
  throw new Failure('nextcloud.conflict', { details: { reason: 'a hundred folders have this name' } });
};

const isOf = ({ teams }: Actor, { teamId }: { teamId: string }): boolean =>
  teams === 'all' || teams.includes(teamId);

/** Files of a folder that is there already, and of the folders in it. */
const filesBelow = async (nextcloud: Nextcloud, folder: string) => {
  const found: { fileId: number; path: string; etag: string; sizeBytes: number }[] = [];
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop())
    for (const { kind, path, fileId, etag, sizeBytes } of await nextcloud.files.list(next))
      if (kind === 'directory') folders.push(path);
      else found.push({ fileId, path: path.slice(folder.length + 1), etag, sizeBytes });
  return found;
};

const recordOpened = async (
  intake: Intake,
  opened: {
    request: RequestRow;
    destinationIds: string[];
    actor: Actor;
    share: Share;
    sharePassword: string;
    proof: UploadOnlyProof;
    path: string;
  },
): Promise<OpenedRequest> => {
  const { request, share } = opened;
  const token = newToken();
  await intake.db.transaction(async (tx) => {
    await insertShare(tx, {
      requestId: request.id,
      nextcloudShareId: share.id,
      tokenSealed: intake.sealing.seal(share.token, sealedShareContext(request.id)),
      passwordSealed: intake.sealing.seal(opened.sharePassword, sealedShareContext(request.id)),
      passwordTold: request.nextcloudPageAllowed,
      state: 'proven',
      permissions: share.permissions,
      proof: opened.proof.checks,
    });
    await insertLink(tx, {
      requestId: request.id,
      tokenHash: hashToken(token),
      tokenSealed: intake.sealing.seal(token, sealedLinkContext(request.id)),
    });
    await attachDestinations(tx, request.id, opened.destinationIds);
    await setRequest(tx, request.id, {
      state: 'open',
      openedAt: sql`now()`,
      folderPath: opened.proof.path ?? opened.path,
      folderFileId: opened.proof.folderFileId ?? null,
    });
    await recordAudit(tx, {
      actor: opened.actor.name,
      address: opened.actor.address,
      action: 'request.opened',
      subject: request.id,
      details: { permissions: share.permissions },
    });
  });
  return { requestId: request.id, token };
};

/** What the proof found wrong, as the message catalogue names it. */
const problemOf = ({ details }: Failure): string =>
  typeof details.problem === 'string' ? details.problem : 'permissions';

/** Removes what a failed opening has made: the share first, for it is what could be read. */
const undo = async (
  intake: Intake,
  nextcloud: Nextcloud,
  made: { request: RequestRow; share: Share | undefined; madeFolder: string | undefined },
): Promise<void> => {
  const attempts = [
    () => (made.share === undefined ? Promise.resolve() : nextcloud.shares.remove(made.share.id)),
    () => (made.madeFolder === undefined ? Promise.resolve() : nextcloud.files.remove(made.madeFolder)),
    () => deleteDraft(intake.db, made.request.id),
  ];
  for (const attempt of attempts) {
    try {
      await attempt();
    } catch (error) {
      if (!isFailure(error, 'nextcloud.not-found'))
        intake.log.error(
          { err: error, requestId: made.request.id },
          'a failed opening could not be undone whole',
        );
    }
  }
};

/** 144 random bits, and a character of every kind that a password policy may ask for. */
export const newSharePassword = (): string => `${randomBytes(18).toString('base64url')}-Aa1!`;
