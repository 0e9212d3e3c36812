import type { Queryable } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { holdsOlderFiles } from '../../db/queries/found.ts';
import {
  deleteRequest as deleteRows,
  findRequest,
  isUnderWay,
  type RequestRow,
  setRequest,
} from '../../db/queries/requests.ts';
import { lockRequest } from '../../db/queries/submissions.ts';
import { Failure } from '../lib/failure.ts';
import type { Actor, Intake } from './context.ts';
import { removeSharesOfClosed } from './shares-of-closed.ts';

/**
 * Puts a closed request away: it stays as it is, and is not among those that staff work on.
 * @throws Failure `not-found`, `request.wrong-state`, `request.under-way`
 */
export const archiveRequest = (intake: Intake, requestId: string, actor: Actor): Promise<void> =>
  intake.db.transaction(async (tx) => {
    await requireOver(tx, requestId, ['closed']);
    await setRequest(tx, requestId, { state: 'archived' });
    await recordAudit(tx, {
      actor: actor.name,
      address: actor.address,
      action: 'request.archived',
      subject: requestId,
    });
  });

/**
 * Deletes a request with all that the portal knows of it, and its share. Its files stay in Nextcloud, unless `folder` is to
 * be removed with everything in it. The audit log stays. May be broken off anywhere and said again.
 * @throws Failure `not-found`, `request.wrong-state` for an open one, `request.under-way`, `request.folder-older`
 */
export const deleteRequest = async (
  intake: Intake,
  requestId: string,
  files: 'keep' | 'remove',
  actor: Actor,
): Promise<void> => {
  const ended = ['closed', 'archived'] as const;
  const request = await intake.db.transaction((tx) => requireOver(tx, requestId, ended));
  if (files === 'remove' && (await holdsOlderFiles(intake.db, requestId)))
    throw new Failure('request.folder-older');
  await removeSharesOfClosed(intake, requestId);
  if (files === 'remove') await removeFolder(intake, request);
  await intake.db.transaction(async (tx) => {
    await requireOver(tx, requestId, ended);
    const counts = await deleteRows(tx, requestId);
    await recordAudit(tx, {
      actor: actor.name,
      address: actor.address,
      action: 'request.deleted',
      subject: requestId,
      details: { title: request.title, folder: request.folderPath, filesInNextcloud: files, ...counts },
    });
  });
};

/** Holds its row. */
const requireOver = async (
  tx: Queryable,
  requestId: string,
  states: readonly RequestRow['state'][],
): Promise<RequestRow> => {
  await lockRequest(tx, requestId);
  const request = await findRequest(tx, requestId);
  if (request === undefined) throw new Failure('not-found');
  if (!states.includes(request.state)) throw new Failure('request.wrong-state');
  if (await isUnderWay(tx, requestId)) throw new Failure('request.under-way');
  return request;
};

/** Only the folder that is its own: another may stand in its place. */
const removeFolder = async (intake: Intake, { accountId, folderPath, folderFileId }: RequestRow) => {
  if (folderPath === null) return;
  const { files } = await intake.accounts.nextcloudFor(accountId);
  const entry = await files.stat(folderPath);
  if (entry === undefined) return;
  if (entry.fileId !== folderFileId) throw new Failure('nextcloud.not-found', { details: { folderPath } });
  await files.remove(folderPath);
};
