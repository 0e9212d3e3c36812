import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  type Piece,
  readPieces,
  readText,
  receive,
  sendPieces,
  temporaryIn,
  temporaryPrefix,
  wantedHashes,
  writeFile,
} from './body.ts';
import { commit, hashHeaders, requireTime } from './content.ts';
import { type DavCall, davRoot, destinationOf } from './dav-call.ts';
import { identity, targetOf } from './dav-files.ts';
import { header, send } from './exchange.ts';
import { alreadyThere, badRequest, conflict, forbidden, notFound, notImplemented } from './failures.ts';
import { type Instance, longFileId, requireSpace, uploadsFolder } from './instance.ts';
import { compareNaturally, requireAllowedName } from './names.ts';
import {
  encodeHref,
  httpDate,
  type Resource,
  sendMultistatus,
  wantedDepth,
  wantedProperties,
} from './properties.ts';
import { pathOf } from './tree.ts';

interface Part extends Piece {
  name: string;
  etag: string;
  modifiedS: number;
}

const joined = '.file';

/** `/remote.php/dav/uploads/{user}/{id}/{part}`: classic chunking. Throws `DavError`. */
export const serveUploads = async (call: DavCall): Promise<void> => {
  const [id, part, ...deeper] = call.names;
  const home = uploadsFolder(call.instance, call.user.id);
  mkdirSync(home, { recursive: true });
  if (id === undefined) return listUploads(call, home);
  if (deeper.length > 0) throw notFound(`/${call.names.slice(0, -1).join('/')}`);
  const folder = join(home, id);
  const { method } = call.exchange;
  if (method === 'MKCOL') return makeUpload(call, folder, part);
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) throw notFound(`/${id}`);
  // Whoever deletes the joined file deletes the upload (measured on Nextcloud 32.0.1).
  if (method === 'DELETE' && (part === undefined || part === joined)) {
    rmSync(folder, { recursive: true });
    return send(call.exchange, 204);
  }
  if (part === undefined) return listUpload(call, id, folder);
  if (part === joined) return serveJoined(call, id, folder);
  return servePart(call, id, folder, part);
};

const makeUpload = async (call: DavCall, folder: string, part: string | undefined): Promise<void> => {
  await readText(call.exchange);
  if (part !== undefined) throw forbidden(`Permission denied to create file (filename ${part})`);
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) throw alreadyThere();
  mkdirSync(folder);
  await send(call.exchange, 201);
};

const servePart = async (call: DavCall, id: string, folder: string, name: string): Promise<void> => {
  const { exchange } = call;
  if (exchange.method === 'PUT') return putPart(call, folder, name);
  const part = partsIn(folder).find((each) => each.name === name);
  if (part === undefined) throw notFound(`/${id}/${name}`);
  if (exchange.method === 'DELETE') {
    rmSync(part.path);
    return send(exchange, 204);
  }
  if (exchange.method === 'PROPFIND') return describe(call, [partResource(call, id, part)]);
  return sendBytes(call, [part], part.etag, part.modifiedS);
};

const putPart = async (call: DavCall, folder: string, name: string): Promise<void> => {
  const { instance, exchange, user } = call;
  requireAllowedName(name);
  const path = join(folder, name);
  // The quota is looked at only for a new part that tells the target and the whole length (measured on Nextcloud 32.0.1).
  const total = header(exchange, 'oc-total-length');
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  if (!isThere && total !== undefined && exchange.request.headers.destination !== undefined) {
    requireSpace(instance, user, `/${destinationOf(call).join('/')}`, Number(total));
  }
  const temporary = temporaryIn(folder);
  const { bytes, digests } = await receive(exchange, temporary);
  const isNew = statSync(path, { throwIfNoEntry: false }) === undefined;
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) throw notFound(folder);
  renameSync(temporary, path);
  const headers = await hashHeaders(instance, exchange, digests, bytes, path);
  // A new part has no etag; a replaced one has (measured on Nextcloud 32.0.1).
  const etag = isNew ? undefined : `"${partOf(folder, name).etag}"`;
  const etags = etag === undefined ? {} : { etag, 'oc-etag': etag };
  await send(exchange, isNew ? 201 : 204, { ...headers, ...etags });
};

const serveJoined = async (call: DavCall, id: string, folder: string): Promise<void> => {
  const parts = partsIn(folder);
  switch (call.exchange.method) {
    case 'PUT':
      throw forbidden('Permission denied to put into this file');
    case 'PROPFIND':
      return describe(call, [joinedResource(call, id, folder, parts)]);
    case 'GET':
    case 'HEAD':
      return sendBytes(call, parts, tagOf(folder), modifiedS(folder));
    case 'COPY':
    case 'MOVE':
      return assemble(call, folder, parts);
    default:
      throw notImplemented(call.exchange.method);
  }
};

/**
 * The parts, joined, at the target. MOVE compares their sum with `OC-Total-Length` and the quota, and takes the parts
 * away; COPY looks at neither and leaves them (measured on Nextcloud 32.0.1).
 */
