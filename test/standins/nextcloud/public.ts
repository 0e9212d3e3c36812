import { createHash } from 'node:crypto';
import { credentials } from './accounts.ts';
import { readText } from './body.ts';
import { storeBody } from './content.ts';
import { announcedBytes, identity, listing, sendNode } from './dav-files.ts';
import { type Exchange, header, send } from './exchange.ts';
import {
  alreadyThere,
  badRequest,
  conflict,
  DavError,
  forbidden,
  notFound,
  notImplemented,
} from './failures.ts';
import { type Instance, requireSpace } from './instance.ts';
import { requireAllowedName, storedNames } from './names.ts';
import { describeNode, encodeHref, sendMultistatus, wantedDepth, wantedProperties } from './properties.ts';
import { create, isUploadOnly, passwordFits, remove, type ShareRow, update } from './share-rules.ts';
import { type FolderNode, freeName, type Node, pathOf } from './tree.ts';

export const publicRoot = '/public.php/dav/files';

interface PublicCall {
  instance: Instance;
  exchange: Exchange;
  share: ShareRow;
  top: Node;
  names: readonly string[];
}

const notAuthenticated = (message: string): DavError =>
  new DavError(401, 'Sabre\\DAV\\Exception\\NotAuthenticated', message, {
    'www-authenticate': 'Basic realm="Nextcloud"',
  });

/** `/public.php/dav/files/{token}/…`. Throws `DavError`. */
export const servePublic = async (
  instance: Instance,
  exchange: Exchange,
  segments: readonly string[],
): Promise<void> => {
  const [token = '', ...rest] = segments;
  const share = admit(instance, exchange, token);
  const top = instance.shares.nodeOf(share);
  const names = storedNames(rest);
  if (top === undefined || names === undefined) throw notFound(exchange.path);
  const call = { instance, exchange, share, top, names };
  await (isUploadOnly(share) && top.kind === 'folder' ? dropIn({ ...call, top }) : serveOpen(call));
};

/**
 * The share, if the password fits. A wrong password counts as one attempt, none at all as two, an unknown share as one;
 * a locked-out address gets 500, and counts on. An unknown, deleted or expired share is 503, or 401 where a password was
 * sent (all measured on Nextcloud 32.0.1).
 */
const admit = ({ shares, throttle, switches }: Instance, exchange: Exchange, token: string): ShareRow => {
  const { source } = exchange;
  if (throttle.isLocked('share', source)) {
    throttle.count('share', source, 1);
    throw new DavError(500, 'OCP\\Security\\Bruteforce\\MaxDelayReached', 'Reached maximum delay');
  }
  const share = shares.byToken(token);
  const password = credentials(exchange)?.[1];
  const hash = share?.password ?? null;
  if (share !== undefined && hash !== null && password !== undefined && passwordFits(hash, password)) {
    exchange.session = sessionOf(hash);
    return share;
  }
  // Measured on 32.0.1: the session is asked only where no password is given.
  const hasSession =
    switches.publicSessions &&
    password === undefined &&
    header(exchange, 'cookie')?.includes(`oc_standin=${sessionOf(hash)}`) === true;
  if (share !== undefined && (hash === null || hasSession)) return share;
  throttle.count('share', source, share !== undefined && password === undefined ? 2 : 1);
  if (password !== undefined) throw notAuthenticated('Username or password was incorrect');
  if (share !== undefined) throw notAuthenticated('');
  throw new DavError(503, 'Sabre\\DAV\\Exception\\ServiceUnavailable', 'Sabre\\DAV\\Exception\\NotFound: ');
};

const sessionOf = (hash: string | null): string =>
  createHash('sha256')
    .update(hash ?? '')
    .digest('hex');

type DropCall = PublicCall & { top: FolderNode };

/** A file drop: PUT and nothing else; what exists is never replaced, and the final name isn't told. */
const dropIn = async (call: DropCall): Promise<void> => {
  const { instance, exchange, share, names } = call;
  const nickname = nicknameOf(exchange);
  if (exchange.method === 'MKCOL') {
    await readText(exchange);
    if (nickname === undefined) throw needsNickname('when uploading subfolders');
    return send(exchange, 201);
  }
  if (exchange.method !== 'PUT') {
    throw new DavError(405, 'Sabre\\DAV\\Exception\\MethodNotAllowed', 'Only PUT is allowed on files drop', {
      allow: 'OPTIONS, GET, HEAD, DELETE, PROPFIND, PUT, PROPPATCH, COPY, MOVE, REPORT',
    });
  }
  if (isFileRequest(share) && nickname === undefined) throw needsNickname('for file requests');
  if (nickname === undefined && names.length > 1) throw needsNickname('when uploading subfolders');
  const name = names.at(-1);
  if (name === undefined) throw conflict('PUT is not allowed on non-files.');
  requireAllowedName(name);
  const owner = instance.accounts.user(share.owner);
  if (owner !== undefined) requireSpace(instance, owner, `/${name}`, announcedBytes(exchange));
  const folders = [...(nickname === undefined ? [] : [nickname]), ...names.slice(0, -1)];
  const folder = folders.reduce((parent, each) => subfolder(instance, parent, each), call.top);
  const { file, headers } = await storeBody(instance, exchange, folder, freeName(folder, name));
  const { etag, 'oc-etag': ocEtag } = identity(instance, file);
  await send(exchange, 201, { ...headers, etag, 'oc-etag': ocEtag });
};

