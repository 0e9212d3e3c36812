import { randomBytes, randomInt } from 'node:crypto';
import { type Standin, type StandinOptions, startStandin } from '../../standins/nextcloud/standin.ts';
import {
  type CallOptions,
  type Credentials,
  call,
  encodeNames,
  propfindBody,
  type Reply,
  readMultistatus,
  type Told,
} from './wire.ts';

export const standinName = 'Uketori stand-in';

export interface OcsReply extends Reply {
  meta: { status: string; statuscode: number; message: string };
  data: unknown;
}

export interface OcsOptions extends CallOptions {
  form?: Record<string, string>;
  version?: 1 | 2;
}

/** The server that the facts are asked of, and what must be cleared away at the end. */
export interface Server {
  readonly url: string;
  readonly kind: 'stand-in' | 'real';
  readonly productName: string;
  readonly version: string;
  /** Where faults and time can be brought about; only of the stand-in. */
  readonly standin: Standin | undefined;
  readonly user: string;
  readonly auth: Credentials;
  readonly loginAuth: Credentials | undefined;
  readonly adminAuth: Credentials | undefined;
  /** May an address be locked out here? */
  readonly mayLockOut: boolean;
  /** The suite's own folder, at the top of the account. */
  readonly folder: string;
  readonly debts: (() => Promise<unknown>)[];
}

const read = (name: string): string | undefined => {
  const value = process.env[name];
  return value === '' ? undefined : value;
};

/** The real server of `NEXTCLOUD_URL`, else a stand-in. Throws on half a configuration. */
export const openServer = (): Promise<Server> => {
  const url = read('NEXTCLOUD_URL')?.replace(/\/+$/, '');
  return url === undefined ? openStandin() : openReal(url);
};

export const openStandin = async (options?: StandinOptions): Promise<Server & { standin: Standin }> => {
  const standin = await startStandin(options);
  const { user, admin } = standin;
  return {
    url: standin.url,
    kind: 'stand-in',
    ...(await whoAnswers(standin.url)),
    standin,
    user: user.id,
    auth: [user.id, user.appPassword],
    loginAuth: [user.id, user.loginPassword],
    adminAuth: [admin.id, admin.appPassword],
    mayLockOut: true,
    folder: newFolderName(),
    debts: [],
  };
};

const openReal = async (url: string): Promise<Server> => {
  const [user, appPassword] = [read('NEXTCLOUD_USER'), read('NEXTCLOUD_APP_PASSWORD')];
  if (user === undefined || appPassword === undefined) {
    throw new Error('NEXTCLOUD_URL is set: NEXTCLOUD_USER and NEXTCLOUD_APP_PASSWORD must be, too');
  }
  const loginPassword = read('NEXTCLOUD_LOGIN_PASSWORD');
  const [admin, adminPassword] = [read('NEXTCLOUD_ADMIN_USER'), read('NEXTCLOUD_ADMIN_APP_PASSWORD')];
  return {
    url,
    kind: 'real',
    ...(await whoAnswers(url)),
    standin: undefined,
    user,
    auth: [user, appPassword],
    loginAuth: loginPassword === undefined ? undefined : [user, loginPassword],
    adminAuth: admin === undefined || adminPassword === undefined ? undefined : [admin, adminPassword],
    mayLockOut: read('NEXTCLOUD_CONTRACT_LOCKOUT') === '1',
    folder: newFolderName(),
    debts: [],
  };
};

const newFolderName = (): string => `uketori-contract-${randomBytes(4).toString('hex')}`;

const whoAnswers = async (url: string): Promise<{ productName: string; version: string }> => {
  const status = JSON.parse((await call(`${url}/status.php`, 'GET')).text) as Record<string, unknown>;
  return { productName: String(status.productname), version: String(status.versionstring) };
};

