import { once } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** What a fault does to one request while it is being served. */
export interface Effects {
  /** Instead of the true answer, once the work is done. */
  instead?:
    | { kind: 'reply'; status: number; headers: OutgoingHttpHeaders }
    | { kind: 'drop' }
    | { kind: 'hang' };
  /** An assembly that stores nothing and says 201, as when S3 fails half-way. */
  hollow?: boolean;
  wrongHash?: boolean;
  replyBytesPerSecond?: number;
  cutReplyAfterBytes?: number;
  dropAfterBodyBytes?: number;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** Percent-decoded, as nginx hands it on: `%2F` is a slash like any other. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly source: string;
  readonly origin: string;
  readonly effects: Effects;
  /** What the cookie of its session says. */
  session: string;
}

/** The path can't be decoded or holds what nginx refuses before Nextcloud sees it. */
export class UnservablePath extends Error {
  readonly status: number;
  constructor(status: number) {
    super('unservable path');
    this.status = status;
  }
}

/** Throws `UnservablePath`. */
export const openExchange = (
  request: IncomingMessage,
  response: ServerResponse,
  effects: Effects,
): Exchange => {
  const [rawPath, rawQuery] = splitOnce(request.url ?? '/', '?');
  return {
    request,
    response,
    method: request.method ?? 'GET',
    path: decodePath(rawPath),
    query: new URLSearchParams(rawQuery),
    source: request.socket.remoteAddress ?? '',
    origin: `http://${request.headers.host ?? '127.0.0.1'}`,
    effects,
    session: 'nobody',
  };
};

export const splitOnce = (text: string, separator: string): [string, string | undefined] => {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
};

/** A newline is 404 and NUL is 400, both from nginx (measured on Nextcloud 32.0.1 behind nginx). */
export const decodePath = (rawPath: string): string => {
  let path: string;
  try {
    path = decodeURIComponent(rawPath);
  } catch {
    throw new UnservablePath(400);
  }
  if (path.includes('\0')) throw new UnservablePath(400);
  if (path.includes('\n')) throw new UnservablePath(404);
  return path;
};

/** The names on a decoded path, without the empty ones. */
export const segmentsOf = (path: string): string[] => path.split('/').filter((name) => name !== '');

export const header = (exchange: Exchange, name: string): string | undefined => {
  const value = exchange.request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** Answers, or does what a fault wants done in the answer's place. */
export const send = async (
  exchange: Exchange,
  status: number,
  headers: OutgoingHttpHeaders = {},
  body: string | Buffer = '',
): Promise<void> => {
  const { instead } = exchange.effects;
  if (instead?.kind === 'drop') return drop(exchange);
  if (instead?.kind === 'hang') return hang(exchange);
  if (instead?.kind === 'reply') return write(exchange, instead.status, instead.headers, '');
  return write(exchange, status, headers, body);
};

const write = async (
  exchange: Exchange,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string | Buffer,
): Promise<void> => {
  const { response } = exchange;
  if (response.destroyed || response.writableEnded) return;
  response.writeHead(status, {
    'content-type': 'text/html; charset=UTF-8',
    'content-length': Buffer.byteLength(body),
    ...commonHeaders(exchange),
    ...headers,
  });
  response.end(exchange.method === 'HEAD' || status === 204 || status === 304 ? undefined : body);
};

/** Cuts the connection without an answer. */
export const drop = (exchange: Exchange): void => {
  exchange.request.socket.destroy();
};

/** Never answers; returns when the other side has given up. Holds its worker all the while. */
export const hang = async (exchange: Exchange): Promise<void> => {
  if (!exchange.response.destroyed) await once(exchange.response, 'close');
};

/** A real server sets four cookies on a client that brings none. */
export const commonHeaders = (exchange: Exchange): OutgoingHttpHeaders =>
  exchange.request.headers.cookie === undefined
    ? {
        'set-cookie': [
          'oc_sessionPassphrase=standin; path=/; HttpOnly; SameSite=Lax',
          'nc_sameSiteCookielax=true; path=/; HttpOnly; SameSite=lax',
          'nc_sameSiteCookiestrict=true; path=/; HttpOnly; SameSite=strict',
          `oc_standin=${exchange.session}; path=/; HttpOnly; SameSite=Lax`,
        ],
      }
    : {};
