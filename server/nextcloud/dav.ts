import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import {
  failureOf,
  type Headers,
  headerOf,
  isOwnWord,
  parseXml,
  type TextReply,
  unexpected,
} from './errors.ts';
import type { Call, Http } from './http.ts';
import type { Stored } from './types.ts';

/** One resource of a multistatus answer, with the properties that it has. */
export interface Resource {
  href: string;
  properties: Readonly<Record<string, unknown>>;
}

/** Sends a DAV request of the account. @throws Failure unless the status is among `wanted` */
export async function callDav(
  http: Http,
  call: Omit<Call, 'auth'>,
  wanted: readonly number[],
): Promise<TextReply> {
  const request: Call = { ...call, auth: 'account' };
  const reply = await http.text(request);
  const isFalse404 = reply.status === 404 && !isOwnWord(reply);
  if (isFalse404 || !wanted.includes(reply.status)) throw failureOf(reply, http.about(request));
  return reply;
}

/** PROPFIND. @returns undefined when there is no such resource */
export async function findProperties(
  http: Http,
  call: { path: string; depth: 0 | 1; signal: AbortSignal | undefined },
): Promise<Resource[] | undefined> {
  const request = {
    method: 'PROPFIND',
    path: call.path,
    headers: { depth: String(call.depth), 'content-type': 'application/xml; charset=utf-8' },
    body: { source: propertyQuery, sizeBytes: propertyQuery.length },
    signal: call.signal,
  };
  const reply = await callDav(http, request, [207, 404]);
  if (reply.status === 404) return undefined;
  try {
    return multistatus.parse(parseXml(xml, reply.text)).multistatus.response.map((response) => ({
      href: response.href,
      properties: Object.assign({}, ...response.propstat.filter(isFound).map(({ prop }) => prop)),
    }));
  } catch (cause) {
    throw unexpected(http.about({ ...request, auth: 'account' }), 'not a multistatus answer', {
      cause: String(cause),
    });
  }
}

/** What the headers of PUT, COPY and MOVE tell. The file id is padded and followed by the instance's name. */
export const storedOf = (headers: Headers): Stored => {
  const fileId = /^\d+/.exec(headerOf(headers, 'oc-fileid') ?? '')?.[0];
  return {
    fileId: fileId === undefined ? undefined : Number(fileId),
    etag: etagOf(headers),
    sha256: headerOf(headers, 'x-hash-sha256')?.toLowerCase(),
  };
};

/** '' without one. */
export const etagOf = (headers: Headers): string =>
  unquoted(headerOf(headers, 'etag') ?? headerOf(headers, 'oc-etag') ?? '');

export const unquoted = (etag: string): string => etag.replace(/^W\//, '').replaceAll('"', '');

/**
 * A mark of ours goes beside the checksum, as one of another type. Nextcloud keeps any, word for word, until the content
 * is changed by whoever else (measured on 32.0.1); clients look for the types that they know.
 */
export const markType = 'UKETORI';

/** Headers that say what is being stored. */
export const storingHeaders = (file: {
  mtime?: Date | undefined;
  sha256?: string | undefined;
  mark?: string | undefined;
  wantHash?: boolean | undefined;
  totalBytes?: number | undefined;
}): Record<string, string> => {
  const checksums = [
    ...(file.sha256 === undefined ? [] : [`SHA256:${file.sha256}`]),
    ...(file.mark === undefined ? [] : [`${markType}:${file.mark}`]),
  ];
  const mtimeSeconds = file.mtime === undefined ? 0 : Math.floor(file.mtime.getTime() / 1000);
  return {
    ...(mtimeSeconds > oneDaySeconds ? { 'x-oc-mtime': String(mtimeSeconds) } : {}),
    ...(checksums.length === 0 ? {} : { 'oc-checksum': checksums.join(' ') }),
    ...(file.wantHash === true ? { 'x-hash': 'sha256' } : {}),
    ...(file.totalBytes === undefined ? {} : { 'oc-total-length': String(file.totalBytes) }),
  };
};

/** Times up to here are answered with 500 (measured on Nextcloud 32.0.1). */
const oneDaySeconds = 24 * 60 * 60;

const isFound = (propstat: { status: string }): boolean => / 2\d\d( |$)/.test(propstat.status);

const xml = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  isArray: (name) => name === 'response' || name === 'propstat' || name === 'checksum',
});

const propertiesOrNone = z.record(z.string(), z.unknown()).or(z.string().transform(() => ({})));

const multistatus = z.object({
  multistatus: z.object({
    response: z.array(
      z.object({
        href: z.string(),
        propstat: z.array(z.object({ prop: propertiesOrNone, status: z.string() })),
      }),
    ),
  }),
});

const propertyQuery = Buffer.from(
  '<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns">' +
    '<d:prop><d:getlastmodified/><d:getetag/><d:getcontentlength/><d:resourcetype/>' +
    '<oc:fileid/><oc:size/><oc:checksums/><oc:permissions/><nc:upload_time/></d:prop></d:propfind>',
);
