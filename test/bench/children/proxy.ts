import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { serveBench } from './serve.ts';

export interface ProxyTask {
  /** The target is Nextcloud; its path is kept. */
  job: { targetUrl: string };
  told: { url: string };
  /** The most at one moment since the run before. */
  result: number;
}

/**
 * Stands before Nextcloud and counts the requests that are in flight: from their head to the end of the answer.
 */
serveBench<ProxyTask>(async ({ targetUrl }) => {
  const target = new URL(targetUrl);
  const { Agent, request } = target.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true });
  let inFlight = 0;
  let most = 0;

  const server = http.createServer({ requestTimeout: 0 }, (incoming, outgoing) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    outgoing.once('close', () => {
      inFlight -= 1;
    });
    const headers: OutgoingHttpHeaders = { ...incoming.headers, host: target.host };
    // COPY and MOVE name their target by its whole address.
    const { destination } = incoming.headers;
    if (typeof destination === 'string')
      headers.destination = `${target.origin}${destination.replace(/^https?:\/\/[^/]+/, '')}`;
    const call = request(new URL(incoming.url ?? '/', target.origin), {
      agent,
      method: incoming.method,
      headers,
    });
    call.once('response', (reply) => {
      outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.once('error', () => outgoing.destroy());
      reply.pipe(outgoing);
    });
    call.once('error', () => outgoing.destroy());
    // Whoever gives up on one side gives up on the other.
    outgoing.once('close', () => outgoing.writableFinished || call.destroy());
    incoming.pipe(call);
  });
  server.keepAliveTimeout = 75_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    told: { url: `http://127.0.0.1:${port}${target.pathname.replace(/\/$/, '')}` },
    async run() {
      const told = most;
      most = inFlight;
      return told;
    },
  };
});
