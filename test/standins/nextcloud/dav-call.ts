import { type Exchange, segmentsOf, splitOnce } from './exchange.ts';
import { badRequest, forbidden } from './failures.ts';
import type { Instance } from './instance.ts';
import { storedNames } from './names.ts';
import type { StandinUser } from './options.ts';

export const davRoot = '/remote.php/dav';

/** A signed-in request below `/remote.php/dav`. */
export interface DavCall {
  instance: Instance;
  exchange: Exchange;
  user: StandinUser;
  /** Below `files/{user}` or `uploads/{user}`, in NFC. */
  names: readonly string[];
}

/** The names below `files/{user}` that a Destination header points to. Throws `DavError` 400 or 403. */
export const destinationOf = ({ exchange, user }: DavCall): string[] => {
  const sent = exchange.request.headers.destination;
  if (typeof sent !== 'string') throw badRequest('The destination header was not supplied');
  const path = sent.startsWith('/') ? sent : `/${splitOnce(splitOnce(sent, '://')[1] ?? '', '/')[1] ?? ''}`;
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    throw badRequest('The destination header can not be decoded');
  }
  if (!decoded.startsWith(`${davRoot}/`)) throw forbidden(`Requested uri (${path}) is out of base uri`);
  const [area, owner, ...rest] = segmentsOf(decoded.slice(davRoot.length));
  const names = storedNames(rest);
  if (area !== 'files' || owner !== user.id || names === undefined || names.length === 0) {
    throw forbidden('The destination is not yours');
  }
  return names;
};
