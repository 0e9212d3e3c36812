import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { Failure, type FailureCode, isFailure, type Retry } from '../lib/failure.ts';

export type Headers = Record<string, string | string[] | undefined>;

/** A whole answer, as text. */
export interface TextReply {
  status: number;
  headers: Headers;
  text: string;
}

/** What a failure says of the call: never a header, a credential or a share's token. */
export interface About {
  method: string;
  path: string;
  /** Its create-only condition was sent: 412 means that the name is taken. */
  createOnly?: boolean;
  /** Values that a server might echo and that must not get into details. */
  secrets?: readonly string[];
}

const longestRetryAfterMs = 24 * 60 * 60_000;
const redirectAdvice =
  'the server redirects: the base URL is probably wrong (http instead of https, another host, a missing path)';

const xml = new XMLParser({ removeNSPrefix: true, ignoreAttributes: true, parseTagValue: false });

/** @throws whatever keeps the text from being well-formed XML */
export function parseXml(parser: XMLParser, text: string): unknown {
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new Error(valid.err.code);
  return parser.parse(text);
}

/** The failure that an answer of an unwanted status means. */
export function failureOf(reply: TextReply, about: About): Failure {
  const said = whatItSaid(reply, about.secrets ?? []);
  const details: Record<string, unknown> = {
    status: reply.status,
    method: about.method,
    path: about.path,
    ...said,
    ...(reply.status >= 300 && reply.status < 400 ? { advice: redirectAdvice } : {}),
  };
  if (reply.status === 404 && !isOwnWord(reply))
    return unexpected(about, 'a 404 that is not of Nextcloud', { status: 404 });
  const code = said.exception?.endsWith('MaxDelayReached') ? 'nextcloud.throttled' : codeOf(reply, about);
  return new Failure(code, { retry: retryOf(code, reply), details });
}

/** The failure for an answer that is not what the protocol says. It may come from something in between: try later. */
export const unexpected = (about: About, reason: string, more: Record<string, unknown> = {}): Failure =>
  new Failure('nextcloud.unexpected-reply', {
    retry: 'later',
    details: { method: about.method, path: about.path, reason, ...more },
  });

/** What a broken connection means; a `Failure` stays what it is. */
export function networkFailure(error: unknown, about: About): Failure {
  if (isFailure(error)) return error;
  const errorCode = networkCodeOf(error);
  const details = { method: about.method, path: about.path, errorCode };
  if (errorCode === 'UND_ERR_INVALID_ARG') return new Failure('internal', { details, cause: error });
  const isOtherProtocol = errorCode === 'HTTPParserError' || errorCode?.startsWith('HPE_') === true;
  const code = isOtherProtocol ? 'nextcloud.unexpected-reply' : 'nextcloud.unreachable';
  return new Failure(code, { retry: 'later', details, cause: error });
}

export const stalled = (about: About, afterMs: number): Failure =>
  new Failure('nextcloud.stalled', {
    retry: 'later',
    details: { method: about.method, path: about.path, afterMs: Math.round(afterMs) },
  });

export const headerOf = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const codes: Readonly<Record<number, FailureCode>> = {
  401: 'nextcloud.credentials-refused',
  403: 'nextcloud.forbidden',
  404: 'nextcloud.not-found',
  408: 'nextcloud.unreachable',
  409: 'nextcloud.conflict',
  423: 'nextcloud.locked',
  425: 'nextcloud.throttled',
  429: 'nextcloud.throttled',
  503: 'nextcloud.maintenance',
  507: 'nextcloud.out-of-space',
};

const codeOf = (reply: TextReply, about: About): FailureCode => {
  if (reply.status === 412) return about.createOnly ? 'nextcloud.exists' : 'nextcloud.rejected';
  const known = codes[reply.status];
  if (known !== undefined) return known;
  if (reply.status >= 500) return 'nextcloud.failed';
  return reply.status >= 400 ? 'nextcloud.rejected' : 'nextcloud.unexpected-reply';
};

const laterCodes: readonly FailureCode[] = [
  'nextcloud.failed',
  'nextcloud.locked',
  'nextcloud.maintenance',
  'nextcloud.throttled',
  'nextcloud.unreachable',
];

const retryOf = (code: FailureCode, reply: TextReply): Retry => {
  if (!laterCodes.includes(code)) return 'never';
  const afterMs = retryAfterMs(headerOf(reply.headers, 'retry-after'));
  return afterMs === undefined ? 'later' : { afterMs };
};

/** Seconds or an HTTP date; undefined when absent or unreadable. */
const retryAfterMs = (value: string | undefined): number | undefined => {
  if (value === undefined) return undefined;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestRetryAfterMs) : undefined;
};

/** The server's own words: a DAV error's exception and message, or those of an OCS envelope. */
const whatItSaid = (
  reply: TextReply,
  secrets: readonly string[],
): { exception?: string; message?: string } => {
  const found = fromXml(reply.text) ?? fromJson(reply.text) ?? {};
  const clean = (text: unknown): string | undefined => {
    if (typeof text !== 'string' || text === '') return undefined;
    return secrets
      .filter((secret) => secret !== '')
      .reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
      .slice(0, 500);
  };
  const exception = clean(found.exception);
  const message = clean(found.message);
  return { ...(exception === undefined ? {} : { exception }), ...(message === undefined ? {} : { message }) };
};

/**
 * Whether Nextcloud itself says so. Danger: a proxy in front of it answers a 404 of its own while Nextcloud starts, and
 * what was taken for gone would be given up.
 */
export const isOwnWord = ({ text }: TextReply): boolean =>
  fromXml(text) !== undefined || ocsIn(text)?.ocs !== undefined;

type Said = { exception?: unknown; message?: unknown };

const fromXml = (text: string): Said | undefined => {
  if (!text.trimStart().startsWith('<?xml')) return undefined;
  try {
    const parsed = parseXml(xml, text) as { error?: Said; ocs?: { meta?: Said } };
    return parsed.error ?? parsed.ocs?.meta;
  } catch {
    return undefined;
  }
};

const fromJson = (text: string): Said | undefined => {
  const parsed = ocsIn(text);
  return parsed?.ocs?.meta ?? { message: parsed?.message };
};

const ocsIn = (text: string): { ocs?: { meta?: Said }; message?: unknown } | undefined => {
  try {
    return (JSON.parse(text) as { ocs?: { meta?: Said }; message?: unknown } | null) ?? undefined;
  } catch {
    return undefined;
  }
};

/** A connection attempt to several addresses fails with an AggregateError; its first code says enough. */
const networkCodeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return networkCodeOf(error.errors[0]);
  return error.cause === undefined ? error.name : networkCodeOf(error.cause);
};
