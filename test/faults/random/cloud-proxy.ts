import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** What goes wrong. "After" means that Nextcloud has done the work and only its answer is lost or false. */
export type CloudAction =
  | { answer: number; headers: Record<string, string>; when: 'at-once' | 'when-read' | 'after' }
  | { cut: 'before' | 'after' }
  /** The connection is cut within the request's body, or the answer's, at this share of its length. */
  | { cutBodyAt: number }
  | { cutAnswerAt: number }
  /** Until the rule is removed. */
  | { hold: 'before' | 'after' }
  | { delayMs: number }
  | { bytesPerSecond: number };

export interface CloudRule {
  method?: string;
  /** Against the path as it is sent. */
  path?: RegExp;
  /** Asked for each request that matches; left out: all are hit. */
  hits?: () => boolean;
  action: CloudAction;
}

export interface CloudFault {
  readonly hits: number;
  /** Lets go of what is held. */
  remove(): void;
}

/** A way from the portals to Nextcloud that can be made a bad one. Bodies are passed on as they come. */
export interface CloudProxy {
  /** Without a slash at the end. */
  readonly url: string;
  /** Requests that are held now. */
  readonly holding: number;
  /** Sign-ins of the account that Nextcloud refused (401). */
  readonly refusedSignIns: number;
  set(rule: CloudRule): CloudFault;
  /** What was asked, what came of it, and what was done to it: the requests whose path holds a text. */
  linesAbout(text: string): string[];
  close(): Promise<void>;
}

const mostLines = 50_000;

class SetFault implements CloudFault {
  readonly rule: CloudRule;
  hits = 0;
  readonly removed: Promise<void>;
  remove: () => void = () => undefined;

  constructor(rule: CloudRule, forget: (fault: SetFault) => void) {
    this.rule = rule;
    this.removed = new Promise((resolve) => {
      this.remove = () => {
        forget(this);
        resolve();
      };
    });
  }

  strikes({ method, url = '' }: IncomingMessage): boolean {
    const { rule } = this;
    if (rule.method !== undefined && rule.method !== method) return false;
    if (rule.path !== undefined && !rule.path.test(url)) return false;
    if (rule.hits?.() === false) return false;
    this.hits += 1;
    return true;
  }
}

