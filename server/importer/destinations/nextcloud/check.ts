import { isFailure } from '../../../lib/failure.ts';
import type { Words } from '../../../lib/words.ts';
import type { CheckFinding, CheckResult, DestinationTools, NextcloudEntry } from '../destination.ts';
import type { NextcloudConfig } from './config.ts';

/**
 * Asks and writes nothing: what is deleted in Nextcloud stays in its waste bin. Looks with the portal's own account.
 */
export const checkFolder = async (
  { folder }: NextcloudConfig,
  tools: Pick<DestinationTools, 'nextcloud'>,
  signal: AbortSignal = new AbortController().signal,
): Promise<CheckResult> => {
  const found = await lookAt(folder, tools, signal);
  const problem = 'problem' in found ? found.problem : problemWith(folder, found.entry);
  const findings: CheckFinding[] =
    problem === undefined
      ? [{ level: 'good', text: fineWords(folder) }]
      : [{ level: 'problem', text: problem }];
  findings.push({ level: 'good', text: accountWords(folder) });
  return { fit: problem === undefined, findings };
};

const lookAt = async (
  folder: string,
  tools: Pick<DestinationTools, 'nextcloud'>,
  signal: AbortSignal,
): Promise<{ entry: NextcloudEntry | undefined } | { problem: Words }> => {
  try {
    return { entry: await (await tools.nextcloud()).stat(folder, { signal }) };
  } catch (error) {
    signal.throwIfAborted();
    return {
      problem: isFailure(error, 'nextcloud.credentials-refused', 'nextcloud.forbidden')
        ? refusedWords
        : unreachableWords(isFailure(error) ? error.code : 'internal'),
    };
  }
};

const problemWith = (folder: string, entry: NextcloudEntry | undefined): Words | undefined => {
  if (entry === undefined) return missingWords(folder);
  if (entry.kind !== 'directory') return fileWords(folder);
  // Create files, create folders.
  return /C.*K|K.*C/.test(entry.permissions) ? undefined : readOnlyWords(folder);
};

const fineWords = (folder: string): Words => ({
  en: `The folder ${folder} is there, and files and folders may be created in it.`,
  ja: `フォルダー ${folder} があり、ファイルとフォルダーを作成できます。`,
});

const accountWords = (folder: string): Words => ({
  en: `This was asked with the portal's own account. A request of another account is delivered within that account, which needs a folder ${folder} of its own.`,
  ja: `ポータル自身のアカウントで確認しました。別のアカウントの依頼はそのアカウント内で引き渡されるため、そのアカウントにもフォルダー ${folder} が必要です。`,
});

const missingWords = (folder: string): Words => ({
  en: `There is no folder ${folder} in Nextcloud. Make it, or correct the path. It is never made by itself, so that a renamed folder is noticed.`,
  ja: `Nextcloud にフォルダー ${folder} がありません。作成するか、パスを修正してください。フォルダー名の変更に気付けるよう、自動では作成しません。`,
});

const fileWords = (folder: string): Words => ({
  en: `${folder} is a file. Choose a folder, or move the file out of the way.`,
  ja: `${folder} はファイルです。フォルダーを指定するか、ファイルを移動してください。`,
});

const readOnlyWords = (folder: string): Words => ({
  en: `Files or folders may not be created in ${folder}. It is probably shared with the account for reading only: ask its owner for the right to create and edit.`,
  ja: `${folder} にはファイルまたはフォルダーを作成できません。読み取り専用で共有されている可能性があります。所有者に作成と編集の権限を依頼してください。`,
});

const refusedWords: Words = {
  en: 'Nextcloud refuses the account of the portal. See whether its app password still holds.',
  ja: 'Nextcloud がポータルのアカウントを拒否しました。アプリパスワードが有効か確認してください。',
};

const unreachableWords = (code: string): Words => ({
  en: `Nextcloud can't be asked at the moment (${code}). See whether it is running, and check again.`,
  ja: `現在 Nextcloud に問い合わせできません（${code}）。稼働状況を確認してから、もう一度お試しください。`,
});
