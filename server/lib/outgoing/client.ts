import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';
import { Failure, isFailure } from '../failure.ts';
import { startWatch } from '../watch.ts';
import type { AddressGuard } from './guard.ts';
import { type FormPart, multipartForm } from './multipart.ts';

export interface OutgoingCall {
  method: string;
  url: string | URL;
  headers?: Record<string, string>;
  body?:
    | { json: unknown }
    | { text: string; contentType: string }
    | { bytes: Buffer; contentType?: string }
    | { stream: Readable; sizeBytes: number; contentType?: string }
    | { form: readonly FormPart[] };
  signal?: AbortSignal;
  /** Most bytes of the answer that are read; default 4 MiB. More is `destination.unavailable`. */
  mostAnswerBytes?: number;
}

export interface OutgoingReply {
  status: number;
  /** Names in lower case; of a header that came twice, the first. */
  headers: Readonly<Record<string, string>>;
  text: string;
  /** @throws Failure `destination.unavailable` (later) when it is no JSON: a proxy may have answered */
  json(): unknown;
}

/** A reply whose body is still to be read; it holds its connection until that has ended or is destroyed. */
export interface OutgoingStream {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Readable;
}

/**
 * The way to systems outside, for everything that speaks HTTP. Any status is an answer; no redirect is followed.
 * Streams go out as they come, with their length. A time-out means that nothing has moved, not that it took long.
 * @throws Failure `destination.address-refused`, `destination.unavailable` (later), what a body's stream failed with, or
 *   the signal's reason
 */
export interface OutgoingClient {
  call(call: OutgoingCall): Promise<OutgoingReply>;
  /** The same, with the answer as a stream. */
  open(call: OutgoingCall): Promise<OutgoingStream>;
  close(): Promise<void>;
}

export interface OutgoingOptions {
  guard: AddressGuard;
  /** Without a byte either way; default 60 s. */
  progressTimeoutMs?: number;
}

const connectTimeoutMs = 10_000;
const answerLimitBytes = 4 * 1024 * 1024;

export const createOutgoingClient = ({
  guard,
  progressTimeoutMs = 60_000,
}: OutgoingOptions): OutgoingClient => {
  const agent = new Agent({
    connect: guardedConnector(guard),
    pipelining: 1,
    // The watch's work, which knows whether the body is still moving.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const open = async (call: OutgoingCall): Promise<OutgoingStream> => {
    const host = new URL(call.url).host;
    const controller = new AbortController();
    const stalled = () =>
      controller.abort(
        new Failure('destination.unavailable', { retry: 'later', details: { host, stalled: true } }),
      );
    const watch = startWatch(progressTimeoutMs, stalled);
    const giveUp = () => controller.abort(call.signal?.reason);
    const end = () => {
      watch.stop();
      call.signal?.removeEventListener('abort', giveUp);
    };
    const outgoing = bodyOf(call.body);
    let sourceError: unknown;
    outgoing.stream?.on('error', (error) => {
      sourceError ??= error;
    });
    outgoing.stream?.on('data', () => watch.touch()).pause();
    try {
      call.signal?.throwIfAborted();
      call.signal?.addEventListener('abort', giveUp, { once: true });
      const reply = await request(call.url, {
        method: call.method,
        headers: { ...outgoing.headers, ...call.headers },
        body: outgoing.stream ?? outgoing.bytes ?? null,
        signal: controller.signal,
        dispatcher: agent,
      });
      watch.touch();
      reply.body.on('data', () => watch.touch()).pause();
      reply.body.once('close', end);
      reply.body.on('error', () => undefined);
      return { status: reply.statusCode, headers: plainHeaders(reply.headers), body: reply.body };
    } catch (error) {
      end();
      outgoing.stream?.destroy();
      throw meaningOf(error, controller.signal, sourceError, host);
    }
  };
  return {
    open,
    async call(call) {
      const { status, headers, body } = await open(call);
      const host = new URL(call.url).host;
      const chunks: Buffer[] = [];
      let readBytes = 0;
      try {
        for await (const chunk of body as AsyncIterable<Buffer>) {
          readBytes += chunk.length;
          if (readBytes > (call.mostAnswerBytes ?? answerLimitBytes))
            throw unavailable(host, { reason: 'the answer is too long' });
          chunks.push(chunk);
        }
      } catch (error) {
        if (isFailure(error)) throw error;
        call.signal?.throwIfAborted();
        throw unavailable(host, { reason: 'the answer broke off' }, error);
      }
      const text = Buffer.concat(chunks).toString('utf8');
      return { status, headers, text, json: () => parsed(text, host, status) };
    },
    close: () => agent.close(),
  };
};

/** Refuses a host that is a forbidden address, and a name that resolves to nothing else. */
const guardedConnector = (guard: AddressGuard): buildConnector.connector => {
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    lookup: guard.lookup,
  });
  return (options, callback) => {
    try {
      if (isIP(options.hostname.replace(/^\[|\]$/g, '')) !== 0) guard.requireAllowed(options.hostname);
    } catch (error) {
      callback(error as Error, null);
      return;
    }
    connect(options, callback);
  };
};

interface Sent {
  headers: Record<string, string>;
  stream?: Readable;
  bytes?: Buffer | string;
}

const bodyOf = (body: OutgoingCall['body']): Sent => {
  if (body === undefined) return { headers: {} };
  if ('json' in body)
    return { headers: { 'content-type': 'application/json' }, bytes: JSON.stringify(body.json) };
  if ('text' in body) return { headers: { 'content-type': body.contentType }, bytes: body.text };
  const typed: Record<string, string> =
    'contentType' in body && body.contentType !== undefined ? { 'content-type': body.contentType } : {};
  if ('bytes' in body) return { headers: typed, bytes: body.bytes };
  if ('stream' in body)
    return { headers: { ...typed, 'content-length': String(body.sizeBytes) }, stream: body.stream };
  const form = multipartForm(body.form);
  return {
    headers: { 'content-type': form.contentType, 'content-length': String(form.sizeBytes) },
    stream: form.stream,
  };
};

const plainHeaders = (headers: Dispatcher.ResponseData['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const first = Array.isArray(value) ? value[0] : value;
      return first === undefined ? [] : [[name.toLowerCase(), first]];
    }),
  );

/** What was sent is at fault before the connection is: its error is why the connection broke. */
const meaningOf = (error: unknown, signal: AbortSignal, sourceError: unknown, host: string): unknown => {
  if (sourceError !== undefined) return sourceError;
  if (signal.aborted) return signal.reason;
  const inner = error instanceof Error && isFailure(error.cause) ? error.cause : error;
  if (isFailure(inner)) return inner;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return unavailable(host, { reason: code ?? 'the connection broke' }, error);
};

const unavailable = (host: string, details: Record<string, unknown>, cause?: unknown): Failure =>
  new Failure('destination.unavailable', { retry: 'later', details: { host, ...details }, cause });

const parsed = (text: string, host: string, status: number): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw unavailable(host, { reason: 'the answer is no JSON', status });
  }
};
