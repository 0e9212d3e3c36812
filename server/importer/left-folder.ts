import { loadLeftFolder, markFolderRemoved, postponeLeftFolder } from '../../db/queries/left-folders.ts';
import { isFailure } from '../lib/failure.ts';
import { removeEmptyFolder } from './empty-folder.ts';
import { againMs, type TidyOptions } from './tidy.ts';

/**
 * Takes away the empty folder of a sending that ended with nothing stored in it: it bears its sender's name. One that holds
 * anything stays, for good. May be broken off anywhere and said again; what fails is tried again later, without a word to staff.
 */
export const removeLeftFolder = async (
  options: TidyOptions,
  submissionId: string,
  signal: AbortSignal,
): Promise<'emptied' | 'failed' | 'stopped' | 'nothing-due'> => {
  const due = await loadLeftFolder(options.db, submissionId);
  if (due === undefined) return 'nothing-due';
  const { submission, request, hasUploads } = due;
  try {
    // The request's own folder has no name, and stays.
    if (hasUploads && request.folderPath !== null && submission.folderName !== '') {
      const nextcloud = await options.nextcloudFor(request.accountId);
      const path = `${request.folderPath}/${submission.folderName}`;
      const aside = `${request.folderPath}/Removed ${submission.receiptNumber}`;
      await removeEmptyFolder(nextcloud, { path, aside }, signal);
    }
    await markFolderRemoved(options.db, submissionId);
    return 'emptied';
  } catch (error) {
    if (signal.aborted) return 'stopped';
    const code = isFailure(error) ? error.code : 'internal';
    options.log.warn({ submission: submissionId, code, err: error }, 'an empty folder is left for now');
    await postponeLeftFolder(options.db, submissionId, againMs);
    return 'failed';
  }
};
