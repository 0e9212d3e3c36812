import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { finished } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { serveLogo, status } from './cloud.ts';
import { serveDav } from './dav.ts';
import { serveDirect } from './direct.ts';
import { type Effects, type Exchange, openExchange, segmentsOf, send, UnservablePath } from './exchange.ts';
import { badRequest, DavError, notFound, sendDavError, sendProxyPage } from './failures.ts';
import { inflict } from './faults.ts';
import type { Instance } from './instance.ts';
import { serveLoginFlow } from './login-flow.ts';
import { sendOcsError, serveOcs } from './ocs.ts';
import { OcsError } from './ocs-call.ts';
import { servePublic } from './public.ts';
import type { RequestRecord } from './record.ts';

/** The stand-in's HTTP server, not listening yet. */
export const newServer = (instance: Instance, record: RequestRecord): Server => {
  const server = createServer((request, response) => {
    serve(instance, record, request, response).catch((error: unknown) => {
      // Nothing throws here but a bug of the stand-in: make it loud in the test that runs.
      console.error('stand-in:', error);
      request.socket.destroy();
    });
  });
  // As behind nginx: long requests are nobody's business, idle connections are kept for 75 s.
  server.requestTimeout = 0;
  server.headersTimeout = 60_000;
  server.keepAliveTimeout = 75_000;
  return server;
};

const serve = async (
  instance: Instance,
  record: RequestRecord,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const startedAtMs = Date.now();
  const leave = await instance.workers.take();
  const effects: Effects = {};
  try {
    const exchange = openExchange(request, response, effects);
    const costMs = instance.options.requestCostMs ?? 0;
    if (costMs > 0) await wait(costMs);
    const action = instance.faults.strike(exchange);
    const goesOn = action === undefined || (await inflict(action, exchange, refusal(exchange)));
    if (goesOn) await answer(instance, exchange);
  } catch (error) {
    if (!(error instanceof UnservablePath)) throw error;
    response.writeHead(error.status, { 'content-type': 'text/html' }).end();
  } finally {
    // Also when the answer is still on its way, or nobody waits for it any more.
    if (!response.destroyed) await finished(response).catch(() => undefined);
    leave();
    record.add(request, response, startedAtMs);
  }
};

const answer = async (instance: Instance, exchange: Exchange): Promise<void> => {
  try {
    await route(instance, exchange);
  } catch (error) {
    if (error instanceof DavError) await sendDavError(exchange, error);
    // A body that was cut short: there is nobody to answer.
    else if (exchange.request.destroyed || exchange.request.socket.destroyed) return;
    // What it was reading or writing was removed by another request meanwhile.
    else if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      await sendDavError(exchange, notFound(exchange.path));
    else throw error;
  }
};

const route = async (instance: Instance, exchange: Exchange): Promise<void> => {
  const path = exchange.path.startsWith('/index.php/')
    ? exchange.path.slice('/index.php'.length)
    : exchange.path;
  if (path === '/status.php') return sendJson(exchange, status(instance));
  if (instance.switches.maintenance) return refusal(exchange)(503, {});
  const ocs = /^\/ocs\/v([12])\.php(\/.*)$/.exec(path);
  if (ocs !== null) return serveOcs(instance, exchange, ocs[1] === '1' ? 1 : 2, ocs[2] ?? '');
  const segments = segmentsOf(path);
  const [first, second, third] = segments;
  if (first === 'remote.php' && second === 'dav') return serveDav(instance, exchange, segments.slice(2));
  if (first === 'remote.php' && second === 'direct') return serveDirect(instance, exchange, third ?? '');
  if (first === 'public.php' && second === 'dav' && third === 'files') {
    return servePublic(instance, exchange, segments.slice(3));
  }
  // The old address of public shares is of no use for a file drop (measured on Nextcloud 32.0.1).
  if (first === 'public.php' && second === 'webdav') {
    throw badRequest('A nickname header is required when uploading subfolders');
  }
  if (path === '/apps/theming/image/logo' || path === '/core/img/logo/logo.svg')
    return serveLogo(instance, exchange, path);
  if (first === 'login' && second === 'v2') return serveLoginFlow(instance, exchange, path);
  return sendProxyPage(exchange, 404);
};

const sendJson = (exchange: Exchange, body: object): Promise<void> =>
  send(exchange, 200, { 'content-type': 'application/json' }, JSON.stringify(body));

const davRefusals: Record<number, [exception: string, message: string]> = {
  423: ['OCA\\DAV\\Connector\\Sabre\\Exception\\FileLocked', 'The file is locked'],
  429: ['OCA\\DAV\\Connector\\Sabre\\Exception\\TooManyRequests', ''],
  503: ['OCA\\DAV\\Exception\\ServerMaintenanceMode', 'System is in maintenance mode.'],
  507: ['Sabre\\DAV\\Exception\\InsufficientStorage', 'Insufficient space in /, 1 required, 0 available'],
};

/** A refusal in the words that the address it was sent to would use. */
const refusal =
  (exchange: Exchange) =>
  async (status: number, headers: OutgoingHttpHeaders): Promise<void> => {
    for (const [name, value] of Object.entries(headers)) exchange.response.setHeader(name, value ?? '');
    // In the words of whatever is in front of the server.
    if ([404, 413, 502, 504].includes(status)) return sendProxyPage(exchange, status);
    const ocs = /^\/ocs\/v([12])\.php/.exec(exchange.path);
    if (ocs !== null) {
      return sendOcsError(exchange, ocs[1] === '1' ? 1 : 2, new OcsError(status, 'Service unavailable'));
    }
    const [exception, message] = davRefusals[status] ?? ['Exception', 'Internal Server Error'];
    return sendDavError(exchange, new DavError(status, exception, message));
  };
