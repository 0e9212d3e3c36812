import { readText, sendPieces } from './body.ts';
import { storeBody } from './content.ts';
import { type DavCall, davRoot, destinationOf } from './dav-call.ts';
import { type Exchange, header, send } from './exchange.ts';
import {
  alreadyThere,
  badRequest,
  conflict,
  forbidden,
  locked,
  notFound,
  notImplemented,
  preconditionFailed,
} from './failures.ts';
import { type Instance, longFileId, requireSpace } from './instance.ts';
import { requireAllowedName } from './names.ts';
import {
  contentTypeOf,
  type Depth,
  describeNode,
  sendMultistatus,
  wantedDepth,
  wantedProperties,
} from './properties.ts';
import { type FileNode, type FolderNode, isWithin, type Node, pathOf, sizeOf, walk } from './tree.ts';

/** `/remote.php/dav/files/{user}/…`. Throws `DavError`. */
export const serveFiles = async (call: DavCall): Promise<void> => {
  switch (call.exchange.method) {
    case 'GET':
    case 'HEAD':
      return sendNode(call.instance, call.exchange, existing(call));
    case 'PUT':
      return put(call);
    case 'PROPFIND':
      return propfind(call);
    case 'MKCOL':
      return makeFolder(call);
    case 'COPY':
    case 'MOVE':
      return transfer(call);
    case 'DELETE':
      return remove(call);
    case 'OPTIONS':
      return send(call.exchange, 200, { dav: '1, 3, extended-mkcol, access-control' });
    default:
      throw notImplemented(call.exchange.method);
  }
};

const lookUp = ({ instance, user }: DavCall, names: readonly string[]): Node | undefined =>
  instance.tree.find(instance.tree.rootOf(user.id), names);

const existing = (call: DavCall): Node => {
  const node = lookUp(call, call.names);
  if (node === undefined) throw notFound(`/${call.names.join('/')}`);
  return node;
};

/** GET and HEAD of a file; of a folder they are an empty page. */
export const sendNode = (instance: Instance, exchange: Exchange, node: Node): Promise<void> => {
  if (node.kind === 'folder') return send(exchange, 200);
  instance.tree.measure(node);
  const name = encodeURIComponent(node.name);
  const contentType = contentTypeOf(node.name);
  return sendPieces(exchange, {
    pieces: [{ path: instance.tree.diskPath(node), bytes: node.bytes }],
    etag: `"${node.etag}"`,
    modifiedS: node.modifiedS,
    contentType: contentType.startsWith('text/') ? `${contentType};charset=UTF-8` : contentType,
    headers: {
      'content-disposition': `attachment; filename*=UTF-8''${name}; filename="${name}"`,
      ...(node.checksum === undefined ? {} : { 'oc-checksum': node.checksum }),
    },
  });
};

const put = async (call: DavCall): Promise<void> => {
  const { instance, exchange, user, names } = call;
  const parent = lookUp(call, names.slice(0, -1));
  const name = names.at(-1);
  if (name === undefined) throw conflict('PUT is not allowed on non-files.');
  if (parent?.kind !== 'folder') throw notFound(`/${names.slice(0, -1).join('/')}`);
  const there = parent.children.get(name);
  if (there?.kind === 'folder') throw conflict('PUT is not allowed on non-files.');
  requireAllowedName(name);
  requirePreconditions(exchange, there);
  if (header(exchange, 'content-range') !== undefined) {
    throw badRequest('Content-Range on PUT requests are forbidden.');
  }
  requireSpace(instance, user, `/${names.join('/')}`, announcedBytes(exchange));
  const { file, created, headers } = await storeBody(instance, exchange, parent, name);
  await send(exchange, created ? 201 : 204, { ...headers, ...identity(instance, file) });
};

/** The greater of the body's length and `OC-Total-Length`. */
export const announcedBytes = (exchange: Exchange): number =>
  Math.max(Number(header(exchange, 'content-length') ?? 0), Number(header(exchange, 'oc-total-length') ?? 0));

/** Throws `DavError` 412. */
export const requirePreconditions = (exchange: Exchange, there: FileNode | undefined): void => {
  const noneMatch = header(exchange, 'if-none-match');
  const match = header(exchange, 'if-match');
  const etag = there === undefined ? undefined : `"${there.etag}"`;
  if (etag !== undefined && (noneMatch === '*' || noneMatch === etag)) {
    throw preconditionFailed(
      'An If-None-Match header was specified, but the ETag matched (or * was specified).',
    );
  }
  if (match !== undefined && match !== etag && !(match === '*' && etag !== undefined)) {
    throw preconditionFailed('An If-Match header was specified, but none of the specified ETags matched.');
  }
};

