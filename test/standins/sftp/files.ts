import type { Stats } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import ssh2, { type Attributes, type SFTPWrapper } from 'ssh2';
import type { SftpStandIn } from './server.ts';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

type Opened = { file: FileHandle } | { names: string[] };

/** The requests that deliveries make, on real files. It offers no extension, as servers of other makers do. */
export const serveFiles = (standIn: SftpStandIn, dir: string, sftp: SFTPWrapper): void => {
  const opened = new Map<number, Opened>();
  let last = 0;
  const handleOf = (value: Opened): Buffer => {
    last += 1;
    opened.set(last, value);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(last);
    return handle;
  };
  const fileOf = (handle: Buffer): FileHandle => {
    const found = opened.get(handle.readUInt32BE());
    if (found === undefined || !('file' in found)) throw new Error('no such handle');
    return found.file;
  };
  const within = (path: string): string => {
    const full = path.startsWith('/') ? path : `${dir}/${path}`;
    if (full !== dir && !full.startsWith(`${dir}/`))
      throw Object.assign(new Error('outside'), { code: 'EACCES' });
    return full;
  };
  /** Answers with what comes of some work, or with its failure. */
  const answer = (id: number, work: () => Promise<void>): void => {
    work().catch((error: NodeJS.ErrnoException) => sftp.status(id, statusOf(error)));
  };
  const ok = (id: number) => sftp.status(id, STATUS_CODE.OK);

  sftp.on('REALPATH', (id, path) =>
    answer(id, async () => {
      const filename = await realpath(within(path));
      sftp.name(id, [{ filename, longname: filename, attrs: {} as Attributes }]);
    }),
  );
  sftp.on('STAT', (id, path) => answer(id, async () => sftp.attrs(id, attrsOf(await stat(within(path))))));
  sftp.on('LSTAT', (id, path) => answer(id, async () => sftp.attrs(id, attrsOf(await lstat(within(path))))));
  sftp.on('OPEN', (id, path, flags) =>
    answer(id, async () => {
      const exclusive = (flags & OPEN_MODE.EXCL) !== 0;
      if (exclusive) standIn.beforeExclusive(path);
      const file = await open(within(path), exclusive ? 'wx' : 'r');
      sftp.handle(id, handleOf({ file }));
    }),
  );
  sftp.on('WRITE', (id, handle, offset, data) =>
    answer(id, async () => {
      await fileOf(handle).write(
        standIn.spoils ? Buffer.alloc(data.length, '!') : data,
        0,
        data.length,
        offset,
      );
      ok(id);
    }),
  );
  sftp.on('READ', (id, handle, offset, length) =>
    answer(id, async () => {
      // Less than was asked for, as servers may answer.
      const bytes = Math.min(length, 10_000);
      const { bytesRead, buffer } = await fileOf(handle).read(Buffer.alloc(bytes), 0, bytes, offset);
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, buffer.subarray(0, bytesRead));
    }),
  );
  sftp.on('CLOSE', (id, handle) =>
    answer(id, async () => {
      const found = opened.get(handle.readUInt32BE());
      opened.delete(handle.readUInt32BE());
      if (found !== undefined && 'file' in found) await found.file.close();
      ok(id);
    }),
  );
  sftp.on('OPENDIR', (id, path) =>
    answer(id, async () => sftp.handle(id, handleOf({ names: await readdir(within(path)) }))),
  );
  sftp.on('READDIR', (id, handle) => {
    const found = opened.get(handle.readUInt32BE());
    const names = found !== undefined && 'names' in found ? found.names.splice(0) : [];
    if (names.length === 0) sftp.status(id, STATUS_CODE.EOF);
    else
      sftp.name(
        id,
        names.map((filename) => ({ filename, longname: filename, attrs: {} as Attributes })),
      );
  });
  sftp.on('REMOVE', (id, path) => answer(id, () => unlink(within(path)).then(() => ok(id))));
  sftp.on('MKDIR', (id, path) => answer(id, () => mkdir(within(path)).then(() => ok(id))));
  sftp.on('RENAME', (id, from, to) =>
    answer(id, async () => {
      standIn.renames += 1;
      if (!standIn.renameReplaces && (await exists(within(to))))
        throw Object.assign(new Error('it is there'), { code: 'EEXIST' });
      await rename(within(from), within(to));
      ok(id);
    }),
  );
};

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

const statusOf = ({ code }: NodeJS.ErrnoException): number => {
  if (code === 'ENOENT') return STATUS_CODE.NO_SUCH_FILE;
  if (code === 'EACCES' || code === 'EPERM') return STATUS_CODE.PERMISSION_DENIED;
  return STATUS_CODE.FAILURE;
};

const attrsOf = ({ mode, uid, gid, size, atimeMs, mtimeMs }: Stats): Attributes => ({
  mode,
  uid,
  gid,
  size,
  atime: Math.floor(atimeMs / 1000),
  mtime: Math.floor(mtimeMs / 1000),
});
