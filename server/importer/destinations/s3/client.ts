import { Readable } from 'node:stream';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { OutgoingClient } from '../../../lib/outgoing/client.ts';
import type { S3Config, S3Secrets } from './config.ts';

/** What the client hands to its HTTP side, as far as it is used here. */
interface SignedRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

const pieceBytes = 64 * 1024;

/** Says "stop" to one request; the client hands it on to its HTTP side. */
interface HandlerOptions {
  abortSignal?: unknown;
}

/**
 * Amazon's client for its signatures and its XML, with our HTTP below it: its addresses are guarded, no redirect is followed,
 * and a system that has fallen silent is noticed. Nothing is taken from this machine's environment or files that would change
 * where requests go or as whom.
 */
export const createS3Client = (config: S3Config, secrets: S3Secrets, http: OutgoingClient): S3Client =>
  new S3Client({
    region: config.region,
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
    forcePathStyle: config.forcePathStyle,
    credentials: {
      accessKeyId: secrets.accessKeyId,
      secretAccessKey: secrets.secretAccessKey,
      ...(secrets.sessionToken === undefined ? {} : { sessionToken: secrets.sessionToken }),
    },
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    useArnRegion: false,
    ignoreConfiguredEndpointUrls: true,
    // The core's work.
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    // Ours are SHA-256 and are always given; systems that know no others refuse what the client would add.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    requestHandler: handlerOver(http) as NonNullable<S3ClientConfig['requestHandler']>,
  });

const handlerOver = (http: OutgoingClient) => ({
  async handle(request: SignedRequest, { abortSignal }: HandlerOptions = {}) {
    const call = {
      method: request.method,
      url: urlOf(request),
      headers: headersOf(request),
      ...(hasBytes(request.body) ? { body: inPieces(request.body) } : {}),
      ...(abortSignal instanceof AbortSignal ? { signal: abortSignal } : {}),
    };
    // Only an object may be long; what is said about it is read within limits.
    if (isObject(request)) {
      const { status, headers, body } = await http.open(call);
      return { response: { statusCode: status, headers, body } };
    }
    const { status, headers, text } = await http.call(call);
    const bytes = Buffer.from(text);
    return {
      response: { statusCode: status, headers, body: Readable.from(bytes.length === 0 ? [] : [bytes]) },
    };
  },
  destroy: () => undefined,
  updateHttpClientConfig: () => undefined,
  httpHandlerConfigs: () => ({}),
});

/** As a stream, so that a part which goes out slowly is not taken for one that has stopped. */
const inPieces = (body: string | Uint8Array) => {
  const bytes =
    typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length);
  const pieces = (function* () {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  })();
  return { stream: Readable.from(pieces, { objectMode: false }), sizeBytes: bytes.length };
};

const isObject = ({ method, query }: SignedRequest): boolean =>
  method === 'GET' && query?.['x-id'] === 'GetObject';

const hasBytes = (body: unknown): body is string | Uint8Array =>
  (typeof body === 'string' || body instanceof Uint8Array) && body.length > 0;

/** The path is encoded already; it must go out as it was signed. */
const urlOf = ({ protocol, hostname, port, path, query = {} }: SignedRequest): string => {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) =>
      one === null || one === '' ? `${encoded(name)}=` : `${encoded(name)}=${encoded(one)}`,
    ),
  );
  const search = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search}`;
};

const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const headersOf = ({ headers }: SignedRequest): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]): [string, string] => [name.toLowerCase(), value])
      // Counted anew from the bytes themselves.
      .filter(([name]) => name !== 'content-length'),
  );
