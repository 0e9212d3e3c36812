import { loadPurge, markPurged } from '../../db/queries/purging.ts';
import type { SubmissionRow } from '../../db/queries/submissions.ts';
import { recordNotTidied } from '../../db/queries/tidying.ts';
import { isFailure } from '../lib/failure.ts';
import { removeEmptyFolder } from './empty-folder.ts';
import { againMs, deleteUnchanged, isUnchanged, type TidyOptions } from './tidy.ts';

/**
 * Takes a submission's files out of Nextcloud when they have been kept as long as its request wants. Only what bears the mark
 * that the portal stored it with: what somebody has changed, and what did not come through the portal, is left, and said.
 * Its folder bears its sender's name, and goes with the last file in it.
 * May be broken off anywhere and said again. What fails is told to staff and tried again later.
 */
export const purgeSubmission = async (
  options: TidyOptions,
  submissionId: string,
  signal: AbortSignal,
): Promise<'purged' | 'failed' | 'stopped' | 'nothing-due'> => {
  const due = await loadPurge(options.db, submissionId);
  const folderPath = due?.request.folderPath;
  if (due === undefined || folderPath === undefined || folderPath === null) return 'nothing-due';
  const isDue = async () => (await loadPurge(options.db, submissionId)) !== undefined;
  try {
    const nextcloud = await options.nextcloudFor(due.request.accountId);
    const left = await deleteUnchanged(
      options,
      nextcloud,
      { ...due, folderPath },
      {
        isDue,
        mayDelete: (entry, file) => entry.mark !== undefined && isUnchanged(entry, file),
        signal,
      },
    );
    if (left === undefined) return 'nothing-due';
    for (const [index, name] of foldersOf(due.submission).entries()) {
      signal.throwIfAborted();
      if (!(await isDue())) return 'nothing-due';
      const aside = `${folderPath}/Removed ${due.submission.receiptNumber}${index === 0 ? '' : `-${index}`}`;
      await removeEmptyFolder(nextcloud, { path: `${folderPath}/${name}`, aside }, signal);
    }
    await markPurged(options.db, submissionId, { files: due.files.length, left });
    return 'purged';
  } catch (error) {
    if (signal.aborted) return 'stopped';
    const reason = isFailure(error) ? error.code : 'internal';
    options.log.warn({ submission: submissionId, code: reason, err: error }, 'not purged, to be tried again');
    await recordNotTidied(options.db, submissionId, { delayMs: againMs, reason, isPurge: true });
    return 'failed';
  }
};

/** Below the request's. What was found may have been moved out of the one that its sender's name made. */
const foldersOf = ({
  origin,
  folderName,
  submitterName,
}: Pick<SubmissionRow, 'origin' | 'folderName' | 'submitterName'>): string[] => {
  const names = origin === 'nextcloud' ? [folderName, submitterName] : [folderName];
  // The request's own folder has no name, and stays.
  return [...new Set(names)].filter((name) => name !== '');
};
