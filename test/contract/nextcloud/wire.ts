import { once } from 'node:events';
import { connect } from 'node:net';
import { XMLParser } from 'fast-xml-parser';
import { Agent, request } from 'undici';

/** `[name, password]` for basic auth. */
export type Credentials = readonly [string, string];

export interface CallOptions {
  auth?: Credentials | undefined;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** The address to call from, where a lock-out must not hit anybody else. */
  from?: string | undefined;
}

export interface Reply {
  status: number;
  /** By lower-case name; of several the first. */
  headers: Record<string, string>;
  cookies: string[];
  text: string;
}

/** One request as it stands, without a client of ours in between. */
export const call = async (url: string, method: string, options: CallOptions = {}): Promise<Reply> => {
  const dispatcher = options.from === undefined ? undefined : new Agent({ localAddress: options.from });
  const { statusCode, headers, body } = await request(url, {
    method: method as 'GET',
    headers: {
      ...(options.auth === undefined ? {} : { authorization: basic(options.auth) }),
      ...options.headers,
    },
    body: options.body ?? null,
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  const text = await body.text();
  await dispatcher?.close();
  return {
    status: statusCode,
    headers: firstOf(headers),
    cookies: [headers['set-cookie'] ?? []].flat(),
    text,
  };
};

const firstOf = (headers: Record<string, string | string[] | undefined>): Record<string, string> => {
  const first: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const one = Array.isArray(value) ? value[0] : value;
    if (one !== undefined) first[name] = one;
  }
  return first;
};

const basic = ([name, password]: Credentials): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

/** A PUT that promises more bytes than it sends and then hangs up; returns when the connection is closed. */
export const putCutShort = async (url: string, auth: Credentials, promisedBytes: number): Promise<void> => {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port === '' ? '80' : port) });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  const head = `PUT ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: ${basic(auth)}\r\n`;
  socket.write(`${head}Content-Length: ${promisedBytes}\r\n\r\n${'cut'.repeat(promisedBytes / 10)}`);
  socket.end();
  await once(socket.resume(), 'close');
};

/** A path on the wire from a list of names. */
export const encodeNames = (...names: string[]): string =>
  names
    .flatMap((name) => name.split('/'))
    .map(encodeURIComponent)
    .join('/');

/** What a multistatus tells of one thing. Values as text, XML inside as an object; without namespaces. */
export interface Told {
  href: string;
  found: Record<string, unknown>;
  missing: string[];
}

const parser = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: true,
  parseTagValue: false,
  isArray: (name) => name === 'response' || name === 'propstat',
});

interface Multistatus {
  multistatus: {
    response?: { href: string; propstat: { status: string; prop: Record<string, unknown> }[] }[];
  };
}

export const readMultistatus = (text: string): Told[] =>
  ((parser.parse(text) as Multistatus).multistatus.response ?? []).map(({ href, propstat }) => ({
    href,
    found: propstat.find(({ status }) => status.includes(' 200 '))?.prop ?? {},
    missing: Object.keys(propstat.find(({ status }) => status.includes(' 404 '))?.prop ?? {}),
  }));

/** The exception and message of a WebDAV error. */
export const readDavError = (text: string): { exception: string; message: string } => {
  const { error } = parser.parse(text) as { error: { exception: string; message: string } };
  return error;
};

const spaces = 'xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns"';

export const propfindBody = (...names: string[]): string =>
  `<?xml version="1.0"?><d:propfind ${spaces}><d:prop>${names.map((name) => `<${name}/>`).join('')}</d:prop></d:propfind>`;

export const searchBody = (scope: string, since: string, limit: number): string =>
  `<?xml version="1.0"?><d:searchrequest ${spaces}><d:basicsearch>` +
  '<d:select><d:prop><d:displayname/><oc:fileid/><d:getlastmodified/></d:prop></d:select>' +
  `<d:from><d:scope><d:href>${scope}</d:href><d:depth>infinity</d:depth></d:scope></d:from>` +
  `<d:where><d:gt><d:prop><d:getlastmodified/></d:prop><d:literal>${since}</d:literal></d:gt></d:where>` +
  '<d:orderby><d:order><d:prop><d:getlastmodified/></d:prop><d:ascending/></d:order></d:orderby>' +
  `<d:limit><d:nresults>${limit}</d:nresults></d:limit></d:basicsearch></d:searchrequest>`;
