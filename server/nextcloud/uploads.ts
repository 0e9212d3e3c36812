import { z } from 'zod';
import { callDav, etagOf, findProperties, storedOf, storingHeaders, unquoted } from './dav.ts';
import { unexpected } from './errors.ts';
import { download, filesRoot, isCollection, makeCollection, removeResource, transfer } from './files.ts';
import type { Http } from './http.ts';
import { encodePath, encodeSegment, nameOf, pathBelow } from './paths.ts';
import type { UploadListing, Uploads } from './types.ts';

/** The parts as one file, made by the server as it is read. */
const joinedName = '.file';

/** `Destination` goes on the COPY only, or the server would take its S3 way, with rules of its own for the parts. */
export function createUploads(http: Http, userId: string): Uploads {
  const root = `/remote.php/dav/uploads/${encodeSegment(userId)}`;
  const at = (id: string): string => `${root}/${encodeSegment(id)}`;
  const part = (id: string, name: string): string => `${at(id)}/${encodeSegment(name)}`;

  return {
    begin: (id, options) => makeCollection(http, at(id), options),
    async putPart(id, name, body, options) {
      const reply = await callDav(
        http,
        {
          method: 'PUT',
          path: part(id, name),
          headers: { 'content-type': 'application/octet-stream', ...storingHeaders(options) },
          body: { source: body, sizeBytes: options.sizeBytes },
          signal: options.signal,
        },
        [200, 201, 204],
      );
      return { etag: etagOf(reply.headers), sha256: storedOf(reply.headers).sha256 };
    },
    list: (id, options) => listParts(http, at(id), options?.signal),
    read: async (id, options) => (await download(http, part(id, joinedName), options)).body,
    assemble: (id, targetPath, options) =>
      transfer(http, {
        method: 'COPY',
        from: part(id, joinedName),
        to: `${filesRoot(userId)}${encodePath(targetPath)}`,
        mtime: options.mtime,
        sha256: options.sha256,
        mark: options.mark,
        wantHash: options.wantHash,
        totalBytes: options.totalBytes,
        signal: options.signal,
      }),
    removePart: (id, name, options) => removeResource(http, part(id, name), options),
    remove: (id, options) => removeResource(http, at(id), options),
  };
}

const partProperties = z.object({
  getcontentlength: z.string().regex(/^\d+$/),
  getetag: z.string().catch(''),
});

const listParts = async (
  http: Http,
  path: string,
  signal: AbortSignal | undefined,
): Promise<UploadListing | undefined> => {
  const found = await findProperties(http, { path, depth: 1, signal });
  if (found === undefined) return undefined;
  const listing: UploadListing = { parts: [], joinedBytes: 0 };
  for (const { href, properties } of found) {
    const below = pathBelow(`${http.basePath}${path}`, href);
    if (below === undefined) throw unexpected({ method: 'PROPFIND', path }, 'a part lies elsewhere');
    if (below === '/' || isCollection(properties.resourcetype)) continue;
    const told = partProperties.safeParse(properties);
    if (!told.success) throw unexpected({ method: 'PROPFIND', path }, 'a part has no size');
    const sizeBytes = Number(told.data.getcontentlength);
    const name = nameOf(below);
    if (name === joinedName) listing.joinedBytes = sizeBytes;
    else listing.parts.push({ name, sizeBytes, etag: unquoted(told.data.getetag) });
  }
  listing.parts.sort((a, b) => (a.name < b.name ? -1 : 1));
  return listing;
};
