import type { IncomingMessage, ServerResponse } from 'node:http';
import { jsonOf, refusal, sendJson } from './reply.ts';
import { newId, type State, type User } from './state.ts';

const sessionSeconds = 24 * 3600;

/** POST and DELETE of `/login`. */
export const serveLogin = async (
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
  user: User | undefined,
): Promise<void> => {
  if (request.method === 'DELETE') {
    if (user === undefined) throw refusal(401, 'Unauthorized');
    state.sessions.delete(String(request.headers['x-session-token']));
    return sendJson(response, 200, { _id: user.id });
  }
  if (request.method !== 'POST') throw refusal(405, 'Method Not Allowed');
  const { username, email, password } = await jsonOf(request);
  if ((typeof username !== 'string' && typeof email !== 'string') || typeof password !== 'string')
    throw refusal(400, 'Bad Request');
  // With both, the user's name counts alone.
  const found = state.users.find((known) =>
    typeof username === 'string' ? known.username === username : known.email === email,
  );
  if (found === undefined || found.password !== password || !found.enabled)
    throw refusal(401, 'Unauthorized');
  const sessionToken = `session-${newId()}`;
  state.sessions.set(sessionToken, found);
  sendJson(response, 200, {
    _id: found.id,
    sessionToken,
    expire: Math.floor(Date.now() / 1000) + sessionSeconds,
    username: found.username,
    email: found.email,
    groups: found.groups,
    options: {},
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    lastLoginAt: new Date().toISOString(),
    etag: newId(),
    federated: false,
    clientCertUser: false,
    primaryLinkedUserId: null,
    enabled: true,
  });
};
