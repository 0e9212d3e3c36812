import { readFile, realpath, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { EmbeddedPostgresError, unless } from './error.ts';

/** The system account that PostgreSQL runs as. */
export interface Account {
  uid: number;
  gid: number;
  /** Missing where the system has no name for the uid. */
  name: string | undefined;
}

export const runsAsRoot = (): boolean => process.getuid?.() === 0;

/** The account that this process runs as. Fails where it has no name: PostgreSQL wants to know it. */
export const ownAccount = (): Account => {
  try {
    const { uid, gid, username } = userInfo();
    return { uid, gid, name: username };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL needs an account with a name, and uid ${process.getuid?.()} has none: add it to /etc/passwd, or set DATABASE_URL.`,
      { cause },
    );
  }
};

const readAccounts = async (): Promise<Account[]> => {
  const text = (await unless(['ENOENT'], readFile('/etc/passwd', 'utf8'))) ?? '';
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    // macOS writes the uid of nobody as -2, which the system calls take as an unsigned number.
    return uid === undefined || gid === undefined || name?.startsWith('#')
      ? []
      : [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }];
  });
};

/**
 * The account for a root process to run PostgreSQL as: the owner of the data where there is data,
 * else one made for PostgreSQL, else `nobody`, else any without rights.
 */
export const accountInsteadOfRoot = async (
  dataOwner: { uid: number; gid: number } | undefined,
): Promise<Account> => {
  const accounts = await readAccounts();
  if (dataOwner !== undefined && dataOwner.uid !== 0)
    return { ...dataOwner, name: accounts.find(({ uid }) => uid === dataOwner.uid)?.name };
  const named = ['postgres', '_postgres', 'nobody', 'daemon'].map((wanted) =>
    accounts.find(({ name, uid }) => name === wanted && uid !== 0),
  );
  const account = named.find((one) => one !== undefined) ?? accounts.find(({ uid }) => uid !== 0);
  if (account === undefined)
    throw new EmbeddedPostgresError(
      'PostgreSQL refuses to run as root, and /etc/passwd has no other account: add one (for instance nobody), or set DATABASE_URL.',
    );
  return account;
};

/** Whether an account gets into a folder, through everything above it, by the permission bits. */
export const canEnter = async ({ uid, gid }: Account, folder: string): Promise<boolean> => {
  let at = await realpath(folder);
  for (;;) {
    const seen = await stat(at);
    const bit = seen.uid === uid ? 0o100 : seen.gid === gid ? 0o010 : 0o001;
    if ((seen.mode & bit) === 0) return false;
    if (dirname(at) === at) return true;
    at = dirname(at);
  }
};
