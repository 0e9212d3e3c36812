import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type FormField } from './app.ts';
import { ApiError, apiError } from './errors.ts';
import { type StoredFile, TemporaryFiles } from './files.ts';
import { type Domain, routes } from './routes.ts';

/** What the next request of a kind meets. */
export type Fault = 'throttled' | 'failing' | 'answer-lost' | 'hanging' | 'signed-out' | 'maintenance';
export type FaultAt = 'upload' | 'write' | 'read';

/** A request as it came in; a form is told by the names of its parts. */
export interface SeenCall {
  method: string;
  url: URL;
  contentType: string | undefined;
  body?: unknown;
}

export interface KintoneStandin extends Domain {
  url: string;
  calls: SeenCall[];
  addApp(options: {
    form: Record<string, FormField>;
    token: string;
    rights?: ('view' | 'add' | 'edit')[];
    guestSpace?: number;
  }): App;
  fault(fault: Fault, at: FaultAt): void;
  /** Moves its clock. */
  pass(ms: number): void;
  close(): Promise<void>;
}

/** A kintone on 127.0.0.1, written from the vendor's pages: apps, records, files, API tokens. */
export const startKintone = async (): Promise<KintoneStandin> => {
  const folder = await mkdtemp(join(tmpdir(), 'uketori-kintone-'));
  let passedMs = 0;
  const faults = new Map<FaultAt, Fault>();
  const server = createServer((request, response) => {
    serve(standin, faults, request, response).catch((error: unknown) => {
      if (response.destroyed || request.socket.destroyed) return;
      if (error instanceof ApiError) send(response, error.status, error.body);
      else send(response, 520, { code: 'CB_UN01', id: 'x', message: 'unknown' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const standin: KintoneStandin = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apps: new Map(),
    files: new TemporaryFiles(folder, () => Date.now() + passedMs),
    calls: [],
    hidden: new Set(),
    beforeWrite: undefined,
    addApp({ token, rights = ['view', 'add', 'edit'], ...options }) {
      const app = new App(standin.apps.size + 1, options, standin.files);
      app.tokens.push({ token, rights: new Set(rights) });
      standin.apps.set(app.id, app);
      return app;
    },
    fault: (fault, at) => void faults.set(at, fault),
    pass: (ms) => {
      passedMs += ms;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
  return standin;
};

const serve = async (
  standin: KintoneStandin,
  faults: Map<FaultAt, Fault>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { method = '' } = request;
  const url = new URL(request.url ?? '/', standin.url);
  const name = /^\/k\/(?:guest\/\d+\/)?v1\/(.+)\.json$/.exec(url.pathname)?.[1] ?? '';
  const isForm = method === 'POST' && name === 'file';
  const body = isForm || method === 'GET' ? undefined : await jsonOf(request);
  const contentType = request.headers['content-type'];
  const seen = isForm ? { file: {} } : body;
  standin.calls.push({ method, url, contentType, ...(seen === undefined ? {} : { body: seen }) });
  const at: FaultAt = isForm ? 'upload' : method === 'GET' ? 'read' : 'write';
  const fault = faults.get(at);
  faults.delete(at);
  if (fault !== undefined && (await meet(fault, request, response))) return;
  const route = routes[`${method} ${name}`];
  if (route === undefined) throw apiError(404, 'CB_NF01');
  const answer = await route(standin, { request, url, body: body ?? {} });
  if (fault === 'answer-lost') {
    request.socket.destroy();
    return;
  }
  if (method === 'GET' && name === 'file') {
    const { path, contentType: type, sizeBytes } = answer as StoredFile;
    response.writeHead(200, { 'content-type': type, 'content-length': sizeBytes });
    createReadStream(path).pipe(response);
  } else send(response, 200, answer);
};

/** @returns true when the request is over */
const meet = async (fault: Fault, request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
  if (fault === 'answer-lost') return false;
  if (fault !== 'hanging') for await (const _ of request) void _;
  if (fault === 'throttled')
    send(response, 429, apiError(429, 'GAIA_TO04').body, {
      'x-concurrencylimit-limit': '100',
      'x-concurrencylimit-running': '100',
    });
  if (fault === 'failing') send(response, 520, { code: 'CB_UN01', id: 'x', message: 'unknown' });
  if (fault === 'signed-out') send(response, 400, apiError(400, 'GAIA_IA02').body);
  if (fault === 'maintenance') response.writeHead(503, { 'content-type': 'text/plain' }).end('Maintenance');
  return true;
};

const send = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json;charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
};

const jsonOf = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
  } catch {
    throw apiError(400, 'CB_IJ01');
  }
};
