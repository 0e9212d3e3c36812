import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ConfigError, parseConfig } from '../../../server/config/config.ts';
import { keptSecretKey } from '../../../server/config/secret-key.ts';

const nextcloud = {
  NEXTCLOUD_URL: 'https://cloud.example.org',
  NEXTCLOUD_USER: 'portal',
  NEXTCLOUD_APP_PASSWORD: 'planted-app-password',
};

const parse = (environment: Record<string, string | undefined>) => parseConfig(environment, '/work');

const problemsOf = (environment: Record<string, string | undefined>): readonly string[] => {
  try {
    parse(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('the demo', () => {
  test('runs when nothing is set', () => {
    expect(parse({})).toMatchObject({ mode: 'demo', host: '127.0.0.1', port: 8080, dataDir: '/work/data' });
    expect(parse({ NEXTCLOUD_URL: '', PUBLIC_URL: ' ', NODE_ENV: 'test' }).mode).toBe('demo');
  });

  test.each<[string, Record<string, string>]>([
    ...Object.entries(nextcloud).map((entry): [string, Record<string, string>] => [
      entry[0],
      Object.fromEntries([entry]),
    ]),
    ['a misspelt key', { NEXTCLOUD_ULR: 'https://cloud.example.org' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://files.example.org' }],
    ['NODE_ENV=production', { NODE_ENV: 'production' }],
    ['NEXTCLOUD_ROOT', { NEXTCLOUD_ROOT: '/Uketori' }],
  ])('does not run when %s is set: half a configuration is an error', (_key, environment) => {
    expect(problemsOf(environment).length).toBeGreaterThan(0);
  });

  test.each(Object.keys(nextcloud))('does not run for want of %s: the error names it', (missing) => {
    const problems = problemsOf({ ...nextcloud, [missing]: undefined });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${missing}: expected`));
  });
});

describe('a real configuration', () => {
  test('is taken whole', () => {
    expect(parse(nextcloud)).toMatchObject({
      mode: 'real',
      host: '0.0.0.0',
      nextcloud: { user: 'portal', appPassword: 'planted-app-password' },
      nextcloudRoot: '/Uketori',
    });
  });

  test('in production needs the address that people open', () => {
    expect(problemsOf({ ...nextcloud, NODE_ENV: 'production' })).toEqual([
      expect.stringMatching(/^PUBLIC_URL: /),
    ]);
    expect(
      problemsOf({ ...nextcloud, NODE_ENV: 'production', PUBLIC_URL: 'https://files.example.org' }),
    ).toEqual([]);
  });

  test('with a database of its own needs a key that outlives the machine', () => {
    const DATABASE_URL = 'postgres://portal:planted@db/portal';
    expect(problemsOf({ ...nextcloud, DATABASE_URL })).toEqual([expect.stringMatching(/^SECRET_KEY: /)]);
    expect(problemsOf({ ...nextcloud, DATABASE_URL, SECRET_KEY: 'k'.repeat(32) })).toEqual([]);
  });

  test.each([
    ['PORT', '0'],
    ['PORT', '70000'],
    ['PORT', 'planted'],
    ['NODE_ENV', 'planted'],
    ['PUBLIC_URL', 'planted'],
    ['PUBLIC_URL', 'https://files.example.org/planted'],
    ['PUBLIC_URL', 'javascript:planted()'],
    ['NEXTCLOUD_URL', 'ftp://planted.example.org'],
    ['NEXTCLOUD_URL', 'https://planted:planted@cloud.example.org'],
    ['DATABASE_URL', 'mysql://planted'],
    ['SECRET_KEY', 'planted-and-short'],
    ['TIME_ZONE', 'Planted/Nowhere'],
    ['LOG_LEVEL', 'planted'],
    ['IMPORT_DIR', 'planted/relative'],
    ['NEXTCLOUD_ROOT', '/planted//x'],
    ['TRUSTED_PROXIES', '10.0.0.0/99'],
    ['SMTP_URL', 'mail.planted.example'],
    ['SMTP_URL', 'https://planted:planted@mail.example.org'],
    ['SMTP_URL', 'smtp://'],
    ['SMTP_URL', 'smtp://mail.example.org/?debug=planted'],
    ['SMTP_URL', 'smtp://planted%zz:planted@mail.example.org'],
    ['MAIL_FROM', 'planted'],
    ['MAIL_FROM', 'planted\r\nBcc: planted@example.org'],
    ['MAIL_FROM', 'A <planted@example.org>, planted@example.org'],
    ['TRUSTED_PROXIES', '127.0.0.1, planted.example.org'],
  ])('that has a wrong %s (%s): the error names the key, and never the value', (key, value) => {
    const mail = { SMTP_URL: 'smtp://mail.example.org', MAIL_FROM: 'uketori@example.org' };
    const problems = problemsOf({ ...nextcloud, ...mail, SECRET_KEY: 'k'.repeat(32), [key]: value });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${key}: .*expected`))]);
    expect(problems.join()).not.toMatch(/planted/i);
    expect(new ConfigError(problems).message).not.toContain('planted-app-password');
  });

  test('tells everything that is wrong at once', () => {
    expect(problemsOf({ ...nextcloud, PORT: 'x', LOG_LEVEL: 'x', TIME_ZONE: 'x' })).toHaveLength(3);
  });
});

describe('the account that tells notices', () => {
  const keys = { NEXTCLOUD_NOTIFIER_USER: 'bell', NEXTCLOUD_NOTIFIER_APP_PASSWORD: 'planted-app-password' };

  test('is one for that alone, or none', () => {
    expect(parse(nextcloud).notifier).toBeUndefined();
    expect(parse({ ...nextcloud, ...keys }).notifier).toEqual({
      user: 'bell',
      appPassword: 'planted-app-password',
    });
  });

  test.each(Object.keys(keys))('is an error without %s, which is named', (missing) => {
    expect(problemsOf({ ...nextcloud, ...keys, [missing]: '' })).toEqual([
      expect.stringMatching(new RegExp(`^${missing}: expected`)),
    ]);
  });
});

describe('mail', () => {
  const SMTP_URL = 'smtps://portal%40example.org:planted@mail.example.org';

  test('is not set up when nothing is set', () => {
    expect(parse(nextcloud).mail).toBeUndefined();
  });

  test.each([
    ['uketori@example.org', { name: '', address: 'uketori@example.org' }],
    ['受取 <uketori@example.org>', { name: '受取', address: 'uketori@example.org' }],
    ['"Uketori, Inc." <uketori@example.org>', { name: 'Uketori, Inc.', address: 'uketori@example.org' }],
  ])('comes from %s', (MAIL_FROM, from) => {
    const { mail } = parse({ ...nextcloud, SMTP_URL, MAIL_FROM });
    expect(mail?.from).toEqual(from);
    expect(mail?.server.hostname).toBe('mail.example.org');
  });

  test('half set up is an error that names what is missing', () => {
    expect(problemsOf({ ...nextcloud, SMTP_URL })).toEqual([expect.stringMatching(/^MAIL_FROM: expected/)]);
    expect(problemsOf({ ...nextcloud, MAIL_FROM: 'a@example.org' })).toEqual([
      expect.stringMatching(/^SMTP_URL: expected/),
    ]);
  });
});

describe('the key that an installation makes for itself', () => {
  test('is the same at the next start, and readable by its owner alone', () => {
    const dir = mkdtempSync(join(tmpdir(), 'uketori-key-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const first = keptSecretKey(join(dir, 'data'));
    expect(first).toHaveLength(32);
    expect(keptSecretKey(join(dir, 'data'))).toEqual(first);
    expect(statSync(join(dir, 'data', 'secret-key')).mode & 0o777).toBe(0o600);
    expect(keptSecretKey(join(dir, 'other'))).not.toEqual(first);
  });
});

describe('single sign-on', () => {
  const provider = {
    OIDC_ISSUER: 'https://login.example.org',
    OIDC_CLIENT_ID: 'uketori',
    OIDC_CLIENT_SECRET: 'planted',
  };

  test('is not set up when nothing is set', () => {
    expect(parse(nextcloud).singleSignOn).toBeUndefined();
  });

  test('knows the groups of each role', () => {
    const { singleSignOn } = parse({ ...nextcloud, ...provider, OIDC_STAFF: 'office, sales,' });
    expect(singleSignOn?.groups).toEqual({ administrator: [], staff: ['office', 'sales'], viewer: [] });
    expect(singleSignOn?.groupsClaim).toBe('groups');
  });

  test('half set up, or open to nobody, is an error that names what is missing', () => {
    const { OIDC_CLIENT_SECRET: _secret, ...half } = provider;
    expect(problemsOf({ ...nextcloud, ...half, OIDC_STAFF: 'a' })).toEqual([
      expect.stringMatching(/^OIDC_CLIENT_SECRET: expected/),
    ]);
    expect(problemsOf({ ...nextcloud, ...provider })).toEqual([
      expect.stringMatching(/^OIDC_ADMINISTRATORS, OIDC_STAFF, OIDC_VIEWERS: expected/),
    ]);
  });

  test('never goes in the clear over a network', () => {
    const groups = { ...provider, OIDC_STAFF: 'a' };
    expect(problemsOf({ ...nextcloud, ...groups, OIDC_ISSUER: 'http://login.example.org' })).toContainEqual(
      expect.stringMatching(/^OIDC_ISSUER: expected/),
    );
    expect(parse({ ...nextcloud, ...groups, OIDC_ISSUER: 'http://localhost:9' }).singleSignOn).toBeDefined();
  });
});

describe('sign-in through Nextcloud', () => {
  test('is for those who are named, unless it is switched off', () => {
    expect(parse(nextcloud).nextcloudSignIn).toEqual({ groups: undefined });
    expect(parse({ ...nextcloud, NEXTCLOUD_SIGN_IN: 'off' }).nextcloudSignIn).toBeUndefined();
    expect(problemsOf({ ...nextcloud, NEXTCLOUD_SIGN_IN: 'no' })).toEqual([
      'NEXTCLOUD_SIGN_IN: expected on or off',
    ]);
  });

  test('is decided by groups where some are given', () => {
    const groups = { NEXTCLOUD_STAFF: 'office, sales' };
    expect(parse({ ...nextcloud, ...groups }).nextcloudSignIn?.groups).toEqual({
      administrator: [],
      staff: ['office', 'sales'],
      viewer: [],
    });
    expect(problemsOf({ ...nextcloud, ...groups, NEXTCLOUD_SIGN_IN: 'off' })).toEqual([
      expect.stringMatching(/^NEXTCLOUD_SIGN_IN: off/),
    ]);
  });
});
