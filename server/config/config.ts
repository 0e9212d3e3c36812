import { createHash } from 'node:crypto';
import { BlockList } from 'node:net';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { networksOf } from '../lib/networks.ts';
import { isZone } from '../lib/zones.ts';
import {
  isIssuer,
  type NextcloudSignInConfig,
  readNextcloudSignIn,
  readSingleSignOn,
  type SingleSignOnConfig,
} from './single-sign-on.ts';

/** Everything the processes are told from outside, parsed once. */
export interface Config {
  mode: 'demo' | 'real';
  production: boolean;
  /** Folder for what this machine keeps: the embedded database, the demo's secret key and files. */
  dataDir: string;
  host: string;
  port: number;
  /** The address that people see; links and upload locations are made from it, never from a request's headers. */
  publicUrl: URL;
  /** Undefined: the embedded PostgreSQL in `dataDir`. */
  databaseUrl: string | undefined;
  /** Undefined in demo mode, where the stand-in's own is used. */
  nextcloud: NextcloudConfig | undefined;
  /** Folder in Nextcloud below which every request's folder is made: `/Uketori`. */
  nextcloudRoot: string;
  /** 32 bytes; undefined: kept in `dataDir`, made at first start. */
  secretKey: Buffer | undefined;
  /** Addresses or CIDR ranges whose X-Forwarded-For is believed. */
  trustedProxies: BlockList;
  logLevel: string;
  /** IANA name of the zone in which staff are offered deadlines and shown times. */
  zone: string;
  /** Folder into which the default destination delivers. */
  importDir: string;
  /** Each process serves its metrics there, the importer one port higher. Undefined: it doesn't. */
  metricsPort: number | undefined;
  /** Whoever shows it may read the portal's metrics at `/metrics`. Undefined: nobody. */
  metricsToken: string | undefined;
  /** ClamAV's daemon; undefined: files are not scanned. */
  clamd: { address: string; mostBytes: number } | undefined;
  /** Addresses or CIDR ranges inside that destinations may lie at; everything outside is allowed. */
  destinationNetworks: BlockList;
  /** An administrator's account that tells staff notices at Nextcloud; undefined: the portal's own, if it is one. */
  notifier: Pick<NextcloudConfig, 'user' | 'appPassword'> | undefined;
  /** Undefined: no mail is sent, and no page promises any. */
  mail: MailConfig | undefined;
  /** A provider of OpenID Connect; undefined: staff sign in with passwords alone. */
  singleSignOn: SingleSignOnConfig | undefined;
  /** Undefined: switched off. */
  nextcloudSignIn: NextcloudSignInConfig | undefined;
}

export interface MailConfig {
  /** `smtp:` or `smtps:`, with user and password where the server wants them. */
  server: URL;
  from: { name: string; address: string };
}

export interface NextcloudConfig {
  url: URL;
  user: string;
  appPassword: string;
}

