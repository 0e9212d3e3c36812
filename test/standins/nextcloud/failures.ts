import { escapeXml } from './escape.ts';
import { type Exchange, send } from './exchange.ts';

/** A refusal on the WebDAV side; written as the XML that Nextcloud writes. */
export class DavError extends Error {
  readonly status: number;
  readonly exception: string;
  readonly headers: Record<string, string>;

  constructor(status: number, exception: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.exception = exception;
    this.headers = headers;
  }
}

const sabre = (name: string): string => `Sabre\\DAV\\Exception\\${name}`;

export const badRequest = (message: string): DavError => new DavError(400, sabre('BadRequest'), message);
export const forbidden = (message: string): DavError => new DavError(403, sabre('Forbidden'), message);
export const notFound = (path: string): DavError =>
  new DavError(404, sabre('NotFound'), `File with name ${path} could not be located`);
export const conflict = (message: string): DavError => new DavError(409, sabre('Conflict'), message);
export const alreadyThere = (): DavError =>
  new DavError(405, sabre('MethodNotAllowed'), 'The resource you tried to create already exists', {
    allow: 'OPTIONS, GET, HEAD, DELETE, PROPFIND, PUT, PROPPATCH, COPY, MOVE, REPORT',
  });
export const preconditionFailed = (message: string): DavError =>
  new DavError(412, sabre('PreconditionFailed'), message);
export const locked = (path: string): DavError =>
  new DavError(423, 'OCA\\DAV\\Connector\\Sabre\\Exception\\FileLocked', `"${path}" is locked`);
export const invalidPath = (message: string): DavError =>
  new DavError(400, 'OCA\\DAV\\Connector\\Sabre\\Exception\\InvalidPath', message);
export const outOfSpace = (path: string, neededBytes: number, freeBytes: number): DavError =>
  new DavError(
    507,
    sabre('InsufficientStorage'),
    `Insufficient space in ${path}, ${neededBytes} required, ${freeBytes} available`,
  );
export const notImplemented = (method: string): DavError =>
  new DavError(501, sabre('NotImplemented'), `No plugin was willing to handle this ${method} method.`);
export const tooManyLogins = (): DavError =>
  new DavError(429, 'OCA\\DAV\\Connector\\Sabre\\Exception\\TooManyRequests', '');

export const davErrorXml = (exception: string, message: string): string =>
  `<?xml version="1.0" encoding="utf-8"?>\n<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">\n` +
  `  <s:exception>${escapeXml(exception)}</s:exception>\n  <s:message>${escapeXml(message)}</s:message>\n</d:error>\n`;

export const sendDavError = (exchange: Exchange, error: DavError): Promise<void> =>
  send(
    exchange,
    error.status,
    { 'content-type': 'application/xml; charset=utf-8', ...error.headers },
    davErrorXml(error.exception, error.message),
  );

/** What the proxy in front says in its own name (400, 404, 502, 504). */
export const sendProxyPage = (exchange: Exchange, status: number): Promise<void> =>
  send(exchange, status, { 'content-type': 'text/html' }, `<html><body><h1>${status}</h1></body></html>\r\n`);
