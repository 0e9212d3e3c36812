import { randomBytes } from 'node:crypto';
import { link, open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Words } from '../../../lib/words.ts';
import type { CheckFinding, CheckResult } from '../destination.ts';
import { errorCode, syncFolder } from './place.ts';

/** Free space below which staff are warned. */
const scarceBytes = 1024 ** 3;

/** Looks by doing: writes a hidden file, gives it a second name, and takes both away again. */
export const checkFolder = async (dir: string): Promise<CheckResult> => {
  const findings: CheckFinding[] = [];
  const problem = await problemWith(dir);
  if (problem === undefined) {
    findings.push({
      level: 'good',
      text: {
        en: `The folder ${dir} is there and can be written to.`,
        ja: `フォルダー ${dir} があり、書き込めます。`,
      },
    });
    findings.push(...(await spaceIn(dir)), ...(await linksIn(dir)));
  } else findings.push({ level: 'problem', text: problem });
  return { fit: findings.every(({ level }) => level !== 'problem'), findings };
};

const problemWith = async (dir: string): Promise<Words | undefined> => {
  try {
    if (!(await stat(dir)).isDirectory())
      return {
        en: `${dir} is a file. Choose a folder, or move the file out of the way.`,
        ja: `${dir} はファイルです。フォルダーを指定するか、ファイルを移動してください。`,
      };
    const path = join(dir, probeName());
    try {
      const handle = await open(path, 'wx');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    } finally {
      await rm(path, { force: true });
    }
    await syncFolder(dir);
    return undefined;
  } catch (error) {
    return words(dir, errorCode(error));
  }
};

const words = (dir: string, code: string | undefined): Words => {
  switch (code ?? 'unknown') {
    case 'ENOENT':
    case 'ENOTDIR':
      return {
        en: `There is no folder ${dir}. Make it, or mount what belongs there. It is never made by itself, so that a missing mount is noticed.`,
        ja: `フォルダー ${dir} がありません。作成するか、対象のボリュームをマウントしてください。マウント漏れに気付けるよう、自動では作成しません。`,
      };
    case 'EACCES':
    case 'EPERM':
      return {
        en: `The importer may not write to ${dir}. Give its user the right to read, write and enter it.`,
        ja: `${dir} に書き込む権限がありません。インポーターの実行ユーザーに、読み取り・書き込み・実行の権限を与えてください。`,
      };
    case 'EROFS':
      return {
        en: `${dir} is mounted read-only. Mount it for writing.`,
        ja: `${dir} は読み取り専用でマウントされています。書き込み可能でマウントしてください。`,
      };
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        en: `There is no space left in ${dir}. Make room, or raise the quota.`,
        ja: `${dir} に空き容量がありません。空きを作るか、容量の上限を上げてください。`,
      };
    default:
      return {
        en: `${dir} can't be used (${code ?? 'unknown error'}). See whether the disk or the network share is well.`,
        ja: `${dir} を使用できません（${code ?? '不明なエラー'}）。ディスクまたはネットワーク共有の状態を確認してください。`,
      };
  }
};

const spaceIn = async (dir: string): Promise<CheckFinding[]> => {
  const { bavail, bsize } = await statfs(dir);
  const freeBytes = bavail * bsize;
  const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB`;
  return [
    freeBytes < scarceBytes
      ? {
          level: 'warning',
          text: {
            en: `Only ${free} are free in it. Make room soon.`,
            ja: `空き容量が ${free} しかありません。早めに空きを作ってください。`,
          },
        }
      : { level: 'good', text: { en: `${free} are free in it.`, ja: `空き容量は ${free} です。` } },
  ];
};

const linksIn = async (dir: string): Promise<CheckFinding[]> => {
  const path = join(dir, probeName());
  const second = join(dir, probeName());
  try {
    await (await open(path, 'wx')).close();
    await link(path, second);
    return [];
  } catch {
    return [
      {
        level: 'warning',
        text: {
          en: 'Its file system has no hard links. Files are put under their names by exclusive creation and renaming instead: a crash at that moment can leave an empty file behind, and the repeat then takes the name with a number.',
          ja: 'このファイルシステムではハードリンクを使えません。代わりに排他的な作成と名前の変更で配置します。その瞬間に異常終了すると空のファイルが残ることがあり、再実行時には番号の付いた名前になります。',
        },
      },
    ];
  } finally {
    await rm(path, { force: true });
    await rm(second, { force: true });
  }
};

const probeName = (): string => `.uketori-check-${randomBytes(8).toString('hex')}`;