/** Names every key that is wrong and what was expected; never a value. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration can't be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const isSmtpUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(text);
  const isBare = /^\/?$/.test(pathname) && search === '' && hash === '';
  return /^smtps?:$/.test(protocol) && hostname !== '' && isBare && isDecodable(username + password);
};

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/** @returns undefined for what could not stand in a header as it is */
const senderOf = (text: string): MailConfig['from'] | undefined => {
  const [, name, inBrackets, bare] =
    /^(?:"?([^<>"\p{Cc}]*)"?\s*<([^<>]+)>|([^<>]+))$/u.exec(text.trim()) ?? [];
  const address = inBrackets ?? bare ?? '';
  if (!/^[\w.!#$%&*+/=?^`{|}~'-]+@[a-z0-9.-]+$/i.test(address)) return undefined;
  return { name: (name ?? '').trim(), address };
};

const httpUrl = z.string().refine(
  (text) => {
    if (!URL.canParse(text)) return false;
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '';
  },
  {
    error: 'expected an http or https address without user name or query, such as https://files.example.org',
  },
);

const shape = {
  NODE_ENV: z.enum(['production', 'development', 'test'], {
    error: 'expected production, development or test',
  }),
  DATA_DIR: z.string().min(1),
  HOST: z.string().min(1),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, { error: 'expected a port number from 1 to 65535' })
    .transform(Number)
    .refine((port) => port >= 1 && port <= 65_535, { error: 'expected a port number from 1 to 65535' }),
  PUBLIC_URL: httpUrl.refine((text) => !URL.canParse(text) || new URL(text).pathname === '/', {
    error: 'expected an address without a path: the portal needs a host name of its own',
  }),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/./, { error: 'expected postgres://user:password@host/database' }),
  NEXTCLOUD_URL: httpUrl,
  NEXTCLOUD_USER: z.string().min(1, { error: "expected the account's user name" }),
  NEXTCLOUD_APP_PASSWORD: z.string().min(1, { error: 'expected an app password (Settings, Security)' }),
  NEXTCLOUD_ROOT: z.string().regex(/^\/?[^/\\\0]+(\/[^/\\\0]+)*\/?$/, {
    error: 'expected a folder in Nextcloud, such as /Uketori',
  }),
  NEXTCLOUD_NOTIFIER_USER: z.string(),
  NEXTCLOUD_NOTIFIER_APP_PASSWORD: z.string(),
  NEXTCLOUD_SIGN_IN: z.enum(['on', 'off'], { error: 'expected on or off' }),
  NEXTCLOUD_ADMINISTRATORS: z.string(),
  NEXTCLOUD_STAFF: z.string(),
  NEXTCLOUD_VIEWERS: z.string(),
  SECRET_KEY: z
    .string()
    .min(32, { error: 'expected 32 characters or more, such as `openssl rand -hex 32` prints' }),
  TRUSTED_PROXIES: z.string().refine((text) => networksOf(text) !== undefined, {
    error: 'expected addresses or ranges separated by commas, such as 127.0.0.1, 10.0.0.0/8',
  }),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent'], {
    error: 'expected debug, info, warn, error or silent',
  }),
  TIME_ZONE: z.string().refine(isZone, { error: 'expected the name of a time zone, such as Asia/Tokyo' }),
  DESTINATION_NETWORKS: z.string().refine((text) => networksOf(text) !== undefined, {
    error: 'expected addresses or ranges separated by commas, such as 10.1.2.3, 192.168.5.0/24',
  }),
  METRICS_PORT: z
    .string()
    .regex(/^\d{1,5}$/, { error: 'expected a port number from 1 to 65534' })
    .transform(Number)
    .refine((port) => port >= 1 && port <= 65_534, { error: 'expected a port number from 1 to 65534' }),
  METRICS_TOKEN: z.string().regex(/^[\w.~+/-]{16,}=*$/, {
    error: 'expected 16 or more letters, digits and -._~+/, such as `openssl rand -hex 32` prints',
  }),
  CLAMD_ADDRESS: z.string().regex(/^(\/.+|[^/\s:]+:\d{1,5})$/, {
    error: "expected the path of clamd's socket, or host:port",
  }),
  CLAMD_MAX_MIB: z
    .string()
    .regex(/^[1-9]\d{0,6}$/, { error: 'expected a number of MiB, not more than clamd itself looks at' })
    .transform(Number),
  SMTP_URL: z.string().refine(isSmtpUrl, {
    error:
      'expected smtp:// or smtps://, user:password@ where the server asks for it, then its host and port',
  }),
  MAIL_FROM: z.string().refine((text) => senderOf(text) !== undefined, {
    error: 'expected an address, or a name and an address such as Uketori <uketori@example.org>',
  }),
  OIDC_ISSUER: z.string().refine(isIssuer, {
    error: "expected the provider's https:// address (http:// only on this machine)",
  }),
  OIDC_CLIENT_ID: z.string(),
  OIDC_CLIENT_SECRET: z.string(),
  OIDC_GROUPS_CLAIM: z.string(),
  OIDC_ADMINISTRATORS: z.string(),
  OIDC_STAFF: z.string(),
  OIDC_VIEWERS: z.string(),
  IMPORT_DIR: z.string().refine(isAbsolute, { error: 'expected an absolute path' }),
} as const;

type Key = keyof typeof shape;

/**
 * @param environment what `process.env` and `.env` say; an empty value counts as unset
 * @param workDir absolute: what `data` is relative to
 * @throws ConfigError
 */
