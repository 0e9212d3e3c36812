import type { Readable } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';
import { Failure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { createSlots, type Slots } from '../lib/slots.ts';
import { type Body, discard, keepQuiet, type Outgoing, openBody } from './body.ts';
import type { Attempt, Circuit } from './circuit.ts';
import { type About, failureOf, type Headers, type TextReply, unexpected } from './errors.ts';
import { type Flight, readingBody, readText, takeOff } from './flight.ts';

/** One request. */
export interface Call {
  method: string;
  /** Encoded, and below the base URL. */
  path: string;
  /** 'account' uses the account's credentials and its circuit; the others leave the circuit alone. */
  auth: 'account' | 'none' | { user: string; password: string };
  headers?: Record<string, string>;
  body?: { source: Body; sizeBytes: number };
  signal?: AbortSignal | undefined;
  /** Nothing is answered until the work is done: an assembly has its own time-out, a removal five of the usual ones. */
  slow?: 'assembly' | 'removal';
  /** Stands for the path in logs and failures, where the path itself is a secret. */
  shownPath?: string;
  /** `If-None-Match: *` or `Overwrite: F` is among the headers. */
  createOnly?: boolean;
  /** What a server might echo and nobody may read. */
  secrets?: readonly string[];
}

/** An answer whose body is still to come. It holds its connection until `body` has ended or is destroyed. */
export interface StreamReply {
  status: number;
  headers: Headers;
  body: Readable;
}

export interface Http {
  readonly baseUrl: URL;
  /** The base URL's path without a slash at its end. */
  readonly basePath: string;
  /** What failures of a call may say. */
  about(call: Call): About;
  /** Sends and reads the whole answer, whatever its status (an account's 401 excepted: that is a failure). */
  text(call: Call): Promise<TextReply>;
  /** Sends; a status that `wanted` doesn't take is a failure, any other answer comes as a stream. */
  stream(call: Call, wanted: (status: number) => boolean): Promise<StreamReply>;
  /** Calls under way fail with `nextcloud.unreachable`. */
  close(): Promise<void>;
}

export interface HttpOptions {
  baseUrl: URL;
  log: Log;
  account?: { user: string; appPassword: string; circuit: Circuit };
  /** Most requests in flight, at least 2; default 8. */
  connections?: number | undefined;
  progressTimeoutMs?: number | undefined;
  assemblyTimeoutMs?: number | undefined;
  /** For counting: status 0 where no answer came. */
  onAnswer?: ((call: { method: string; status: number; seconds: number }) => void) | undefined;
}

const connectTimeoutMs = 10_000;
/** After the last byte of a body a server is given this time more to put it away. Slowest seen: S3, 50 to 60 MiB/s. */
const storedBytesPerMs = 4096;

/**
 * The way to one server for one account. Opens nothing before the first call. Doesn't retry and doesn't follow
 * redirects. Every call: @throws Failure (`nextcloud.*`), what the body's source failed with, or the signal's reason.
 */
export function createHttp(options: HttpOptions): Http {
  const { baseUrl, log, account } = options;
  const progressTimeoutMs = options.progressTimeoutMs ?? 60_000;
  const assemblyTimeoutMs = options.assemblyTimeoutMs ?? 30 * 60_000;
  const slowMs = { assembly: assemblyTimeoutMs, removal: 5 * progressTimeoutMs };
  const connections = Math.max(2, options.connections ?? 8);
  const basePath = baseUrl.pathname.replace(/\/+$/, '');
  const places = createSlots(connections);
  // Who reads a stream may wait for another call of this client (a copy from file to file): streams never take all.
  const readingPlaces = createSlots(Math.floor(connections / 2));
  const pool = new Pool(baseUrl.origin, {
    connections,
    pipelining: 1,
    connectTimeout: Math.min(connectTimeoutMs, progressTimeoutMs),
    // The watch's work: undici would start these before a body is sent and take a slow reader for a stalled server.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const send = async (
    call: Call,
    lanes: Slots[],
  ): Promise<{ reply: Dispatcher.ResponseData; flight: Flight }> => {
    const about = aboutOf(call, account?.appPassword);
    let attempt: Attempt | undefined;
    let flight: Flight | undefined;
    let outgoing: Outgoing | undefined;
    if (call.body !== undefined) keepQuiet(call.body.source);
    try {
      const release = await takeAll(lanes, call.signal);
      flight = takeOff(about, {
        progressTimeoutMs: call.slow === undefined ? progressTimeoutMs : slowMs[call.slow],
        signal: call.signal,
        release,
      });
      if (call.auth === 'account') attempt = account?.circuit.enter();
      outgoing = openOutgoing(call, flight, progressTimeoutMs);
      const startedAtMs = performance.now();
      const answered = (status: number) =>
        options.onAnswer?.({
          method: call.method,
          status,
          seconds: (performance.now() - startedAtMs) / 1000,
        });
      const reply = await pool
        .request({
          method: call.method,
          path: `${basePath}${call.path}`,
          headers: headersOf(call, account),
          body: await bodyFor(call, outgoing),
          signal: flight.signal,
        })
        .catch((error: unknown) => {
          answered(0);
          throw error;
        });
      answered(reply.statusCode);
      reply.body.on('error', () => {});
      flight.watch.touch();
      log.debug({ method: about.method, path: about.path, status: reply.statusCode }, 'nextcloud answered');
      await settle(attempt, reply, flight);
      if (outgoing?.delivered === false && reply.statusCode < 300) {
        reply.body.destroy();
        throw unexpected(about, 'it answered before the whole body was sent', { status: reply.statusCode });
      }
      return { reply, flight };
    } catch (error) {
      attempt?.unclear();
      flight?.end();
      discard(call.body?.source, outgoing);
      throw outgoing?.sourceError ?? flight?.meaningOf(error) ?? error;
    }
  };

  return {
    baseUrl,
    basePath,
    about: (call) => aboutOf(call, account?.appPassword),
    async text(call) {
      const { reply, flight } = await send(call, [places]);
      return { status: reply.statusCode, headers: reply.headers, text: await readText(reply.body, flight) };
    },
    async stream(call, wanted) {
      const { reply, flight } = await send(call, [readingPlaces, places]);
      const { statusCode: status, headers } = reply;
      if (wanted(status)) return { status, headers, body: readingBody(reply.body, flight) };
      throw failureOf({ status, headers, text: await readText(reply.body, flight) }, flight.about);
    },
    close: () => pool.destroy(),
  };
}

const aboutOf = (call: Call, appPassword: string | undefined): About => ({
  method: call.method,
  path: call.shownPath ?? call.path,
  createOnly: call.createOnly ?? false,
  secrets: [...(call.secrets ?? []), ...(appPassword === undefined ? [] : [appPassword])],
});

const takeAll = async (lanes: Slots[], signal: AbortSignal | undefined): Promise<() => void> => {
  const taken: (() => void)[] = [];
  const release = (): void => {
    for (const giveBack of taken) giveBack();
  };
  try {
    for (const lane of lanes) taken.push(await lane.take(signal));
    return release;
  } catch (error) {
    release();
    throw error;
  }
};

const openOutgoing = (call: Call, flight: Flight, progressTimeoutMs: number): Outgoing | undefined => {
  if (call.body === undefined) return undefined;
  const { source, sizeBytes } = call.body;
  return openBody(source, sizeBytes, {
    moved: flight.watch.touch,
    delivered: () => flight.watch.allow(progressTimeoutMs + sizeBytes / storedBytesPerMs),
  });
};

/** An empty body is read too, for it might not be empty; then none is given, and undici says `Content-Length: 0`. */
const bodyFor = async (call: Call, outgoing: Outgoing | undefined): Promise<Readable | null> => {
  if (outgoing === undefined) return null;
  if (call.body?.sizeBytes !== 0) return outgoing.stream;
  for await (const _ of outgoing.stream);
  return null;
};

const headersOf = (
  call: Call,
  account: { user: string; appPassword: string } | undefined,
): Record<string, string> => {
  const auth =
    call.auth === 'account' && account !== undefined
      ? { user: account.user, password: account.appPassword }
      : call.auth;
  return {
    'user-agent': 'Uketori',
    ...call.headers,
    ...(typeof auth === 'string'
      ? {}
      : { authorization: `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}` }),
    ...(call.body === undefined ? {} : { 'content-length': String(call.body.sizeBytes) }),
  };
};

/** Statuses that Nextcloud gives only to somebody whom it knows. */
const knownToServer: readonly number[] = [404, 409, 412, 423, 507];

/** @throws Failure `nextcloud.credentials-refused`, with the time of the next probe */
const settle = async (
  attempt: Attempt | undefined,
  reply: Dispatcher.ResponseData,
  flight: Flight,
): Promise<void> => {
  if (attempt === undefined) return;
  const status = reply.statusCode;
  if (status === 401) {
    const { retry } = attempt.refused();
    const text = await readText(reply.body, flight);
    const { details } = failureOf({ status, headers: reply.headers, text }, flight.about);
    throw new Failure('nextcloud.credentials-refused', { retry, details });
  }
  if ((status >= 200 && status < 300) || knownToServer.includes(status)) attempt.accepted();
  else attempt.unclear();
};
