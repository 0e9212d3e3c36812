import { randomBytes } from 'node:crypto';
import { link, open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckFinding, CheckResult } from '../destination.ts';
import { errorCode, syncFolder } from './place.ts';

/** Free space below which staff are warned. */
const scarceBytes = 1024 ** 3;

/** Looks by doing: writes a hidden file, gives it a second name, and takes both away again. */
export const checkFolder = async (dir: string): Promise<CheckResult> => {
  const findings: CheckFinding[] = [];
  const problem = await problemWith(dir);
  if (problem === undefined) {
    findings.push({ level: 'good', text: `The folder ${dir} is there and can be written to.` });
    findings.push(...(await spaceIn(dir)), ...(await linksIn(dir)));
  } else findings.push({ level: 'problem', text: problem });
  return { fit: findings.every(({ level }) => level !== 'problem'), findings };
};

const problemWith = async (dir: string): Promise<string | undefined> => {
  try {
    if (!(await stat(dir)).isDirectory())
      return `${dir} is a file. Choose a folder, or move the file out of the way.`;
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

const words = (dir: string, code: string | undefined): string => {
  switch (code ?? 'unknown') {
    case 'ENOENT':
    case 'ENOTDIR':
      return `There is no folder ${dir}. Make it, or mount what belongs there. It is never made by itself, so that a missing mount is noticed.`;
    case 'EACCES':
    case 'EPERM':
      return `The importer may not write to ${dir}. Give its user the right to read, write and enter it.`;
    case 'EROFS':
      return `${dir} is mounted read-only. Mount it for writing.`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `There is no space left in ${dir}. Make room, or raise the quota.`;
    default:
      return `${dir} can't be used (${code ?? 'unknown error'}). See whether the disk or the network share is well.`;
  }
};

const spaceIn = async (dir: string): Promise<CheckFinding[]> => {
  const { bavail, bsize } = await statfs(dir);
  const freeBytes = bavail * bsize;
  const text = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB are free in it.`;
  return [
    freeBytes < scarceBytes
      ? { level: 'warning', text: `Only ${text} Make room soon.` }
      : { level: 'good', text },
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
        text: 'Its file system has no hard links. Files are put under their names by exclusive creation and renaming instead: a crash at that moment can leave an empty file behind, and the repeat then takes the name with a number.',
      },
    ];
  } finally {
    await rm(path, { force: true });
    await rm(second, { force: true });
  }
};

const probeName = (): string => `.uketori-check-${randomBytes(8).toString('hex')}`;
