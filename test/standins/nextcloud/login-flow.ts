import { randomBytes } from 'node:crypto';
import { readText } from './body.ts';
import { escapeXml } from './escape.ts';
import { type Exchange, header, send } from './exchange.ts';
import type { Instance } from './instance.ts';

interface Flow {
  startedAtMs: number;
  /** What the program calls itself. */
  clientName: string;
  loginToken: string;
  granted?: { loginName: string; appPassword: string };
}

/** Open sign-ins by poll token; in memory, for twenty minutes. */
export interface LoginFlows {
  open(clientName: string): { pollToken: string; loginToken: string };
  byLoginToken(token: string): Flow | undefined;
  /** What was granted, once. */
  take(pollToken: string): Flow['granted'];
  pollTokens(): string[];
}

const lifetimeMs = 20 * 60 * 1000;

export const newLoginFlows = (nowMs: () => number): LoginFlows => {
  const flows = new Map<string, Flow>();
  const alive = (flow: Flow): boolean => nowMs() - flow.startedAtMs < lifetimeMs;
  return {
    open(clientName) {
      const pollToken = randomBytes(48).toString('base64url');
      const loginToken = randomBytes(48).toString('base64url');
      flows.set(pollToken, { startedAtMs: nowMs(), clientName, loginToken });
      return { pollToken, loginToken };
    },
    byLoginToken: (token) => [...flows.values()].find((flow) => flow.loginToken === token && alive(flow)),
    pollTokens: () => [...flows.keys()],
    take(pollToken) {
      const flow = flows.get(pollToken);
      if (flow?.granted === undefined || !alive(flow)) return undefined;
      flows.delete(pollToken);
      return flow.granted;
    },
  };
};

/** Login Flow v2: `/login/v2`, `/login/v2/poll` and the page that the person is sent to. */
export const serveLoginFlow = async (instance: Instance, exchange: Exchange, path: string): Promise<void> => {
  const { method } = exchange;
  if (path === '/login/v2' && method === 'POST') {
    const { pollToken, loginToken } = instance.loginFlows.open(header(exchange, 'user-agent') ?? 'unknown');
    return json(exchange, 200, {
      poll: { token: pollToken, endpoint: `${exchange.origin}/login/v2/poll` },
      login: `${exchange.origin}/login/v2/flow/${loginToken}`,
    });
  }
  if (path === '/login/v2/poll' && method === 'POST') {
    const form = new URLSearchParams(await readText(exchange));
    const granted = instance.loginFlows.take(form.get('token') ?? '');
    if (granted === undefined) return json(exchange, 404, []);
    return json(exchange, 200, { server: exchange.origin, ...granted });
  }
  const flow = instance.loginFlows.byLoginToken(path.slice('/login/v2/flow/'.length));
  if (flow === undefined) return page(exchange, 403, 'This sign-in is not known, or is over.');
  if (method === 'POST') return grant(instance, exchange, flow);
  return page(exchange, 200, formOf(flow));
};

const grant = async (instance: Instance, exchange: Exchange, flow: Flow): Promise<void> => {
  const sent = new URLSearchParams(await readText(exchange));
  const id = sent.get('user') ?? '';
  const user = instance.accounts.user(id);
  if (instance.throttle.isLocked('login', exchange.source)) return page(exchange, 429, 'Too many attempts.');
  if (user === undefined || !instance.accounts.isLoginPassword(id, sent.get('password') ?? '')) {
    instance.throttle.count('login', exchange.source, 1);
    return page(exchange, 401, `<p>Wrong name or password.</p>${formOf(flow)}`);
  }
  flow.granted = { loginName: id, appPassword: instance.accounts.mintAppPassword(user) };
  await instance.save();
  return page(exchange, 200, `<p>Connected as ${escapeXml(id)}. You may close this window.</p>`);
};

const formOf = ({ clientName }: Flow): string =>
  `<p>You are about to grant "${escapeXml(clientName)}" access to your account.</p>` +
  '<form method="post"><p><label>Account <input name="user" autocomplete="username"></label></p>' +
  '<p><label>Password <input name="password" type="password" autocomplete="current-password"></label></p>' +
  '<p><button>Grant access</button></p></form>';

const page = (exchange: Exchange, status: number, body: string): Promise<void> =>
  send(exchange, status, {}, `<!doctype html><title>Nextcloud stand-in</title><h1>Grant access</h1>${body}`);

const json = (exchange: Exchange, status: number, body: unknown): Promise<void> =>
  send(exchange, status, { 'content-type': 'application/json; charset=utf-8' }, JSON.stringify(body));