/** @param stamp how the time of a line is told */
export const startCloudProxy = async (cloudUrl: string, stamp: () => string): Promise<CloudProxy> => {
  const cloud = new URL(cloudUrl);
  const faults = new Set<SetFault>();
  const lines: string[] = [];
  const state = { holding: 0, refusedSignIns: 0 };

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const fault = [...faults].find((each) => each.strikes(incoming));
    const told = { status: 'no answer' };
    // Later it may know it no more.
    const { socket } = incoming;
    try {
      await new Passage(cloud, incoming, outgoing, (status) => {
        told.status = String(status);
        if (status === 401 && incoming.url?.startsWith('/public.php') !== true) state.refusedSignIns += 1;
      }).go(fault?.rule.action, async () => {
        state.holding += 1;
        await Promise.race([fault?.removed, once(outgoing, 'close')]);
        state.holding -= 1;
      });
    } catch {
      socket.destroy();
    }
    const done = fault === undefined ? '' : ` (${JSON.stringify(fault.rule.action)})`;
    lines.push(`${stamp()} ${incoming.method} ${decoded(incoming.url ?? '')}: ${told.status}${done}`);
    if (lines.length > mostLines) lines.shift();
  };

  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing));
  Object.assign(server, { requestTimeout: 0, keepAliveTimeout: 75_000 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${cloud.pathname.replace(/\/+$/, '')}`,
    get holding() {
      return state.holding;
    },
    get refusedSignIns() {
      return state.refusedSignIns;
    },
    set(rule) {
      const fault = new SetFault(rule, (gone) => faults.delete(gone));
      faults.add(fault);
      return fault;
    },
    linesAbout: (text) => lines.filter((line) => line.includes(text)),
    async close() {
      for (const fault of faults) fault.remove();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

/** One request on its way through. */
class Passage {
  readonly #cloud: URL;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  readonly #socket: Socket;
  readonly #answered: (status: number) => void;

  /** @param answered hears what Nextcloud has answered, whatever the portal is told */
  constructor(
    cloud: URL,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    answered: (status: number) => void,
  ) {
    this.#cloud = cloud;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#socket = incoming.socket;
    this.#answered = answered;
  }

  /** @param hold resolves when what is held may go on @throws Error when either side breaks */
  async go(action: CloudAction | undefined, hold: () => Promise<void>): Promise<void> {
    if (action === undefined) return this.#handOn(await this.#forward());
    if ('delayMs' in action) {
      await delay(action.delayMs);
      return this.#handOn(await this.#forward());
    }
    if ('answer' in action) return this.#answerWith(action);
    if ('cut' in action) return this.#cut(action.cut);
    if ('hold' in action) return this.#hold(action.hold, hold);
    if ('cutBodyAt' in action) return this.#cutBody(action.cutBodyAt);
    if ('cutAnswerAt' in action) return this.#cutAnswer(action.cutAnswerAt);
    const slowly = throttle(action.bytesPerSecond);
    return this.#handOn(await this.#forward(slowly), slowly);
  }

  async #answerWith(action: Extract<CloudAction, { answer: number }>): Promise<void> {
    if (action.when === 'after') await this.#workIsDone();
    else if (action.when === 'when-read') await finished(this.#incoming.resume());
    const isProxys = [403, 404, 413, 502, 504].includes(action.answer);
    const type = isProxys ? 'text/plain' : 'application/xml';
    const text = isProxys ? `${action.answer} page not found` : davError;
    this.#outgoing.writeHead(action.answer, { 'content-type': type, ...action.headers });
    this.#outgoing.end(this.#incoming.method === 'HEAD' ? undefined : text);
    await finished(this.#outgoing);
    // What is left of the body is not read, as by a server that refuses early.
    if (!this.#incoming.complete) this.#socket.destroy();
  }

  async #cut(when: 'before' | 'after'): Promise<void> {
    if (when === 'after') await this.#workIsDone();
    this.#socket.destroy();
  }

  async #hold(when: 'before' | 'after', hold: () => Promise<void>): Promise<void> {
    if (when === 'before') {
      await hold();
      return this.#handOn(await this.#forward());
    }
    const answer = await this.#forward();
    await hold();
    return this.#handOn(answer);
  }

  async #cutBody(share: number): Promise<void> {
    const limitBytes = Math.floor(Number(this.#incoming.headers['content-length'] ?? 0) * share);
    await this.#forward(cutAfter(limitBytes));
    this.#socket.destroy();
  }

  async #cutAnswer(share: number): Promise<void> {
    const answer = await this.#forward();
    const limitBytes = Math.floor(Number(answer.headers['content-length'] ?? 0) * share);
    await this.#handOn(answer, cutAfter(limitBytes));
  }

  async #workIsDone(): Promise<void> {
    const answer = await this.#forward();
    await finished(answer.resume());
  }

  /** @param through what the body is passed through */
  #forward(through?: Through): Promise<IncomingMessage> {
    const { headers, method, url } = this.#incoming;
    const ask = this.#cloud.protocol === 'https:' ? secureRequest : request;
    const call = ask({
      hostname: this.#cloud.hostname,
      port: this.#cloud.port,
      method,
      path: url,
      headers: { ...headers, host: this.#cloud.host, connection: 'close' },
      agent: false,
    });
    // A request without a body must not get a Content-Length by us.
    call.useChunkedEncodingByDefault = false;
    this.#outgoing.once('close', () => call.destroy());
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    return new Promise((resolve, reject) => {
      call.once('error', reject);
      call.once('response', (answer) => {
        this.#answered(answer.statusCode ?? 0);
        resolve(answer);
      });
      if (!hasBody) call.end();
      else pipeline(through?.(this.#incoming) ?? this.#incoming, call, (error) => error && reject(error));
    });
  }

  async #handOn(answer: IncomingMessage, through?: Through): Promise<void> {
    const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers } = answer.headers;
    this.#outgoing.writeHead(answer.statusCode ?? 502, headers);
    await new Promise<void>((resolve, reject) => {
      pipeline(through?.(answer) ?? answer, this.#outgoing, (error) => (error ? reject(error) : resolve()));
    });
  }
}

type Through = (source: Readable) => Readable;

const throttle =
  (bytesPerSecond: number): Through =>
  (source) =>
    Readable.from(slowly(source, bytesPerSecond), { objectMode: false });

async function* slowly(source: AsyncIterable<Buffer>, bytesPerSecond: number): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    await delay((chunk.length * 1000) / bytesPerSecond);
    yield chunk;
  }
}

const davError = `<?xml version="1.0"?><d:error xmlns:d="DAV:"><s:message>a fault</s:message></d:error>`;

const cutAfter =
  (limitBytes: number): Through =>
  (source) =>
    Readable.from(upTo(source, limitBytes), { objectMode: false });

async function* upTo(source: AsyncIterable<Buffer>, limitBytes: number): AsyncGenerator<Buffer> {
  let passedBytes = 0;
  for await (const chunk of source) {
    yield chunk.subarray(0, Math.max(0, limitBytes - passedBytes));
    passedBytes += chunk.length;
    if (passedBytes >= limitBytes) throw new Error('cut by a fault');
  }
}
