import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

/** One message, as it came. */
export interface ReceivedMessage {
  id: string;
  headers: IncomingHttpHeaders;
  text: string;
  /** By the verifier that the specification's authors publish. */
  isVerified: boolean;
}

export interface TakenFile {
  name: string;
  sizeBytes: number;
  sha256: string;
}

/**
 * What becomes of the next message: a status in its place, before it is looked at; silence; or an answer that is lost
 * after everything has been done.
 */
export type Mishap =
  | { status: number; headers?: Record<string, string>; body?: string | Buffer }
  | 'silent'
  | 'answer-lost';

/** A receiver of Standard Webhooks on 127.0.0.1 that takes files over by the links in a message, once for each id. */
export interface Receiver {
  /** `/hook` takes messages; `/gone` answers 410, `/moved` 302 to `/hook`, anything else 404. */
  url: string;
  received: ReceivedMessage[];
  /** By the key of the delivery. One that could not be fetched whole is not there. */
  taken: Map<string, TakenFile[][]>;
  next(mishap: Mishap): void;
  close(): Promise<void>;
}

interface Told {
  type: string;
  data: {
    deliveryKey: string;
    files: { path: string; sizeBytes: number; sha256: string; download: { url: string } }[];
  };
}

export interface ReceiverOptions {
  signingSecret: string;
  /** Demanded of every message, where it is set. */
  header?: [name: string, value: string];
  /** Default 127.0.0.1. */
  host?: string;
}

export const startReceiver = async (options: ReceiverOptions): Promise<Receiver> => {
  const { signingSecret, header, host = '127.0.0.1' } = options;
  const verifier = new Webhook(signingSecret);
  const mishaps: Mishap[] = [];
  const received: ReceivedMessage[] = [];
  const taken: Receiver['taken'] = new Map();
  /** By the id of the message: what has been begun is not begun again. */
  const work = new Map<string, Promise<number>>();

  const take = async ({ data }: Told): Promise<number> => {
    const files: TakenFile[] = [];
    for (const file of data.files) {
      const bytes = await fetched(file.download.url);
      const sha256 = bytes && createHash('sha256').update(bytes).digest('hex');
      if (bytes === undefined || sha256 !== file.sha256) return 503;
      files.push({ name: file.path, sizeBytes: bytes.length, sha256 });
    }
    taken.set(data.deliveryKey, [...(taken.get(data.deliveryKey) ?? []), files]);
    return 200;
  };

  const takeOnce = async (id: string, told: Told): Promise<number> => {
    const begun = work.get(id) ?? take(told);
    work.set(id, begun);
    const status = await begun;
    if (status !== 200) work.delete(id);
    return status;
  };

  const statusFor = async (message: ReceivedMessage): Promise<number> => {
    if (!message.isVerified) return 401;
    if (header !== undefined && message.headers[header[0].toLowerCase()] !== header[1]) return 403;
    const told = JSON.parse(message.text) as Told;
    return told.type === 'uketori.delivery' ? takeOnce(message.id, told) : 204;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = (await buffer(request)).toString();
    const message = {
      id: String(request.headers['webhook-id']),
      headers: request.headers,
      text,
      isVerified: isVerified(verifier, text, request.headers),
    };
    received.push(message);
    const mishap = mishaps.shift();
    if (mishap === 'silent') return;
    if (typeof mishap === 'object') {
      response.writeHead(mishap.status, mishap.headers).end(mishap.body);
      return;
    }
    if (request.url === '/gone') response.writeHead(410);
    else if (request.url === '/moved') response.writeHead(302, { location: '/hook' });
    else if (request.url !== '/hook' || request.method !== 'POST') response.writeHead(404);
    else response.writeHead(await statusFor(message));
    if (mishap === 'answer-lost') request.socket.destroy();
    else response.end();
  };

  const server = createServer((request, response) => {
    // A connection that was cut: there is nobody to answer.
    serve(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    received,
    taken,
    next: (mishap) => void mishaps.push(mishap),
    async close() {
      await Promise.allSettled(work.values());
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const isVerified = (verifier: Webhook, text: string, headers: IncomingHttpHeaders): boolean => {
  try {
    verifier.verify(text, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
};

/** Needs no credentials: that is what the links are for. */
const fetched = async (url: string): Promise<Buffer | undefined> => {
  const reply = await fetch(url);
  const bytes = Buffer.from(await reply.arrayBuffer());
  return reply.ok ? bytes : undefined;
};
