import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Workers } from './faults.ts';

/** One request that is over. */
export interface RecordedRequest {
  method: string;
  /** As it was sent, with its query. */
  path: string;
  /** 0 when the connection ended without an answer. */
  status: number;
  source: string;
  /** The sign-in that was sent, if one was. */
  authorization: string | undefined;
  headers: IncomingMessage['headers'];
  startedAtMs: number;
  durationMs: number;
}

const kept = 10_000;

/** What has been asked of the stand-in: the last ten thousand requests that are over. */
export class RequestRecord {
  readonly #workers: Workers;
  #all: RecordedRequest[] = [];

  constructor(workers: Workers) {
    this.#workers = workers;
  }

  get all(): readonly RecordedRequest[] {
    return this.#all;
  }

  /** The most requests that were being served at one time since the last `clear`. */
  get mostInFlight(): number {
    return this.#workers.busiest;
  }

  get inFlight(): number {
    return this.#workers.busy;
  }

  /** How many wait for a worker. */
  get waiting(): number {
    return this.#workers.waiting;
  }

  /** How many answers were 401. */
  get unauthorized(): number {
    return this.#all.filter(({ status }) => status === 401).length;
  }

  matching(method: string, path: string | RegExp = ''): RecordedRequest[] {
    return this.#all.filter(
      (request) =>
        request.method === method &&
        (typeof path === 'string' ? request.path.includes(path) : path.test(request.path)),
    );
  }

  clear(): void {
    this.#all = [];
    this.#workers.forget();
  }

  add(request: IncomingMessage, response: ServerResponse, startedAtMs: number): void {
    this.#all.push({
      method: request.method ?? '',
      path: request.url ?? '',
      status: response.headersSent ? response.statusCode : 0,
      source: request.socket.remoteAddress ?? '',
      authorization: request.headers.authorization,
      headers: request.headers,
      startedAtMs,
      durationMs: Date.now() - startedAtMs,
    });
    if (this.#all.length > kept) this.#all.shift();
  }
}
