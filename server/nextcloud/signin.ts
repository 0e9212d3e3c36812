import { z } from 'zod';
import { isFailure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { userInfo } from './account.ts';
import { failureOf, unexpected } from './errors.ts';
import { type Call, createHttp, type Http } from './http.ts';
import { callOcs, jsonOf } from './ocs.ts';
import type { UserInfo } from './types.ts';

export interface TradedUp {
  appPassword: string;
  /** False: it was an app password already, and is the one that was given. */
  traded: boolean;
  /** Nextcloud's own name for the account; file addresses are made with it. */
  userId: string;
}

/**
 * Makes an app password of a login password: with the latter every request costs five times as much (measured on
 * Nextcloud 32.0.1). The new one is named after this program in the account's settings.
 * @throws Failure `nextcloud.credentials-refused`: don't repeat it unasked, for wrong logins are counted
 */
export async function tradeUp(options: {
  baseUrl: URL;
  user: string;
  password: string;
  log: Log;
}): Promise<TradedUp> {
  const { user, password } = options;
  return withHttp(options, async (http) => {
    const auth = { user, password };
    const me = await callOcs(
      http,
      { method: 'GET', path: '/cloud/user', auth, secrets: [password] },
      account,
    );
    try {
      const call = { method: 'GET', path: '/core/getapppassword', auth, secrets: [password] } as const;
      const { apppassword } = await callOcs(http, call, appPassword);
      return { appPassword: apppassword, traded: true, userId: me.id };
    } catch (error) {
      if (!isFailure(error, 'nextcloud.forbidden')) throw error;
      return { appPassword: password, traded: false, userId: me.id };
    }
  });
}

/** A sign-in that a person does in the browser (Login Flow v2). */
export interface LoginFlow {
  /** Where to send the person; built from the server's own idea of its host. */
  loginUrl: string;
  /** Asks for the outcome: a secret. Good for 20 minutes. */
  pollToken: string;
}

export interface LoginFlowResult {
  /** The server's own idea of its address. */
  server: string;
  loginName: string;
  appPassword: string;
}

/** @param options.clientName what Nextcloud tells the person who asks, and calls the app password: ASCII */
export function startLoginFlow(options: { baseUrl: URL; clientName: string; log: Log }): Promise<LoginFlow> {
  return withHttp(options, async (http) => {
    const call: Call = {
      method: 'POST',
      path: '/index.php/login/v2',
      auth: 'none',
      headers: { 'user-agent': options.clientName },
    };
    const reply = await http.text(call);
    if (reply.status !== 200) throw failureOf(reply, http.about(call));
    const parsed = flowStart.safeParse(jsonOf(reply));
    if (!parsed.success) throw unexpected(http.about(call), 'not the start of a login flow');
    return { loginUrl: parsed.data.login, pollToken: parsed.data.poll.token };
  });
}

/**
 * Asks once; undefined as long as the person hasn't finished (and for a token that is unknown or too old). The outcome
 * is told only once. Asks at the base URL: the endpoint that the server names may lie anywhere.
 */
export function pollLoginFlow(options: {
  baseUrl: URL;
  pollToken: string;
  log: Log;
}): Promise<LoginFlowResult | undefined> {
  return withHttp(options, async (http) => {
    const source = Buffer.from(new URLSearchParams({ token: options.pollToken }).toString());
    const call: Call = {
      method: 'POST',
      path: '/index.php/login/v2/poll',
      auth: 'none',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: { source, sizeBytes: source.length },
      secrets: [options.pollToken],
    };
    const reply = await http.text(call);
    if (reply.status === 404) return undefined;
    if (reply.status !== 200) throw failureOf(reply, http.about(call));
    const parsed = flowResult.safeParse(jsonOf(reply));
    if (!parsed.success) throw unexpected(http.about(call), 'not the outcome of a login flow');
    return parsed.data;
  });
}

interface AppPassword {
  baseUrl: URL;
  /** What the account signs in with. */
  user: string;
  appPassword: string;
  log: Log;
}

/** Whose app password it is, as Nextcloud says. @throws Failure `nextcloud.credentials-refused` */
export function holderOf(options: AppPassword): Promise<UserInfo> {
  return withHttp(options, (http) =>
    callOcs(http, { method: 'GET', path: '/cloud/user', ...asHolder(options) }, userInfo),
  );
}

/** Makes an app password worthless. One that is so already is none to give back. */
export function giveBack(options: AppPassword): Promise<void> {
  return withHttp(options, async (http) => {
    const call = { method: 'DELETE', path: '/core/apppassword', ...asHolder(options) } as const;
    await callOcs(http, call, z.unknown()).catch((error: unknown) => {
      if (!isFailure(error, 'nextcloud.credentials-refused')) throw error;
    });
  });
}

/** The same calls to one server, as who hands them on needs them. */
export const createLoginFlows = (server: { baseUrl: URL; log: Log }) => ({
  start: (clientName: string) => startLoginFlow({ ...server, clientName }),
  poll: (pollToken: string) => pollLoginFlow({ ...server, pollToken }),
  holderOf: (user: string, appPassword: string) => holderOf({ ...server, user, appPassword }),
  giveBack: (user: string, appPassword: string) => giveBack({ ...server, user, appPassword }),
});

const asHolder = ({ user, appPassword: password }: AppPassword) => ({
  auth: { user, password },
  secrets: [password],
});

const withHttp = async <T>(
  options: { baseUrl: URL; log: Log },
  work: (http: Http) => Promise<T>,
): Promise<T> => {
  const http = createHttp({ baseUrl: options.baseUrl, log: options.log });
  try {
    return await work(http);
  } finally {
    await http.close();
  }
};

const account = z.object({ id: z.string() });
const appPassword = z.object({ apppassword: z.string().min(1) });
const flowStart = z.object({
  poll: z.object({ token: z.string().min(1) }),
  login: z.url({ protocol: /^https?$/ }),
});
const flowResult = z.object({
  server: z.string(),
  loginName: z.string().min(1),
  appPassword: z.string().min(1),
});
