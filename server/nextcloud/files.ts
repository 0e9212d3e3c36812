import { Readable } from 'node:stream';
import { z } from 'zod';
import { Failure } from '../lib/failure.ts';
import {
  callDav,
  etagOf,
  findProperties,
  markType,
  type Resource,
  storedOf,
  storingHeaders,
  unquoted,
} from './dav.ts';
import { headerOf, unexpected } from './errors.ts';
import type { Call, Http, StreamReply } from './http.ts';
import { encodePath, encodeSegment, nameOf, pathBelow } from './paths.ts';
import type { ByteRange, CallOptions, Download, Entry, Files } from './types.ts';

/** The account's files over WebDAV. `userId` is Nextcloud's name for the account, which may differ from the sign-in. */
export function createFiles(http: Http, userId: string): Files {
  const root = filesRoot(userId);
  const at = (path: string): string => `${root}${encodePath(path)}`;
  const entriesOf = (resources: Resource[]): Entry[] =>
    resources.filter(isStored).map((resource) => entryOf(resource, `${http.basePath}${root}`));

  const stat: Files['stat'] = async (path, options) => {
    const found = await findProperties(http, { path: at(path), depth: 0, signal: options?.signal });
    return found === undefined ? undefined : entriesOf(found)[0];
  };

  return {
    stat,
    async list(path, options) {
      const found = await findProperties(http, { path: at(path), depth: 1, signal: options?.signal });
      if (found === undefined)
        throw new Failure('nextcloud.not-found', { details: { method: 'PROPFIND', path: at(path) } });
      const asked = encodePath(path) === '' ? '/' : decodeURIComponent(encodePath(path));
      return entriesOf(found).filter((entry) => entry.path !== asked);
    },
    get: (path, options) => download(http, at(path), options),
    async put(path, body, options) {
      const reply = await callDav(
        http,
        {
          method: 'PUT',
          path: at(path),
          headers: {
            'content-type': 'application/octet-stream',
            ...(options.createOnly === true ? { 'if-none-match': '*' } : {}),
            ...storingHeaders(options),
          },
          body: { source: body, sizeBytes: options.sizeBytes },
          createOnly: options.createOnly ?? false,
          signal: options.signal,
        },
        [200, 201, 204],
      );
      return storedOf(reply.headers);
    },
    makeDirectory: async (path, options) => {
      const made = await makeCollection(http, at(path), options);
      if (made === 'existed' && (await stat(path, options))?.kind === 'file')
        throw new Failure('nextcloud.exists', {
          details: { method: 'MKCOL', path: at(path), reason: 'a file has the name' },
        });
      return made;
    },
    move: (from, to, options) => transfer(http, { method: 'MOVE', from: at(from), to: at(to), ...options }),
    copy: (from, to, options) => transfer(http, { method: 'COPY', from: at(from), to: at(to), ...options }),
    remove: (path, options) => removeResource(http, at(path), options),
  };
}

export const filesRoot = (userId: string): string => `/remote.php/dav/files/${encodeSegment(userId)}`;

/** MOVE or COPY to a free name. Without a body there is no Content-Length: a 0 makes an empty file on S3 storage. */
export async function transfer(
  http: Http,
  call: CallOptions & {
    method: 'MOVE' | 'COPY';
    from: string;
    to: string;
    mtime?: Date | undefined;
    sha256?: string | undefined;
    mark?: string | undefined;
    wantHash?: boolean;
    totalBytes?: number;
  },
): Promise<ReturnType<typeof storedOf>> {
  const reply = await callDav(
    http,
    {
      method: call.method,
      path: call.from,
      headers: {
        destination: `${http.baseUrl.origin}${http.basePath}${call.to}`,
        overwrite: 'F',
        ...storingHeaders(call),
      },
      createOnly: true,
      slow: 'assembly',
      signal: call.signal,
    },
    [201, 204],
  );
  return storedOf(reply.headers);
}

export async function makeCollection(
  http: Http,
  path: string,
  options?: CallOptions,
): Promise<'created' | 'existed'> {
  const reply = await callDav(http, { method: 'MKCOL', path, signal: options?.signal }, [201, 405]);
  return reply.status === 201 ? 'created' : 'existed';
}

