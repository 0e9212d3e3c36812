import { randomBytes } from 'node:crypto';
import { sendPieces } from './body.ts';
import type { Exchange } from './exchange.ts';
import { DavError, forbidden } from './failures.ts';
import type { Instance } from './instance.ts';
import { type OcsCall, OcsError } from './ocs-call.ts';
import { contentTypeOf } from './properties.ts';

const defaultLifetimeS = 8 * 60 * 60;
const longestLifetimeS = 24 * 60 * 60;

/** `POST …/dav/api/v1/direct`: an address of one file that needs no credentials, for up to a day. */
export const createDirectLink = async ({
  instance,
  exchange,
  signIn,
  parameters,
}: OcsCall): Promise<unknown> => {
  const node = instance.tree.byId(Number(parameters.get('fileId')));
  if (node === undefined || node.owner !== signIn.user.id) throw new OcsError(404, '');
  if (node.kind === 'folder') throw new OcsError(400, 'Direct download only works for files');
  const lifetimeS = Number(parameters.get('expirationTime') ?? defaultLifetimeS);
  if (!(lifetimeS > 0 && lifetimeS <= longestLifetimeS)) {
    throw new OcsError(400, 'Expiration time should be greater than 0 and less than or equal to 86400');
  }
  const token = randomBytes(45).toString('base64url');
  instance.directLinks.set(token, {
    token,
    fileId: node.id,
    expiresAtMs: instance.nowMs() + lifetimeS * 1000,
  });
  await instance.save();
  return { url: `${exchange.origin}/remote.php/direct/${token}` };
};

/** `/remote.php/direct/{token}`. Throws `DavError`. */
export const serveDirect = async (instance: Instance, exchange: Exchange, token: string): Promise<void> => {
  const link = instance.directLinks.get(token);
  const node = link === undefined ? undefined : instance.tree.byId(link.fileId);
  if (link === undefined || link.expiresAtMs <= instance.nowMs() || node?.kind !== 'file') {
    throw new DavError(404, 'Sabre\\DAV\\Exception\\NotFound', '');
  }
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') throw forbidden('');
  await sendPieces(exchange, {
    pieces: [{ path: instance.tree.diskPath(node), bytes: node.bytes }],
    // Without quotes, unlike everywhere else (measured on Nextcloud 32.0.1).
    etag: node.etag,
    modifiedS: node.modifiedS,
    contentType: contentTypeOf(node.name),
  });
};