const needsNickname = (when: string): DavError => badRequest(`A nickname header is required ${when}`);

const isFileRequest = (share: ShareRow): boolean => {
  const attributes = JSON.parse(share.attributes ?? '[]') as {
    scope?: string;
    key?: string;
    value?: unknown;
  }[];
  return attributes.some(
    ({ scope, key, value }) => scope === 'fileRequest' && key === 'enabled' && value === true,
  );
};

const nicknameOf = (exchange: Exchange): string | undefined => {
  const sent = header(exchange, 'x-nc-nickname');
  if (sent === undefined) return undefined;
  const nickname = decodeURIComponent(sent).trim();
  if (nickname === '') return undefined;
  if (nickname.startsWith('.') || /[/\\\0]/.test(nickname)) throw badRequest(`Invalid nickname: ${nickname}`);
  requireAllowedName(nickname);
  return nickname.normalize('NFC');
};

/** A folder of that name, made if need be; where a file has the name, a folder with a number. */
const subfolder = (instance: Instance, parent: FolderNode, name: string): FolderNode => {
  const there = parent.children.get(name);
  if (there?.kind === 'folder') return there;
  return instance.tree.makeFolder(parent, there === undefined ? name : freeName(parent, name));
};

/** A share that may be read: an ordinary folder to anyone with the link. */
const serveOpen = async (call: PublicCall): Promise<void> => {
  const { instance, exchange, share, top, names } = call;
  const node = top.kind === 'folder' ? instance.tree.find(top, names) : top;
  switch (exchange.method) {
    case 'PUT':
      return putOpen(call, node);
    case 'MKCOL':
      return makeOpen(call, node);
    case 'GET':
    case 'HEAD':
      return sendNode(instance, exchange, present(call, node));
    case 'PROPFIND': {
      const wanted = wantedProperties(await readText(exchange));
      const nodes = listing(present(call, node), wantedDepth(exchange));
      const resources = nodes.map((each) => ({
        ...describeNode(instance, each, `${publicRoot}/${share.token}`, pathOf(top)),
      }));
      return sendMultistatus(exchange, resources, wanted);
    }
    case 'DELETE':
      if (node === top || (share.permissions & remove) === 0) throw forbidden('');
      instance.tree.remove(present(call, node));
      await instance.save();
      return send(exchange, 204);
    default:
      throw notImplemented(exchange.method);
  }
};

const present = ({ names }: PublicCall, node: Node | undefined): Node => {
  if (node === undefined) throw notFound(`/${names.map(encodeHref).join('/')}`);
  return node;
};

const parentOf = ({ instance, top, names }: PublicCall): FolderNode => {
  const parent = top.kind === 'folder' ? instance.tree.find(top, names.slice(0, -1)) : undefined;
  if (parent?.kind !== 'folder') throw notFound(`/${names.slice(0, -1).join('/')}`);
  return parent;
};

const putOpen = async (call: PublicCall, there: Node | undefined): Promise<void> => {
  const { instance, exchange, share, names } = call;
  if ((share.permissions & (there === undefined ? create : update)) === 0) throw forbidden('');
  const name = names.at(-1) ?? '';
  requireAllowedName(name);
  const { file, created, headers } = await storeBody(instance, exchange, parentOf(call), name);
  await send(exchange, created ? 201 : 204, { ...headers, ...identity(instance, file) });
};

const makeOpen = async (call: PublicCall, there: Node | undefined): Promise<void> => {
  const { instance, exchange, share, names } = call;
  await readText(exchange);
  if (there !== undefined) throw alreadyThere();
  if ((share.permissions & create) === 0) throw forbidden('');
  requireAllowedName(names.at(-1) ?? '');
  instance.tree.makeFolder(parentOf(call), names.at(-1) ?? '');
  await instance.save();
  await send(exchange, 201);
};
