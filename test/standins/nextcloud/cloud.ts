import { createHash } from 'node:crypto';
import { type Exchange, send } from './exchange.ts';
import { sendProxyPage } from './failures.ts';
import type { Instance } from './instance.ts';
import type { StandinUser } from './options.ts';
import { minimumPasswordLength } from './share-rules.ts';
import { sizeOf } from './tree.ts';

/** The version whose ways the stand-in has. */
export const version = {
  major: 32,
  minor: 0,
  micro: 1,
  string: '32.0.1',
  edition: '',
  extendedSupport: false,
};

/** How the stand-in tells that it is none other; a real server says `Nextcloud` or its vendor's name. */
export const productName = 'Uketori stand-in';

/** `/status.php`, which answers in maintenance too. */
export const status = (instance: Instance): object => ({
  installed: true,
  maintenance: instance.switches.maintenance,
  needsDbUpgrade: false,
  version: '32.0.1.2',
  versionstring: version.string,
  edition: '',
  productname: productName,
  extendedSupport: false,
});

/** Without a sign-in a server shows little more than its theme. */
export const capabilities = (instance: Instance, exchange: Exchange, signedIn: boolean): object => ({
  version,
  capabilities: {
    bruteforce: { delay: 0, 'allow-listed': false },
    theming: theming(instance, exchange.origin),
    ...(signedIn ? ofAccounts(instance, exchange.origin) : {}),
  },
});

/** Addresses are made of the host that the request named, as long as none is configured. */
const theming = (instance: Instance, origin: string): object => {
  const set = instance.switches.theming;
  const color = set.color ?? '#00679e';
  const path =
    set.logo === undefined
      ? '/core/img/logo/logo.svg?v=0'
      : `/apps/theming/image/logo?useSvg=1&v=${versionOf(set.logo.body)}`;
  const logo = `${origin}${path}`;
  return {
    name: set.name ?? productName,
    productName,
    url: 'https://example.org',
    slogan: 'where the bytes stand in',
    color,
    'color-text': '#ffffff',
    'color-element': color,
    logo,
    background: color,
    'background-text': '#ffffff',
    'background-plain': true,
    logoheader: logo,
    favicon: logo,
  };
};

/** A number that changes with the logo; a real server counts changes of the theme. */
const versionOf = (logo: string | Buffer): number =>
  createHash('sha256').update(logo).digest().readUInt16BE();

/** The logo that the theme names, for anybody; the stock one lies elsewhere, and is a plain file. */
export const serveLogo = (instance: Instance, exchange: Exchange, path: string): Promise<void> => {
  const { logo } = instance.switches.theming;
  if (path === '/core/img/logo/logo.svg') return send(exchange, 200, { 'content-type': svg }, stockLogo);
  if (logo === undefined) return sendProxyPage(exchange, 404);
  const headers = { 'content-type': logo.type, 'content-disposition': 'attachment; filename="logo"' };
  return send(exchange, 200, headers, logo.body);
};

const svg = 'image/svg+xml';
const stockLogo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><circle cx=".5" cy=".5" r=".4" fill="#fff"/></svg>';

const sharebymail = {
  enabled: true,
  send_password_by_mail: true,
  upload_files_drop: { enabled: true },
  password: { enabled: true, enforced: false },
  expire_date: { enabled: true, enforced: false },
};

const notifications = {
  'ocs-endpoints': ['list', 'get', 'delete', 'rich-strings'],
  'admin-notifications': ['ocs', 'cli'],
};

const ofAccounts = (instance: Instance, origin: string): object => ({
  core: { pollinterval: 60, 'webdav-root': 'remote.php/webdav' },
  dav: { chunking: '1.0', public_shares_chunking: false, bulkupload: '1.0' },
  files: {
    forbidden_filenames: ['.htaccess'],
    forbidden_filename_basenames: [],
    forbidden_filename_characters: ['\\', '/'],
    forbidden_filename_extensions: ['.filepart', '.part'],
    windows_compatible_filenames: false,
    bigfilechunking: true,
    chunked_upload: { max_size: 104_857_600, max_parallel_count: 5 },
    undelete: true,
    versioning: true,
  },
  files_sharing: {
    api_enabled: true,
    public: {
      enabled: true,
      password: { enforced: false, askForOptionalPassword: false },
      expire_date: { enabled: false },
      multiple_links: true,
      send_mail: false,
      upload: true,
      upload_files_drop: true,
      custom_tokens: false,
    },
    resharing: true,
    default_permissions: 31,
    federation: { outgoing: false, incoming: false },
    ...(instance.switches.mailShares ? { sharebymail } : {}),
  },
  ...(instance.switches.notifications ? { notifications } : {}),
  password_policy: {
    api: {
      generate: `${origin}/ocs/v2.php/apps/password_policy/api/v1/generate`,
      validate: `${origin}/ocs/v2.php/apps/password_policy/api/v1/validate`,
    },
    minLength: minimumPasswordLength,
    enforceNonCommonPassword: true,
    enforceNumericCharacters: false,
    enforceSpecialCharacters: false,
    enforceUpperLowerCase: false,
  },
});

export const describeUser = (instance: Instance, user: StandinUser): object => {
  const used = sizeOf(instance.tree.rootOf(user.id));
  const displayName = user.displayName ?? user.id;
  return {
    enabled: true,
    id: user.id,
    backend: 'Database',
    subadmin: [],
    quota: quota(user, used),
    email: user.email ?? null,
    displayname: displayName,
    'display-name': displayName,
    groups: user.groups ?? [],
    language: user.language ?? 'en',
    locale: '',
    timezone: user.timeZone ?? '',
    backendCapabilities: { setDisplayName: true, setPassword: true },
  };
};

/** Free space may be below nothing: a COPY of an upload doesn't look at the quota. */
const quota = (user: StandinUser, used: number): object => {
  const total = user.quotaBytes;
  if (total === undefined) return { free: -3, used, total: -3, relative: 0, quota: -3 };
  const relative = Math.round((used / total) * 10_000) / 100;
  return { free: total - used, used, total, relative, quota: total };
};
