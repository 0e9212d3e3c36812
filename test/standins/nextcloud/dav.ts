import { readText } from './body.ts';
import { serveUploads } from './chunks.ts';
import { serveFiles } from './dav-files.ts';
import type { Exchange } from './exchange.ts';
import { DavError, forbidden, notFound, notImplemented, tooManyLogins } from './failures.ts';
import type { Instance } from './instance.ts';
import { storedNames } from './names.ts';
import { search } from './search.ts';

const notSignedIn = (message: string): DavError =>
  new DavError(401, 'Sabre\\DAV\\Exception\\NotAuthenticated', message, {
    'www-authenticate': 'Basic realm="Nextcloud", charset="UTF-8"',
  });

/** `segments` are what follows `/remote.php/dav`. Throws `DavError`. */
export const serveDav = async (
  instance: Instance,
  exchange: Exchange,
  segments: readonly string[],
): Promise<void> => {
  const signIn = await instance.accounts.signIn(exchange);
  if (signIn.kind === 'locked-out') throw tooManyLogins();
  if (signIn.kind === 'anonymous') throw notSignedIn("No 'Authorization: Basic' header found");
  if (signIn.kind === 'wrong') throw notSignedIn('Username or password was incorrect');
  const { user } = signIn;
  const [area, owner, ...rest] = segments;
  if (area === undefined) {
    if (exchange.method !== 'SEARCH') throw notImplemented(exchange.method);
    return search({ instance, exchange, user, names: [] }, await readText(exchange));
  }
  const names = storedNames(rest);
  if (names === undefined || (area !== 'files' && area !== 'uploads')) throw notFound(exchange.path);
  if (owner !== user.id) {
    if (owner === undefined || instance.accounts.user(owner) === undefined) throw notFound(exchange.path);
    throw forbidden('This is not yours');
  }
  const call = { instance, exchange, user, names };
  await (area === 'files' ? serveFiles(call) : serveUploads(call));
};
