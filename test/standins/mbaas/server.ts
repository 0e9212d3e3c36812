import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { serveBuckets } from './buckets.ts';
import { sendFile, serveFiles } from './files.ts';
import { Refusal, refusal, sendJson } from './reply.ts';
import { CutBody, type State, type User } from './state.ts';
import { serveLogin } from './users.ts';

/** The stand-in's HTTP server, not listening yet. */
export const newServer = (state: State): Server =>
  createServer((request, response) => {
    const path = decodeURI(request.url ?? '');
    response.once('close', () =>
      state.seen.push({ method: request.method ?? '', path, status: response.statusCode }),
    );
    serve(state, request, response).catch((error: unknown) => {
      if (error instanceof Refusal) {
        sendJson(response, error.status, error.body);
        // What is still on its way is read, so that the answer is.
        request.resume();
        return;
      }
      if (!(error instanceof CutBody) && !request.destroyed) console.error('stand-in:', error);
      request.socket.destroy();
    });
  });

const serve = async (state: State, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? '', state.origin);
  if (url.pathname.startsWith('/public/')) return servePublic(state, url.pathname, response);
  const segments = url.pathname.split('/').slice(1).map(decodeURIComponent);
  const [api, version, tenant, room, first, second, third, ...more] = segments;
  if (api !== 'api' || version !== '1' || more.length > 0) throw refusal(404, 'Not Found');
  if (tenant !== state.options.tenant) throw refusal(404, 'No such tenant');
  if (request.headers['x-application-id'] !== state.options.appId) throw refusal(401, 'Unauthorized');
  if (request.headers['x-application-key'] !== state.options.appKey) throw refusal(401, 'Unauthorized');
  if (room === 'files' && isUpload(request) && second !== undefined && third === undefined)
    if (await inTrouble(state, request, response)) return;
  const user = userOf(state, request);
  if (room === 'login' && first === undefined) return serveLogin(state, request, response, user);
  if (room === 'buckets' && first === 'file') return serveBuckets(state, request, response, user, second);
  if (room === 'files' && first !== undefined) {
    const call = { state, request, response, user, query: url.searchParams };
    return serveFiles(call, first, second, third);
  }
  throw refusal(404, 'Not Found');
};

const isUpload = ({ method }: IncomingMessage): boolean => method === 'POST' || method === 'PUT';

/** @returns whether nothing more is to be done */
const inTrouble = async (
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> => {
  const { trouble } = state;
  state.trouble = undefined;
  if (trouble === 'throttled') throw refusal(429, 'Too Many Requests');
  if (trouble === 'failing') {
    for await (const _ of request) continue;
    throw refusal(500, 'Internal Server Error');
  }
  if (trouble === 'signed-out') state.sessions.clear();
  if (trouble === 'hanging') request.resume();
  if (trouble === 'answer-lost') {
    // Done in full: only then the connection goes.
    response.writeHead = () => response;
    response.end = () => {
      request.socket.destroy();
      return response;
    };
  }
  return trouble === 'hanging';
};

/** Without a token nobody is signed in; with one that has ended, nothing is answered. */
const userOf = (state: State, request: IncomingMessage): User | undefined => {
  const token = request.headers['x-session-token'];
  if (token === undefined) return undefined;
  const user = state.sessions.get(String(token));
  if (user === undefined) throw refusal(401, 'Unauthorized');
  return user;
};

/** Whoever has the address. */
const servePublic = async (state: State, path: string, response: ServerResponse): Promise<void> => {
  for (const { files } of state.buckets.values())
    for (const file of files.values())
      if (file.publicPath === path && !file.deleted) return sendFile({ response }, file);
  throw refusal(404, 'Not Found');
};
