import type { Database } from '../../db/client.ts';
import { loadTidying, markRemoved, markTidied, recordNotTidied } from '../../db/queries/tidying.ts';
import type { files } from '../../db/schema/index.ts';
import { Failure, isFailure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import type { NextcloudEntry } from './destinations/destination.ts';
import { pathOfStored, type Source, type StoredFile, storedPath } from './source.ts';

export interface TidyOptions {
  db: Database;
  nextcloudFor(accountId: string): Promise<Source>;
  log: Log;
}

export const importedFolder = 'Imported';
const mostNumbers = 100;
export const againMs = 60 * 60_000;

/**
 * What the request wants done with a submission's files in Nextcloud when every delivery is confirmed: moved out of the way,
 * or deleted after some days. Nothing is done while a delivery or a file waits. May be broken off anywhere and said again.
 * What fails is told to staff and tried again later; what our own stop breaks off is due as before.
 */
export const tidySubmission = async (
  options: TidyOptions,
  submissionId: string,
  signal: AbortSignal,
): Promise<'moved' | 'deleted' | 'failed' | 'stopped' | 'nothing-due'> => {
  const due = await loadTidying(options.db, submissionId);
  if (due === undefined || due.request.folderPath === null) return 'nothing-due';
  try {
    return await tidyDue(options, { ...due, folderPath: due.request.folderPath }, signal);
  } catch (error) {
    if (signal.aborted) return 'stopped';
    const reason = isFailure(error) ? error.code : 'internal';
    // What is foreseen needs no stack.
    const why = isFailure(error) ? { code: error.code, details: error.details } : { err: error };
    options.log.warn({ submission: submissionId, ...why }, 'not tidied, to be tried again');
    await recordNotTidied(options.db, submissionId, { delayMs: againMs, reason });
    return 'failed';
  }
};

const tidyDue = async (options: TidyOptions, due: Due, signal: AbortSignal): Promise<'moved' | 'deleted'> => {
  const { request, submission, folderPath } = due;
  const nextcloud = await options.nextcloudFor(request.accountId);
  if (request.afterImport === 'move') {
    const folderName =
      submission.origin === 'portal'
        ? await moveFolder(nextcloud, folderPath, submission.folderName, signal)
        : await moveFiles(nextcloud, due, signal);
    await markTidied(options.db, submission.id, { action: 'move', folderName });
    return 'moved';
  }
  await deleteFiles(options, nextcloud, due, signal);
  return 'deleted';
};

/** @returns where it is now, below the request's folder */
const moveFolder = async (
  { files }: Source,
  requestFolder: string,
  folderName: string,
  signal: AbortSignal,
): Promise<string> => {
  const from = `${requestFolder}/${folderName}`;
  await files.makeDirectory(`${requestFolder}/${importedFolder}`, { signal });
  for (let number = 1; number <= mostNumbers; number += 1) {
    const name = `${importedFolder}/${folderName}${number === 1 ? '' : ` (${number})`}`;
    try {
      await files.move(from, `${requestFolder}/${name}`, { signal, overwrite: false });
      return name;
    } catch (error) {
      const isTaken = isFailure(error, 'nextcloud.exists');
      const isGone = isFailure(error, 'nextcloud.not-found');
      if (!isTaken && !isGone) throw error;
      // Moved by an attempt whose answer or whose record was lost; staff may have moved it as well.
      const isThere = (await files.stat(`${requestFolder}/${name}`, { signal })) !== undefined;
      const isLeft = (await files.stat(from, { signal })) !== undefined;
      if (!isLeft) return isThere ? name : folderName;
    }
  }
  throw new Failure('nextcloud.exists', { details: { folder: from, problem: 'no free name' } });
};

/**
 * One by one, to a folder of their own: more may be put into the one that they were found in.
 * @returns where they are now, below the request's folder
 */
const moveFiles = async (
  nextcloud: Source,
  { submission, files, folderPath }: Due,
  signal: AbortSignal,
): Promise<string> => {
  const folder = `${importedFolder}/${`${submission.receiptNumber} ${submission.folderName}`.trim()}`;
  const made = new Set<string>();
  const make = async (path: string): Promise<void> => {
    if (made.has(path)) return;
    if (path.includes('/')) await make(path.slice(0, path.lastIndexOf('/')));
    await nextcloud.files.makeDirectory(`${folderPath}/${path}`, { signal });
    made.add(path);
  };
  for (const file of files) {
    const target = `${folder}/${file.path}`;
    const from = await pathOfStored(nextcloud, storedOf(submission, file, folderPath), signal).catch(ifGone);
    // Staff have taken it away.
    if (from === undefined) continue;
    if (from === `${folderPath}/${target}`) continue;
    await make(target.slice(0, target.lastIndexOf('/')));
    await nextcloud.files.move(from, `${folderPath}/${target}`, { signal, overwrite: false });
  }
  return folder;
};

export const ifGone = (error: unknown): undefined => {
  if (isFailure(error, 'nextcloud.not-found')) return undefined;
  throw error;
};

/**
 * Nextcloud gives another content of the same second the same ETag, whatever its size (measured on 32.0.1). The mark that the
 * portal stored a file with goes when its content is changed.
 */
export const isUnchanged = (entry: NextcloudEntry, file: FileRow): boolean =>
  entry.fileId === file.fileId &&
  entry.etag === file.etag &&
  entry.sizeBytes === file.sizeBytes &&
  (entry.mark === undefined ? file.uploadId === null : entry.mark === file.uploadId);

export const storedOf = (
  { folderName }: Due['submission'],
  { path, fileId, sizeBytes, sha256 }: FileRow,
  requestFolder: string,
): StoredFile => ({ requestFolder, path: storedPath(folderName, path), fileId, sizeBytes, sha256 });

type FileRow = typeof files.$inferSelect;

type Due = NonNullable<Awaited<ReturnType<typeof loadTidying>>> & { folderPath: string };

interface DeleteRules {
  /** Asked again before each file. */
  isDue: () => Promise<boolean>;
  mayDelete: (entry: NextcloudEntry, file: FileRow) => boolean;
  signal: AbortSignal;
}

/** Deletes what is still what was delivered. What somebody has changed since is left, and said. */
const deleteFiles = async (
  options: TidyOptions,
  nextcloud: Source,
  due: Due,
  signal: AbortSignal,
): Promise<void> => {
  const { submission, files } = due;
  const isDue = async () => (await loadTidying(options.db, submission.id)) !== undefined;
  const left = await deleteUnchanged(options, nextcloud, due, { isDue, mayDelete: isUnchanged, signal });
  if (left === undefined) return;
  await markTidied(options.db, submission.id, { action: 'delete', details: { files: files.length, left } });
};

/** @returns ids of those that are left; undefined when it is not due any more */
export const deleteUnchanged = async (
  { db, log }: TidyOptions,
  nextcloud: Source,
  { submission, files, folderPath }: Pick<Due, 'submission' | 'files' | 'folderPath'>,
  { isDue, mayDelete, signal }: DeleteRules,
): Promise<string[] | undefined> => {
  const left: string[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    // What is delivered again, taken back or quarantined meanwhile keeps what is left of it.
    if (!(await isDue())) return undefined;
    const stored = storedOf(submission, file, folderPath);
    const path = await pathOfStored(nextcloud, stored, signal).catch(ifGone);
    if (path !== undefined) {
      const entry = await nextcloud.files.stat(path, { signal });
      const { etag } = file;
      const isLeft = async () => (await nextcloud.files.stat(path, { signal })) !== undefined;
      const isRemoved =
        entry !== undefined &&
        mayDelete(entry, file) &&
        ((await nextcloud.files.remove(path, { signal, etag })) === 'removed' || !(await isLeft()));
      if (entry !== undefined && !isRemoved) {
        left.push(file.id);
        continue;
      }
    }
    await markRemoved(db, file.id);
  }
  if (left.length > 0)
    log.warn({ submission: submission.id, left }, 'files that were changed since are not deleted');
  return left;
};
