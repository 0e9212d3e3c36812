import { once } from 'node:events';
import { createReadStream, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formOf, readAll } from './body.ts';
import { Box, type BoxOptions } from './box.ts';
import { BoxError } from './errors.ts';
import type { Exchange, Reply, SeenCall } from './exchange.ts';
import { routes } from './routes.ts';

export interface Standin extends Box {
  close(): Promise<void>;
}

export const startBox = async (options: BoxOptions): Promise<Standin> => {
  const box = new Box(options);
  const server = createServer((request, response) => {
    serve(box, request, response).catch((error: unknown) => {
      // A body that was cut short: there is nobody to answer.
      if (request.destroyed || request.socket.destroyed) return;
      console.error('stand-in:', error);
      request.socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  box.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(box, {
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      rmSync(box.dir, { recursive: true, force: true });
    },
  });
};

const serve = async (box: Box, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? '/', box.url);
  if (url.pathname.startsWith('/dl/')) return download(box, url.pathname.slice(4), request, response);
  const [, prefix = '', path = ''] = /^(\/2\.0|\/upload\/2\.0|)(\/.*)$/.exec(url.pathname) ?? [];
  const call: SeenCall = {
    method: request.method ?? '',
    path,
    query: url.searchParams,
    headers: request.headers,
  };
  box.calls.push(call);
  const type = request.headers['content-type'] ?? '';
  const bytes = type === 'application/octet-stream' ? Buffer.alloc(0) : await readAll(request);
  call.body = bodyOf(type, bytes);
  const exchange = { request, response, call, bytes };
  const fault = box.faults.strike(call);
  if (fault === 'signed-out') box.tokens.end();
  // What was not read of a body would stand in the way of the next request.
  if (fault === 'hanging' || typeof fault === 'object') request.resume();
  if (fault === 'hanging') return;
  if (typeof fault === 'object') {
    if (!request.complete) await once(request, 'end');
    send(exchange, fault.reply);
    return;
  }
  const reply = await answer(box, exchange, prefix === '/upload/2.0' ? 'upload' : 'api');
  if (fault === 'answer-lost') request.socket.destroy();
  else send(exchange, reply);
};

/** What tests look at: JSON, or the fields of a form. */
const bodyOf = (type: string, bytes: Buffer): unknown => {
  const text = () => bytes.toString('utf8');
  if (type === 'application/json') return JSON.parse(text());
  if (type === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(text()));
  const attributes = formOf(bytes, type).find(({ name }) => name === 'attributes');
  return attributes && { attributes: JSON.parse(attributes.bytes.toString('utf8')) as unknown, file: '' };
};

const answer = async (box: Box, exchange: Exchange, at: 'api' | 'upload'): Promise<Reply> => {
  const { request, call, bytes } = exchange;
  try {
    if (call.path === '/oauth2/token') {
      return box.tokens.give(new URLSearchParams(bytes.toString('utf8')));
    }
    if (!box.tokens.knows(request.headers.authorization)) {
      await readAll(request);
      return {
        status: 401,
        headers: { 'www-authenticate': 'Bearer realm="Service", error="invalid_token"' },
      };
    }
    for (const [where, method, path, route] of routes) {
      const fit = path.exec(call.path);
      if (where === at && method === call.method && fit !== null)
        return await route(box, exchange, ...fit.slice(1));
    }
    throw new BoxError(404, 'not_found');
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    return { status: error.status, headers: error.headers, body: error.body() };
  }
};

const send = ({ request, response, call }: Exchange, { status, headers, body }: Reply): void => {
  call.status = status;
  if (!request.complete) request.resume();
  response.writeHead(status, {
    ...headers,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
};

const download = (box: Box, key: string, request: IncomingMessage, response: ServerResponse): void => {
  const path = box.downloads.get(key);
  if (path === undefined || request.headers.authorization !== undefined) {
    response.writeHead(403).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  createReadStream(path).pipe(response);
};