export async function removeResource(
  http: Http,
  path: string,
  options?: CallOptions & { etag?: string },
): Promise<'removed' | 'absent'> {
  // Heeded for DELETE as well: 412 when the file has another ETag, and when there is none (measured on Nextcloud 32.0.1).
  const headers: Record<string, string> = options?.etag ? { 'if-match': `"${options.etag}"` } : {};
  const call = { method: 'DELETE', path, headers, slow: 'removal', signal: options?.signal } as const;
  const reply = await callDav(http, call, [200, 204, 404, 412]);
  return reply.status === 404 || reply.status === 412 ? 'absent' : 'removed';
}

/** GET. Takes only an answer whose length is known and that is the range which was asked for. */
export async function download(
  http: Http,
  path: string,
  options: (CallOptions & { range?: ByteRange | undefined }) | undefined,
): Promise<Download> {
  const range = options?.range;
  const call: Call = {
    method: 'GET',
    path,
    auth: 'account',
    headers: range === undefined ? {} : { range: `bytes=${range.startByte}-${range.endByte ?? ''}` },
    signal: options?.signal,
  };
  const reply = await http.stream(call, (status) => status === 200 || status === 206);
  const told = { etag: etagOf(reply.headers), fileId: storedOf(reply.headers).fileId };
  const length = headerOf(reply.headers, 'content-length');
  if (told.etag !== '' && length !== undefined && isRange(reply, range))
    return { body: reply.body, sizeBytes: Number(length), ...told };
  if (length === undefined && told.etag !== '' && (await isEmpty(reply)))
    return { body: Readable.from([]), sizeBytes: 0, ...told };
  reply.body.destroy();
  const reason = told.etag === '' ? 'probably a folder' : 'not the range that was asked for, or of no length';
  throw unexpected(http.about(call), reason, { status: reply.status });
}

const isRange = (reply: StreamReply, range: ByteRange | undefined): boolean => {
  if (range === undefined) return reply.status === 200;
  const start = `bytes ${range.startByte}-`;
  return reply.status === 206 && headerOf(reply.headers, 'content-range')?.startsWith(start) === true;
};

/** An empty file comes without a length, a range of it with 200; a folder as well, but without an ETag (measured on Nextcloud 32.0.1). */
const isEmpty = async (reply: StreamReply): Promise<boolean> => {
  for await (const chunk of reply.body as AsyncIterable<Buffer>) if (chunk.length > 0) return false;
  return true;
};

const text = z.string().optional();
const properties = z.object({
  getlastmodified: text,
  getetag: text,
  getcontentlength: text,
  resourcetype: z.unknown().optional(),
  fileid: z.string(),
  size: text,
  checksums: z
    .object({ checksum: z.array(z.string()) })
    .partial()
    .or(z.string())
    .optional(),
  permissions: text,
  upload_time: text,
});

/** Asked for `x.part`, a server makes up an empty file that has no id (measured on Nextcloud 32.0.1). */
const isStored = ({ properties }: Resource): boolean => 'fileid' in properties;

const entryOf = (resource: Resource, root: string): Entry => {
  const about = { method: 'PROPFIND', path: root };
  const path = pathBelow(root, resource.href);
  const found = properties.safeParse(resource.properties);
  if (path === undefined) throw unexpected(about, 'an entry lies elsewhere');
  if (!found.success) throw unexpected(about, 'an entry lacks properties', { name: path });
  const { data } = found;
  const kind = isCollection(data.resourcetype) ? 'directory' : 'file';
  return {
    path,
    name: nameOf(path),
    kind,
    sizeBytes: Number((kind === 'file' ? data.getcontentlength : undefined) ?? data.size ?? 0),
    fileId: Number(data.fileid),
    etag: unquoted(data.getetag ?? ''),
    modifiedAt: data.getlastmodified === undefined ? undefined : new Date(data.getlastmodified),
    uploadedAt: data.upload_time === undefined ? undefined : new Date(Number(data.upload_time) * 1000),
    claimedSha256: checksumIn(data.checksums, /\bSHA256:([0-9a-f]{64})\b/i)?.toLowerCase(),
    mark: checksumIn(data.checksums, markPattern),
    permissions: data.permissions ?? '',
  };
};

export const isCollection = (resourceType: unknown): boolean =>
  typeof resourceType === 'object' && resourceType !== null && 'collection' in resourceType;

const markPattern = new RegExp(`\\b${markType}:(\\S+)`);

const checksumIn = (
  checksums: z.infer<typeof properties>['checksums'],
  pattern: RegExp,
): string | undefined =>
  typeof checksums === 'object' ? pattern.exec(checksums.checksum?.join(' ') ?? '')?.[1] : undefined;