export const parseConfig = (environment: Record<string, string | undefined>, workDir: string): Config => {
  const problems: string[] = [];
  const read = <K extends Key>(key: K): z.output<(typeof shape)[K]> | undefined => {
    const text = environment[key]?.trim();
    if (text === undefined || text === '') return undefined;
    const result = shape[key].safeParse(text);
    if (!result.success) {
      problems.push(`${key}: ${result.error.issues[0]?.message ?? 'not understood'}`);
      return undefined;
    }
    return result.data as z.output<(typeof shape)[K]>;
  };
  const isSet = (key: Key) => (environment[key] ?? '').trim() !== '';

  const production = read('NODE_ENV') === 'production';
  const port = read('PORT') ?? 8080;
  const publicUrl = read('PUBLIC_URL');
  const databaseUrl = read('DATABASE_URL');
  const nextcloud = readNextcloud(read, isSet, problems);
  const mode = isDemo(environment) ? 'demo' : 'real';
  if (mode === 'real') {
    if (nextcloud === undefined && !nextcloudKeys.some(isSet))
      problems.push(
        'NEXTCLOUD_URL, NEXTCLOUD_USER, NEXTCLOUD_APP_PASSWORD: expected all three. ' +
          'The demo stand-in runs only when no NEXTCLOUD_*, no PUBLIC_URL and no NODE_ENV=production is set',
      );
    if (production && publicUrl === undefined && !isSet('PUBLIC_URL'))
      problems.push('PUBLIC_URL: expected the address that people open, when NODE_ENV is production');
  }
  const secretText = read('SECRET_KEY');
  if (databaseUrl !== undefined && !isSet('SECRET_KEY'))
    problems.push('SECRET_KEY: expected, when DATABASE_URL is set: it must outlive this machine');
  const notifier = readNotifier(read, problems);
  const mail = readMail(read, isSet, problems);
  const singleSignOn = readSingleSignOn(read, isSet, problems);
  const nextcloudSignIn = readNextcloudSignIn(read, problems);
  const clamdAddress = read('CLAMD_ADDRESS');
  const clamdMiB = read('CLAMD_MAX_MIB') ?? 100;
  const dataDir = absolute(read('DATA_DIR') ?? 'data', workDir);
  const config: Config = {
    mode,
    production,
    dataDir,
    host: read('HOST') ?? (mode === 'demo' ? '127.0.0.1' : '0.0.0.0'),
    port,
    publicUrl: new URL(publicUrl ?? `http://localhost:${port}`),
    databaseUrl,
    nextcloud,
    nextcloudRoot: `/${(read('NEXTCLOUD_ROOT') ?? 'Uketori').normalize('NFC').replaceAll(/^\/|\/$/g, '')}`,
    secretKey: secretText === undefined ? undefined : createHash('sha256').update(secretText).digest(),
    trustedProxies: networksOf(read('TRUSTED_PROXIES') ?? '') ?? new BlockList(),
    logLevel: read('LOG_LEVEL') ?? (mode === 'demo' ? 'warn' : 'info'),
    zone: read('TIME_ZONE') ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
    importDir: read('IMPORT_DIR') ?? `${dataDir}/imported`,
    metricsPort: read('METRICS_PORT'),
    metricsToken: read('METRICS_TOKEN'),
    clamd:
      clamdAddress === undefined ? undefined : { address: clamdAddress, mostBytes: clamdMiB * 1024 ** 2 },
    // The demo's receiver is on this machine.
    destinationNetworks:
      networksOf(read('DESTINATION_NETWORKS') ?? (mode === 'demo' ? '127.0.0.0/8, ::1' : '')) ??
      new BlockList(),
    notifier,
    mail,
    singleSignOn,
    nextcloudSignIn,
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
};

const nextcloudKeys = ['NEXTCLOUD_URL', 'NEXTCLOUD_USER', 'NEXTCLOUD_APP_PASSWORD'] as const;

/** Any key that begins with NEXTCLOUD_ counts, misspelt ones too: a mistyped setting must never start a demo. */
const isDemo = (environment: Record<string, string | undefined>): boolean =>
  environment.NODE_ENV?.trim() !== 'production' &&
  (environment.PUBLIC_URL ?? '').trim() === '' &&
  !Object.entries(environment).some(
    ([key, value]) => key.startsWith('NEXTCLOUD_') && (value ?? '').trim() !== '',
  );

const readNextcloud = (
  read: (key: (typeof nextcloudKeys)[number]) => string | undefined,
  isSet: (key: Key) => boolean,
  problems: string[],
): NextcloudConfig | undefined => {
  const [url, user, appPassword] = nextcloudKeys.map(read);
  const missing = nextcloudKeys.filter((key) => !isSet(key));
  if (missing.length > 0 && missing.length < nextcloudKeys.length)
    problems.push(...missing.map((key) => `${key}: expected, as the other NEXTCLOUD_ keys are set`));
  if (url === undefined || user === undefined || appPassword === undefined) return undefined;
  return { url: new URL(url), user, appPassword };
};

const readNotifier = (
  read: (key: 'NEXTCLOUD_NOTIFIER_USER' | 'NEXTCLOUD_NOTIFIER_APP_PASSWORD') => string | undefined,
  problems: string[],
): Config['notifier'] => {
  const [user, appPassword] = [read('NEXTCLOUD_NOTIFIER_USER'), read('NEXTCLOUD_NOTIFIER_APP_PASSWORD')];
  if (user !== undefined && appPassword === undefined)
    problems.push('NEXTCLOUD_NOTIFIER_APP_PASSWORD: expected, as NEXTCLOUD_NOTIFIER_USER is set');
  if (user === undefined && appPassword !== undefined)
    problems.push('NEXTCLOUD_NOTIFIER_USER: expected, as NEXTCLOUD_NOTIFIER_APP_PASSWORD is set');
  return user === undefined || appPassword === undefined ? undefined : { user, appPassword };
};

const readMail = (
  read: (key: 'SMTP_URL' | 'MAIL_FROM') => string | undefined,
  isSet: (key: Key) => boolean,
  problems: string[],
): MailConfig | undefined => {
  const server = read('SMTP_URL');
  const from = senderOf(read('MAIL_FROM') ?? '');
  if (isSet('SMTP_URL') && !isSet('MAIL_FROM'))
    problems.push('MAIL_FROM: expected, as SMTP_URL is set: the address that mail comes from');
  if (isSet('MAIL_FROM') && !isSet('SMTP_URL'))
    problems.push('SMTP_URL: expected, as MAIL_FROM is set: the server that takes mail');
  return server === undefined || from === undefined ? undefined : { server: new URL(server), from };
};

const absolute = (path: string, workDir: string): string => (isAbsolute(path) ? path : `${workDir}/${path}`);
