import { posix } from 'node:path';
import { Readable } from 'node:stream';
import type { Stats } from 'ssh2';
import { Failure } from '../../../lib/failure.ts';
import { isStatus, NotOffered, status } from './failures.ts';
import type { Session } from './session.ts';
import { writeNew } from './transfer.ts';

const { join } = posix;

/** How a finished file is given its final name without replacing anything; found out once for each attempt. */
export type Naming = 'hard-link' | 'rename' | 'claim-and-rename';

/** Looks what a server can do, with two files in a folder that are gone afterwards. @param newName for each another one */
export const namingIn = async (session: Session, folder: string, newName: () => string): Promise<Naming> => {
  const { sftp, call } = session;
  const first = join(folder, newName());
  const second = join(folder, newName());
  try {
    await writeEmpty(session, first);
    try {
      await call((done) => sftp.ext_openssh_hardlink(first, second, done));
      return 'hard-link';
    } catch (error) {
      if (!(error instanceof NotOffered) && !isStatus(error, ...refusals)) throw error;
    }
    await writeEmpty(session, second);
    try {
      await call((done) => sftp.rename(first, second, done));
      return 'claim-and-rename';
    } catch (error) {
      if (!isStatus(error, ...refusals)) throw error;
      return 'rename';
    }
  } finally {
    await remove(session, first);
    await remove(session, second);
  }
};

/** Servers of version 3 have no status for "it is there already". */
const refusals = [status.failure, status.permissionDenied, status.badMessage, status.unsupported, 11];

const writeEmpty = (session: Session, path: string): Promise<void> =>
  writeNew(session, path, Readable.from([]), 0);

/**
 * Gives a finished file its final name, and never replaces: `taken` when something has that name.
 *
 * Where there are neither hard links nor a rename that refuses, an empty file is made under the final name first, exclusively,
 * and then replaced. A crash between the two leaves that empty file, which a repeat takes for somebody else's.
 */
export const placeOnce = async (
  session: Session,
  naming: Naming,
  temporary: string,
  final: string,
): Promise<'placed' | 'taken'> => {
  const { sftp, call } = session;
  const rename = () => call((done) => sftp.rename(temporary, final, done));
  try {
    if (naming === 'hard-link') await call((done) => sftp.ext_openssh_hardlink(temporary, final, done));
    else if (naming === 'rename') await rename();
    else await writeEmpty(session, final);
  } catch (error) {
    // Why it was refused can't be told from the status.
    if (isStatus(error, ...refusals) && (await exists(session, final))) return 'taken';
    throw error;
  }
  if (naming === 'hard-link') await remove(session, temporary);
  if (naming === 'claim-and-rename')
    try {
      await rename();
    } catch (error) {
      await remove(session, final);
      throw error;
    }
  return 'placed';
};

export const exists = async ({ sftp, call }: Session, path: string): Promise<boolean> => {
  try {
    await call<Stats>((done) => sftp.lstat(path, done));
    return true;
  } catch (error) {
    if (isStatus(error, status.noSuchFile)) return false;
    throw error;
  }
};

/** That it is gone already is as good. */
export const remove = async ({ sftp, call }: Session, path: string): Promise<void> => {
  try {
    await call((done) => sftp.unlink(path, done));
  } catch (error) {
    if (!isStatus(error, status.noSuchFile)) throw error;
  }
};

/**
 * Makes one folder inside another, or takes the one that is there.
 * @param root real path that everything stays in
 * @returns its real path
 * @throws Failure `destination.conflict` where a file has the name, or a symbolic link leads out of `root`
 */
export const ensureFolder = async (session: Session, root: string, parent: string, name: string) => {
  const { sftp, call } = session;
  const path = join(parent, name);
  let made = true;
  try {
    await call((done) => sftp.mkdir(path, done));
  } catch (error) {
    if (!isStatus(error, ...refusals) || !(await exists(session, path))) throw error;
    made = false;
  }
  return { path: await confined(session, root, path), made };
};

/** @returns the real path of an existing folder @throws Failure `destination.conflict` outside of `root` */
export const confined = async ({ sftp, call }: Session, root: string, path: string): Promise<string> => {
  const real = await call<string>((done) => sftp.realpath(path, done));
  if (real !== root && !real.startsWith(root.endsWith('/') ? root : `${root}/`))
    throw new Failure('destination.conflict', { details: { path, problem: 'a symbolic link leads out' } });
  const stats = await call<Stats>((done) => sftp.stat(real, done));
  if (stats.isDirectory()) return real;
  throw new Failure('destination.conflict', { details: { path, problem: 'a file where a folder belongs' } });
};

/** The configured folder, which is never made: it may be a mount that is not there. */
export const rootOf = async (session: Session, directory: string): Promise<string> => {
  const real = await session.call<string>((done) => session.sftp.realpath(directory, done));
  return confined(session, real, real);
};
