import { readText } from './body.ts';
import { capabilities, describeUser } from './cloud.ts';
import { createDirectLink } from './direct.ts';
import { escapeXml } from './escape.ts';
import { type Exchange, header, send } from './exchange.ts';
import type { Instance } from './instance.ts';
import { listNotifications, notifyUser } from './notifications.ts';
import { type OcsCall, OcsError, rateLimited } from './ocs-call.ts';
import { sendShareMail, serveShares } from './share-routes.ts';
import { refusePassword } from './share-rules.ts';
import { addUser, serveUser } from './users.ts';
import { serveWebhooks } from './webhooks.ts';

const unknownRoute = (): OcsError => new OcsError(998, 'Invalid query, please check the syntax.', 404);

/** Everything below `/ocs/v1.php` and `/ocs/v2.php`; `path` is what follows. */
export const serveOcs = async (
  instance: Instance,
  exchange: Exchange,
  version: 1 | 2,
  path: string,
): Promise<void> => {
  try {
    const data = await answer(instance, exchange, path);
    if (data === rateLimited) return await send(exchange, 429);
    if (data === noCsrfHeader) {
      return await send(exchange, 412, jsonType, JSON.stringify({ message: 'CSRF check failed' }));
    }
    await sendEnvelope(exchange, version, 200, version === 1 ? 100 : 200, 'OK', data);
  } catch (error) {
    if (!(error instanceof OcsError)) throw error;
    await sendOcsError(exchange, version, error);
  }
};

export const sendOcsError = (exchange: Exchange, version: 1 | 2, error: OcsError): Promise<void> => {
  // Version 1 keeps HTTP 200 for everything but a sign-in that is missing and a server that is away.
  const status = version === 1 && ![401, 429, 503].includes(error.httpStatus) ? 200 : error.httpStatus;
  return sendEnvelope(exchange, version, status, error.statusCode, error.message, error.data);
};

const noCsrfHeader = Symbol('no CSRF header');
const jsonType = { 'content-type': 'application/json; charset=utf-8' };

const answer = async (instance: Instance, exchange: Exchange, path: string): Promise<unknown> => {
  const signIn = await instance.accounts.signIn(exchange);
  if (signIn.kind === 'locked-out') throw new OcsError(429, 'Reached maximum delay');
  if (signIn.kind === 'wrong') throw new OcsError(997, 'Unauthorised', 401);
  if (header(exchange, 'ocs-apirequest') !== 'true') return noCsrfHeader;
  if (path === '/cloud/capabilities') return capabilities(instance, exchange, signIn.kind === 'in');
  if (signIn.kind === 'anonymous') throw new OcsError(997, 'Current user is not logged in', 401);
  return route({ instance, exchange, signIn, ...(await readParameters(exchange)) }, path);
};

const route = (call: OcsCall, path: string): unknown => {
  const { method } = call.exchange;
  if (path === '/core/getapppassword' && method === 'GET') return tradeUp(call);
  if (path === '/core/apppassword' && method === 'DELETE') return giveBack(call);
  if (path === '/cloud/user' && method === 'GET') return describeUser(call.instance, call.signIn.user);
  if (path === '/cloud/users' && method === 'POST') return addUser(call);
  const userId = below(path, '/cloud/users');
  if (userId !== undefined) return serveUser(call, userId);
  if (path === '/apps/dav/api/v1/direct' && method === 'POST') return createDirectLink(call);
  if (path === '/apps/password_policy/api/v1/validate' && method === 'POST') {
    const refused = refusePassword(call.parameters.get('password') ?? '');
    return refused === undefined ? { passed: true } : { passed: false, reason: refused.message };
  }
  const mailed = /^\/apps\/files_sharing\/api\/v1\/shares\/([^/]+)\/send-email$/.exec(path)?.[1];
  if (mailed !== undefined && method === 'POST') return sendShareMail(call, mailed);
  const shares = below(path, '/apps/files_sharing/api/v1/shares');
  if (shares !== undefined) return serveShares(call, shares);
  const webhooks = below(path, '/apps/webhook_listeners/api/v1/webhooks');
  if (webhooks !== undefined) return serveWebhooks(call, webhooks);
  if (call.instance.switches.notifications) {
    const told = below(path, '/apps/notifications/api/v3/admin_notifications');
    if (told !== undefined && method === 'POST') return notifyUser(call, told);
    if (path === '/apps/notifications/api/v2/notifications' && method === 'GET')
      return listNotifications(call);
  }
  throw unknownRoute();
};

