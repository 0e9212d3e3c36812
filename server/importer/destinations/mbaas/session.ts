import { z } from 'zod';
import type { Failure } from '../../../lib/failure.ts';
import type { OutgoingCall, OutgoingClient, OutgoingReply } from '../../../lib/outgoing/client.ts';
import type { MbaasConfig, MbaasSecrets } from './config.ts';
import { failureOf, read } from './failures.ts';

export interface BaasCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the tenant, unencoded. */
  path: readonly string[];
  query?: Record<string, string | undefined>;
  headers?: Record<string, string>;
  /** Asked again when the call is made again. */
  body?: () => Promise<OutgoingCall['body']>;
  mostAnswerBytes?: number;
}

export interface Session {
  token: string;
  userId: string;
  groups: string[];
}

/** One application's door to the BaaS, with the session that calls are made in. */
export interface Baas {
  /** The session there is, or a new one. @throws Failure `destination.auth` (later) */
  session(signal: AbortSignal): Promise<Session>;
  /** Any status is an answer, but 401: then the session is renewed, once. @throws Failure `destination.auth` (later) */
  call(call: BaasCall, signal: AbortSignal): Promise<OutgoingReply>;
  /** Ends the sessions; never fails. */
  close(): Promise<void>;
}

const signedInSchema = z.object({
  _id: z.string(),
  sessionToken: z.string().min(1),
  groups: z.array(z.string()).nullish(),
});

/** How long is waited for the BaaS to end a session: it ends by itself as well. */
const signOutMs = 5_000;

export const openBaas = (config: MbaasConfig, secrets: MbaasSecrets, http: OutgoingClient): Baas => {
  const { appKey, ...account } = secrets;
  const application = { 'x-application-id': config.appId, 'x-application-key': appKey };
  let current: Session | undefined;
  const open = new Set<string>();

  const send = async (call: BaasCall, token: string | undefined, signal: AbortSignal) =>
    http.call({
      method: call.method,
      url: addressOf(config, call),
      headers: {
        ...application,
        ...(token === undefined ? {} : { 'x-session-token': token }),
        ...call.headers,
      },
      body: await call.body?.(),
      signal,
      ...(call.mostAnswerBytes === undefined ? {} : { mostAnswerBytes: call.mostAnswerBytes }),
    });

  const signIn = async (signal: AbortSignal): Promise<Session> => {
    const body = () => Promise.resolve({ json: account });
    const reply = await send({ method: 'POST', path: ['login'], body }, undefined, signal);
    if (reply.status !== 200) throw failureOf(reply, 'sign in');
    const { _id, sessionToken, groups } = read(reply, signedInSchema, 'sign in');
    open.add(sessionToken);
    current = { token: sessionToken, userId: _id, groups: groups ?? [] };
    return current;
  };

  const session = async (signal: AbortSignal) => current ?? (await signIn(signal));

  return {
    session,
    async call(call, signal) {
      const { token } = await session(signal);
      const reply = await send(call, token, signal);
      if (reply.status !== 401) return reply;
      // Another delivery may have renewed it meanwhile.
      if (current?.token === token) {
        current = undefined;
        open.delete(token);
      }
      const again = await send(call, (await session(signal)).token, signal);
      if (again.status === 401) throw refused(again, call);
      return again;
    },
    async close() {
      current = undefined;
      const tokens = [...open];
      open.clear();
      const signOut = (token: string) =>
        send({ method: 'DELETE', path: ['login'] }, token, AbortSignal.timeout(signOutMs));
      await Promise.allSettled(tokens.map(signOut));
    },
  };
};

const refused = (reply: OutgoingReply, call: BaasCall): Failure =>
  failureOf(reply, `${call.method} in a session that has just begun`);

const addressOf = ({ baseUrl, tenant }: MbaasConfig, { path, query = {} }: BaasCall): string => {
  const said = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const asked = said.length === 0 ? '' : `?${new URLSearchParams(said).toString()}`;
  return `${baseUrl.replace(/\/+$/, '')}/1/${[tenant, ...path].map(encodeURIComponent).join('/')}${asked}`;
};