/** Pays every debt, last first, whatever becomes of the others. */
export const closeServer = async (server: Server): Promise<void> => {
  for (const pay of server.debts.toReversed()) await pay().catch((error: unknown) => console.error(error));
  await server.standin?.close();
};

/**
 * An address of this machine that nobody else calls from, so that wrong passwords sent from it are held against nobody.
 * Nothing where the server isn't on loopback or the system has but one loopback address.
 */
export const throwawayAddress = (server: Server): string | undefined => {
  const isLocal = new URL(server.url).hostname === '127.0.0.1' && process.platform === 'linux';
  return isLocal ? `127.${randomInt(1, 255)}.${randomInt(0, 255)}.${randomInt(1, 255)}` : undefined;
};

const ocsBase = (version: 1 | 2): string => `/ocs/v${version}.php`;
export const sharesPath = '/apps/files_sharing/api/v1/shares';

/** As the account, in JSON, with the header against CSRF, unless told otherwise. */
export const ocs = async (
  server: Server,
  method: string,
  path: string,
  { form, version = 2, ...options }: OcsOptions = {},
): Promise<OcsReply> => {
  const reply = await call(`${server.url}${ocsBase(version)}${path}`, method, {
    auth: server.auth,
    ...options,
    headers: {
      'ocs-apirequest': 'true',
      accept: 'application/json',
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...options.headers,
    },
    ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
  });
  const { meta, data } = readEnvelope(reply);
  return { ...reply, meta, data };
};

const readEnvelope = ({ text, status }: Reply): Pick<OcsReply, 'meta' | 'data'> => {
  try {
    return (JSON.parse(text) as { ocs: Pick<OcsReply, 'meta' | 'data'> }).ocs;
  } catch {
    return { meta: { status: 'no envelope', statuscode: status, message: text }, data: undefined };
  }
};

const files = (server: Server, ...names: string[]): string =>
  `/remote.php/dav/files/${encodeNames(server.user, server.folder, ...names)}`;

/** The address of something in the suite's folder, as `Destination` wants it. */
export const fileUrl = (server: Server, ...names: string[]): string =>
  `${server.url}${files(server, ...names)}`;

/** WebDAV as the account on something in the suite's own folder. */
export const dav = (
  server: Server,
  method: string,
  name: string,
  options: CallOptions = {},
): Promise<Reply> =>
  call(name === '' ? fileUrl(server) : fileUrl(server, name), method, { auth: server.auth, ...options });

export const uploadUrl = (server: Server, id: string, part?: string): string =>
  `${server.url}/remote.php/dav/uploads/${encodeNames(server.user, id, ...(part === undefined ? [] : [part]))}`;

/** On the upload area. */
export const upload = (
  server: Server,
  method: string,
  id: string,
  part?: string,
  options: CallOptions = {},
): Promise<Reply> => call(uploadUrl(server, id, part), method, { auth: server.auth, ...options });

/** A new upload folder with these parts; removed at the end if it is still there. */
export const newUpload = async (server: Server, parts: Record<string, string> = {}): Promise<string> => {
  const id = `uketori-contract-${randomBytes(6).toString('hex')}`;
  server.debts.push(() => upload(server, 'DELETE', id));
  await upload(server, 'MKCOL', id);
  for (const [name, body] of Object.entries(parts)) await upload(server, 'PUT', id, name, { body });
  return id;
};

export interface ShareData {
  id: string;
  share_type: number;
  permissions: number;
  token: string;
  stime: number;
  url?: string;
  path: string;
  expiration: string | null;
  note: string;
  label: string;
  password: string | null;
  attributes: string | null;
  item_source: number;
  uid_owner: string;
  via_path?: string;
}

/**
 * A share on something in the suite's folder, removed at the end. A server takes twenty wishes for shares in ten
 * minutes from one account; the suite makes thirteen.
 */