/** What follows the prefix: `''`, `'7'`; nothing for another path, nor for a bare slash. */
const below = (path: string, prefix: string): string | undefined => {
  if (path === prefix) return '';
  const rest = path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1) : '';
  return rest === '' || rest.includes('/') ? undefined : rest;
};

const tradeUp = async ({ instance, signIn }: OcsCall): Promise<unknown> => {
  if (signIn.with === 'app-password') {
    throw new OcsError(403, 'You cannot request an new apppassword with an apppassword');
  }
  const apppassword = instance.accounts.mintAppPassword(signIn.user);
  await instance.save();
  return { apppassword };
};

const giveBack = async ({ instance, signIn }: OcsCall): Promise<unknown> => {
  if (signIn.with === 'login-password') throw new OcsError(403, 'no app password in use');
  instance.accounts.revokeAppPassword(signIn.user.id, signIn.secret);
  await instance.save();
  return [];
};

const readParameters = async (exchange: Exchange): Promise<Pick<OcsCall, 'parameters' | 'json'>> => {
  const body = await readText(exchange);
  const parameters = new Map(exchange.query);
  let json: Record<string, unknown> = {};
  if ((header(exchange, 'content-type') ?? '').includes('json') && body !== '') {
    try {
      json = JSON.parse(body) as Record<string, unknown>;
    } catch {
      throw new OcsError(400, 'Malformed JSON');
    }
    for (const [name, value] of Object.entries(json)) {
      if (value !== null) parameters.set(name, typeof value === 'string' ? value : JSON.stringify(value));
    }
  } else {
    for (const [name, value] of new URLSearchParams(body)) parameters.set(name, value);
  }
  return { parameters, json };
};

const sendEnvelope = (
  exchange: Exchange,
  version: 1 | 2,
  httpStatus: number,
  statuscode: number,
  message: string,
  data: unknown,
): Promise<void> => {
  const meta = {
    status: statuscode === 100 || statuscode === 200 ? 'ok' : 'failure',
    statuscode,
    message,
    ...(version === 1 ? { totalitems: '', itemsperpage: '' } : {}),
  };
  const headers = httpStatus === 401 ? { 'www-authenticate': 'Basic realm="Authorisation Required"' } : {};
  const wantsJson =
    exchange.query.get('format') === 'json' ||
    (header(exchange, 'accept') ?? '').includes('application/json');
  if (wantsJson) {
    return send(exchange, httpStatus, { ...headers, ...jsonType }, JSON.stringify({ ocs: { meta, data } }));
  }
  const body = `<?xml version="1.0"?>\n<ocs>\n${asXml({ meta, data }, ' ')}</ocs>\n`;
  return send(exchange, httpStatus, { ...headers, 'content-type': 'application/xml; charset=utf-8' }, body);
};

/** As PHP writes it: true is 1, false and null are empty, list items are `element`. */
const asXml = (value: object, indent: string): string =>
  Object.entries(value)
    .map(([key, inner]: [string, unknown]) => {
      const name = Array.isArray(value) ? 'element' : key;
      if (inner === null || inner === false || inner === '') return `${indent}<${name}/>\n`;
      if (typeof inner === 'object') {
        const content = asXml(inner, `${indent} `);
        return content === ''
          ? `${indent}<${name}/>\n`
          : `${indent}<${name}>\n${content}${indent}</${name}>\n`;
      }
      return `${indent}<${name}>${inner === true ? '1' : escapeXml(`${inner as string | number}`)}</${name}>\n`;
    })
    .join('');