export const identity = (instance: Instance, file: FileNode): Record<string, string> => ({
  'oc-fileid': longFileId(instance, file.id),
  etag: `"${file.etag}"`,
  'oc-etag': `"${file.etag}"`,
});

const propfind = async (call: DavCall): Promise<void> => {
  const { instance, exchange, user } = call;
  const wanted = wantedProperties(await readText(exchange));
  const nodes = listing(existing(call), wantedDepth(exchange));
  const base = `${davRoot}/files/${user.id}`;
  const resources = nodes.map((node) => describeNode(instance, node, base));
  await sendMultistatus(exchange, resources, wanted);
};

/** The node itself, then what is in it, by name. */
export const listing = (node: Node, depth: Depth): Node[] => {
  if (depth === 0 || node.kind === 'file') return [node];
  if (depth === 'infinity') return [...walk(node)];
  const children = [...node.children.values()];
  return [node, ...children.sort((a, b) => (a.name < b.name ? -1 : 1))];
};

/** Who asks for a folder that somebody else is making is sent away (measured on Nextcloud 32.0.1). */
const beingMade = new WeakSet<Node>();

const makeFolder = async (call: DavCall): Promise<void> => {
  const { instance, exchange, names } = call;
  await readText(exchange);
  const name = names.at(-1);
  const parent = lookUp(call, names.slice(0, -1));
  // A part file counts as there, whether it is or not (measured on Nextcloud 32.0.1).
  if (name === undefined || name.toLowerCase().endsWith('.part')) throw alreadyThere();
  if (parent?.kind !== 'folder') throw conflict('Parent node does not exist');
  const there = parent.children.get(name);
  if (there !== undefined && beingMade.has(there)) throw locked(`/${names.join('/')}`);
  if (there !== undefined) throw alreadyThere();
  requireAllowedName(name);
  const folder = instance.tree.makeFolder(parent, name);
  beingMade.add(folder);
  await instance.save();
  beingMade.delete(folder);
  await send(exchange, 201, { 'oc-fileid': longFileId(instance, folder.id) });
};

export interface Target {
  parent: FolderNode;
  name: string;
  there: Node | undefined;
}

/** Where a COPY or MOVE goes. Throws `DavError` 400, 403, 409 or 412. */
export const targetOf = (call: DavCall): Target => {
  const names = destinationOf(call);
  const name = names.at(-1) ?? '';
  const overwrite = (header(call.exchange, 'overwrite') ?? 'T').toUpperCase();
  if (overwrite !== 'T' && overwrite !== 'F')
    throw badRequest('The Overwrite header should be either T or F');
  const parent = lookUp(call, names.slice(0, -1));
  if (parent?.kind !== 'folder') throw conflict('The destination node is not found');
  const there = parent.children.get(name);
  if (there !== undefined && overwrite === 'F') {
    throw preconditionFailed('The destination node already exists, and the overwrite header is set to false');
  }
  requireAllowedName(name);
  return { parent, name, there };
};

const transfer = async (call: DavCall): Promise<void> => {
  const { instance, exchange, user } = call;
  const source = existing(call);
  const { parent, name, there } = targetOf(call);
  if (source.parent === undefined) throw forbidden('The home folder stays where it is');
  if (isWithin(parent, source) || there === source) {
    throw conflict('The destination may not be part of the same subtree as the source path.');
  }
  if (exchange.method === 'COPY') {
    requireSpace(instance, user, `${pathOf(parent)}/${name}`, sizeOf(source));
    if (there !== undefined) instance.tree.remove(there);
    const copy = await instance.tree.copy(source, parent, name);
    await instance.save();
    // A COPY tells the file id and no etag (measured on Nextcloud 32.0.1).
    return send(exchange, there === undefined ? 201 : 204, { 'oc-fileid': longFileId(instance, copy.id) });
  }
  if (there !== undefined) instance.tree.remove(there);
  instance.tree.move(source, parent, name);
  await instance.save();
  const headers =
    source.kind === 'file' ? identity(instance, source) : { 'oc-fileid': longFileId(instance, source.id) };
  return send(exchange, there === undefined ? 201 : 204, headers);
};

const remove = async (call: DavCall): Promise<void> => {
  const there = lookUp(call, call.names);
  // Before it is looked for: with If-Match, what is not there is 412 (measured on Nextcloud 32.0.1).
  requirePreconditions(call.exchange, there?.kind === 'file' ? there : undefined);
  const node = existing(call);
  if (node.parent === undefined) throw forbidden('Permission denied to delete home folder');
  call.instance.tree.remove(node);
  await call.instance.save();
  await send(call.exchange, 204);
};