export const newShare = async (
  server: Server,
  name: string,
  form: Record<string, string>,
): Promise<OcsReply & { share: ShareData }> => {
  const path = `/${server.folder}${name === '' ? '' : `/${name}`}`;
  const reply = await ocs(server, 'POST', sharesPath, { form: { path, shareType: '3', ...form } });
  if (reply.status === 429) throw new Error('this account has had its twenty shares: wait ten minutes');
  const share = reply.data as ShareData;
  if (reply.status === 200) server.debts.push(() => ocs(server, 'DELETE', `${sharesPath}/${share.id}`));
  return { ...reply, share };
};

export const changeShare = async (
  server: Server,
  id: string,
  form: Record<string, string>,
): Promise<OcsReply & { share: ShareData }> => {
  const reply = await ocs(server, 'PUT', `${sharesPath}/${id}`, { form });
  return { ...reply, share: reply.data as ShareData };
};

export const publicUrl = (server: Server, token: string, ...names: string[]): string =>
  `${server.url}/public.php/dav/files/${encodeNames(token, ...names)}`;

/** The properties of something in the suite's folder; nothing when it isn't there. */
export const stat = async (
  server: Server,
  name: string,
  ...properties: string[]
): Promise<Told | undefined> => {
  const reply = await dav(server, 'PROPFIND', name, {
    headers: { depth: '0' },
    body: propfindBody(...properties),
  });
  return reply.status === 207 ? readMultistatus(reply.text)[0] : undefined;
};

/** The names in a folder below the suite's. */
export const list = async (server: Server, name: string): Promise<string[]> => {
  const reply = await dav(server, 'PROPFIND', name, { headers: { depth: '1' } });
  const [, ...inside] = readMultistatus(reply.text);
  return inside.map(({ href }) => decodeURIComponent(href.replace(/\/$/, '').split('/').at(-1) ?? ''));
};

/** An account of the suite's own, made by the administrator and removed at the end. */
export const newAccount = async (server: Server, quota?: string): Promise<Server> => {
  if (server.adminAuth === undefined) throw new Error('needs an administrator');
  const auth = server.adminAuth;
  const user = `uketori-contract-${randomBytes(4).toString('hex')}`;
  const password = randomBytes(18).toString('base64url');
  const form = { userid: user, password, ...(quota === undefined ? {} : { quota }) };
  const made = await ocs(server, 'POST', '/cloud/users', { auth, form });
  if (made.status !== 200) throw new Error(`no account could be made: ${made.meta.message}`);
  server.debts.push(() => ocs(server, 'DELETE', `/cloud/users/${user}`, { auth }));
  const loginAuth: Credentials = [user, password];
  const traded = await ocs(server, 'GET', '/core/getapppassword', { auth: loginAuth });
  const { apppassword } = traded.data as { apppassword: string };
  const own: Server = { ...server, user, auth: [user, apppassword], loginAuth };
  await dav(own, 'MKCOL', '');
  return own;
};

/** The suite's folder; with it, and with what fell out of it into the waste bin, everything goes at the end. */
export const makeFolder = async (server: Server): Promise<void> => {
  server.debts.push(() => emptyWaste(server));
  server.debts.push(() => dav(server, 'DELETE', ''));
  const made = await dav(server, 'MKCOL', '');
  if (made.status !== 201) throw new Error(`the suite's folder could not be made: ${made.status}`);
};

const emptyWaste = async (server: Server): Promise<void> => {
  const reply = await call(
    `${server.url}/remote.php/dav/trashbin/${encodeNames(server.user)}/trash/`,
    'PROPFIND',
    {
      auth: server.auth,
      headers: { depth: '1' },
      body: propfindBody('nc:trashbin-original-location'),
    },
  );
  if (reply.status !== 207) return;
  for (const { href, found } of readMultistatus(reply.text)) {
    const origin = found['trashbin-original-location'] ?? '';
    if (typeof origin === 'string' && origin.split('/')[0] === server.folder)
      await call(`${server.url}${href}`, 'DELETE', { auth: server.auth });
  }
};