const assemble = async (call: DavCall, folder: string, parts: readonly Part[]): Promise<void> => {
  const { instance, exchange, user } = call;
  requireTime(exchange);
  const { parent, name, there } = targetOf(call);
  if (there?.kind === 'folder') throw conflict('The destination is a folder');
  const isMove = exchange.method === 'MOVE';
  const bytes = sumOf(parts);
  if (isMove) {
    requireSpace(instance, user, `${pathOf(parent)}/${name}`, bytes);
    requireSum(call, bytes);
  }
  if (exchange.effects.hollow === true) {
    if (isMove) rmSync(folder, { recursive: true });
    return send(exchange, 201, { etag: '' });
  }
  const temporary = temporaryIn(instance.tree.diskPath(parent));
  const { digests } = await writeFile(Readable.from(readPieces(parts)), temporary, wantedHashes(exchange));
  // A COPY puts a new file in the place of an old one, a MOVE writes into it.
  if (!isMove && there !== undefined) instance.tree.remove(there);
  const { file, headers } = await commit(instance, exchange, { parent, name, temporary, bytes, digests });
  if (isMove) rmSync(folder, { recursive: true, force: true });
  const told = isMove ? identity(instance, file) : { 'oc-fileid': longFileId(instance, file.id) };
  await send(exchange, there === undefined ? 201 : 204, { ...headers, ...told });
};

const requireSum = ({ exchange }: DavCall, bytes: number): void => {
  const total = header(exchange, 'oc-total-length');
  if (total === undefined || Number(total) === bytes) return;
  throw badRequest(`Chunks on server do not sum up to ${total} but to ${bytes} bytes`);
};

const sendBytes = (
  call: DavCall,
  pieces: readonly Piece[],
  etag: string,
  modifiedAtS: number,
): Promise<void> => {
  const { exchange } = call;
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') throw notImplemented(exchange.method);
  return sendPieces(exchange, {
    pieces,
    etag: `"${etag}"`,
    modifiedS: modifiedAtS,
    contentType: 'application/octet-stream',
  });
};

const listUploads = async (call: DavCall, home: string): Promise<void> => {
  if (call.exchange.method !== 'PROPFIND') throw notImplemented(call.exchange.method);
  const ids = wantedDepth(call.exchange) === 0 ? [] : readdirSync(home);
  const resources = ids.map((id) => folderResource(call, `/${id}`, join(home, id)));
  await describe(call, [folderResource(call, '', home), ...resources]);
};

const listUpload = async (call: DavCall, id: string, folder: string): Promise<void> => {
  if (call.exchange.method !== 'PROPFIND') throw notImplemented(call.exchange.method);
  const self = folderResource(call, `/${id}`, folder);
  if (wantedDepth(call.exchange) === 0) return describe(call, [self]);
  const parts = partsIn(folder);
  const resources = parts.map((part) => partResource(call, id, part));
  return describe(call, [self, joinedResource(call, id, folder, parts), ...resources]);
};

const describe = async ({ exchange }: DavCall, resources: readonly Resource[]): Promise<void> =>
  sendMultistatus(exchange, resources, wantedProperties(await readText(exchange)));

const baseOf = ({ user }: DavCall): string => `${davRoot}/uploads/${user.id}`;

const folderResource = (call: DavCall, below: string, folder: string): Resource => ({
  href: `${encodeHref(baseOf(call) + below)}/`,
  properties: new Map([
    ['d:getlastmodified', httpDate(modifiedS(folder))],
    ['d:resourcetype', '<d:collection/>'],
  ]),
});

/** Neither a file id nor `oc:size`: parts are no files yet. */
const partResource = (call: DavCall, id: string, part: Part): Resource => ({
  href: encodeHref(`${baseOf(call)}/${id}/${part.name}`),
  properties: new Map([
    ['d:getlastmodified', httpDate(part.modifiedS)],
    ['d:getcontentlength', String(part.bytes)],
    ['d:resourcetype', ''],
    ['d:getetag', `&quot;${part.etag}&quot;`],
    ['d:getcontenttype', 'application/octet-stream'],
  ]),
});

const joinedResource = (call: DavCall, id: string, folder: string, parts: readonly Part[]): Resource =>
  partResource(call, id, {
    name: joined,
    path: folder,
    bytes: sumOf(parts),
    etag: tagOf(folder),
    modifiedS: modifiedS(folder),
  });

const sumOf = (parts: readonly Part[]): number => parts.reduce((sum, part) => sum + part.bytes, 0);

/** In the order in which they are joined. */
const partsIn = (folder: string): Part[] =>
  readdirSync(folder)
    .filter((name) => !name.startsWith(temporaryPrefix))
    .sort(compareNaturally)
    .map((name) => partOf(folder, name));

const partOf = (folder: string, name: string): Part => {
  const path = join(folder, name);
  return { name, path, bytes: statSync(path).size, etag: tagOf(path), modifiedS: modifiedS(path) };
};

const modifiedS = (path: string): number => Math.floor(statSync(path).mtimeMs / 1000);

const tagOf = (path: string): string => {
  const { ino, mtimeMs, size } = statSync(path);
  return createHash('md5').update(`${ino} ${mtimeMs} ${size}`).digest('hex');
};

const dayMs = 24 * 60 * 60 * 1000;

/** The background job: removes the uploads that nobody has touched for a day before `nowMs`; returns their ids. */
export const removeStaleUploads = (instance: Instance, nowMs: number): string[] => {
  const removed: string[] = [];
  for (const user of instance.accounts.users) {
    const home = uploadsFolder(instance, user.id);
    mkdirSync(home, { recursive: true });
    for (const id of readdirSync(home)) {
      const folder = join(home, id);
      const times = [folder, ...readdirSync(folder).map((name) => join(folder, name))];
      if (times.some((path) => statSync(path).mtimeMs >= nowMs - dayMs)) continue;
      rmSync(folder, { recursive: true });
      removed.push(id);
    }
  }
  return removed;
};
