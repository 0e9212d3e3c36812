import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BlockList } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { pino } from 'pino';
import { Upload } from 'tus-js-client';
import type { Database } from '../../db/client.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { insertStaff } from '../../db/queries/people.ts';
import type { Right } from '../../db/schema/index.ts';
import { createApiToken } from '../../server/auth/api-tokens.ts';
import { rights } from '../../server/auth/rights.ts';
import { composeImporter } from '../../server/compose/importer.ts';
import { composePortal } from '../../server/compose/portal.ts';
import type { Config, NextcloudConfig } from '../../server/config/config.ts';
import type { RequestDescription } from '../../server/intake/describe-request.ts';
import type { SubmissionDescription } from '../../server/intake/describe-submission.ts';
import type { NewRequestInput } from '../../server/intake/rules/new-request.ts';
import { hashPassword } from '../../server/lib/passwords.ts';
import { provision } from '../../server/start/provision.ts';
import type { UploadLimits } from '../../server/upload/engine.ts';
import { type Standin, type StandinOptions, startStandin } from '../standins/nextcloud/standin.ts';
import { watchApi } from './api-document.ts';
import { createTestDatabase } from './postgres.ts';

export const partBytes = 1024 * 1024;

export interface TestPortalOptions {
  /** One that the test started itself, and closes itself; for a Nextcloud that comes and goes. */
  standin?: Standin;
  standinOptions?: StandinOptions;
  /** Other than the stand-in's address, user and app password. */
  nextcloud?: Partial<NextcloudConfig>;
  config?: Partial<Config>;
  limits?: Partial<UploadLimits>;
  /** Hands sealed submissions to the folder `importDir`. */
  importer?: boolean;
}

/** A sending that has begun. */
export interface Begun {
  submissionId: string;
  credential: string;
  receiptNumber: string;
}

export interface OpenRequest {
  id: string;
  /** Of the link. */
  token: string;
  link: string;
  /** User-relative path in Nextcloud. */
  folder: string;
}

export interface SentFile {
  name: string;
  content: Uint8Array | string;
  /** `folder/name`, for a file that was picked with its folder. */
  relativePath?: string;
}

export interface TestPortal {
  /** Without a slash at the end. */
  url: string;
  standin: Standin;
  db: Database;
  composed: Awaited<ReturnType<typeof composePortal>>;
  /** Every line that was logged, at level debug, as JSON and without redaction. */
  log: string[];
  importDir: string;
  staff: { login: string; password: string };
  /** @returns the cookie of an administrator's new session: `staff=…` */
  signIn(): Promise<string>;
  apiToken(scopes?: Right[]): Promise<string>;
  /** `POST /api/v1/requests` @returns the answer, whatever its status */
  post(input: unknown, token?: string): Promise<Response>;
  /** @throws Error when it is refused */
  openRequest(input?: Partial<NewRequestInput>): Promise<OpenRequest>;
  begin(request: OpenRequest, details?: Record<string, unknown>): Promise<Begun>;
  /** Sends a file with tus-js-client. @returns the upload's id */
  send(begun: Begun, file: SentFile): Promise<string>;
  status(begun: Begun): Promise<SubmissionDescription>;
  finish(begun: Begun): Promise<Response>;
  /** The whole way of a sending: begins, sends, finishes, waits for the seal. */
  submit(
    request: OpenRequest,
    files: SentFile[],
    name?: string,
  ): Promise<Begun & { description: SubmissionDescription }>;
  close(): Promise<void>;
}

/** A portal of its own, on a real port, a real database, and the stand-in. */
export const startPortal = async (options: TestPortalOptions = {}): Promise<TestPortal> => {
  buildAssetsIfMissing();
  const dir = mkdtempSync(join(tmpdir(), 'uketori-portal-'));
  const standin =
    options.standin ??
    (await startStandin({ sharesPerTenMinutes: Number.POSITIVE_INFINITY, ...options.standinOptions }));
  const database = await createTestDatabase(migrateDatabase);
  const web = await listen();
  const log: string[] = [];
  const nextcloud = {
    url: new URL(standin.url),
    user: standin.user.id,
    appPassword: standin.user.appPassword,
    ...options.nextcloud,
  };
  const config: Config = {
    mode: 'real',
    production: false,
    dataDir: dir,
    host: '127.0.0.1',
    port: Number(new URL(web.url).port),
    publicUrl: new URL(web.url),
    databaseUrl: undefined,
    nextcloud,
    nextcloudRoot: '/Uketori',
    secretKey: randomBytes(32),
    trustedProxies: new BlockList(),
    destinationNetworks: new BlockList(),
    clamd: undefined,
    notifier: undefined,
    mail: undefined,
    singleSignOn: undefined,
    nextcloudSignIn: { groups: undefined },
    metricsPort: undefined,
    metricsToken: undefined,
    logLevel: 'debug',
    zone: 'UTC',
    importDir: join(dir, 'imported'),
    ...options.config,
  };
  const surroundings = {
    config,
    database: database.address,
    nextcloud,
    log: pino({ level: 'debug' }, linesInto(log)),
    uploadLimits: { partBytes, patienceMs: 5_000, ...options.limits },
  };
  const composed = await composePortal(surroundings);
  const watched = watchApi(composed.app.fetch);
  web.answerWith(watched.fetch);
  const { db } = composed.portal;
  const staff = { login: 'staff-of-test', password: `pass-${randomBytes(9).toString('hex')}` };
  const member = await insertStaff(db, {
    login: staff.login,
    name: 'Test',
    role: 'administrator',
    passwordHash: await hashPassword(staff.password),
  });
  await provision(composed.portal.intake, config);
  const importer = options.importer ? await composeImporter(surroundings) : undefined;
  return {
    ...clientOf({ url: web.url, db, staffId: member?.id ?? '', staff }),
    url: web.url,
    standin,
    db,
    composed,
    log,
    importDir: config.importDir,
    staff,
    async close() {
      await importer?.close();
      await web.close();
      await composed.close();
      if (options.standin === undefined) await standin.close();
      await database.drop();
      rmSync(dir, { recursive: true, force: true });
      if (watched.misfits.length > 0)
        throw new Error(`the API answered otherwise than its document says:\n${watched.misfits.join('\n')}`);
    },
  };
};

/** What people and programs do at a portal. */
const clientOf = (at: {
  url: string;
  db: Database;
  staffId: string;
  staff: { login: string; password: string };
}) => {
  const { url } = at;
  let writer: Promise<string> | undefined;
  const apiToken = async (scopes: Right[] = [...rights]) =>
    (await createApiToken(at.db, { staffId: at.staffId, name: 'test', scopes, expiresAt: null })).token;
  const post = async (input: unknown, token?: string) => {
    writer ??= apiToken();
    return fetch(`${url}/api/v1/requests`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token ?? (await writer)}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
  };
  const bearer = (begun: Begun) => ({ authorization: `Bearer ${begun.credential}` });
  const status = async (begun: Begun) =>
    (await (
      await fetch(`${url}/submissions/${begun.submissionId}`, { headers: bearer(begun) })
    ).json()) as SubmissionDescription;
  const finish = (begun: Begun) =>
    fetch(`${url}/submissions/${begun.submissionId}/finish`, { method: 'POST', headers: bearer(begun) });
  const begin = async (request: OpenRequest, details: Record<string, unknown> = {}): Promise<Begun> => {
    const response = await fetch(`${request.link}/submissions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Hanako', ...details }),
    });
    if (response.status !== 201) throw new Error(`not begun: ${response.status} ${await response.text()}`);
    return (await response.json()) as Begun;
  };
  const send = (begun: Begun, file: SentFile): Promise<string> => sendFile(url, begun, file);
  return {
    apiToken,
    post,
    begin,
    send,
    status,
    finish,
    async signIn() {
      const response = await fetch(`${url}/staff/sign-in`, {
        method: 'POST',
        body: new URLSearchParams(at.staff),
        redirect: 'manual',
      });
      const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
      if (response.status !== 303 || cookie === undefined) throw new Error(`no sign-in: ${response.status}`);
      return cookie;
    },
    async openRequest(input: Partial<NewRequestInput> = {}): Promise<OpenRequest> {
      const response = await post({ title: `Papers ${randomBytes(4).toString('hex')}`, ...input });
      if (response.status !== 201) throw new Error(`not opened: ${response.status} ${await response.text()}`);
      const { id, link, folder } = (await response.json()) as RequestDescription;
      if (link === null || folder === null) throw new Error('a request without a link or a folder');
      return { id, link, folder, token: link.slice(link.lastIndexOf('/') + 1) };
    },
    async submit(request: OpenRequest, files: SentFile[], name = 'Hanako') {
      const begun = await begin(request, { name });
      for (const file of files) await send(begun, file);
      const finished = await finish(begun);
      if (!finished.ok) throw new Error(`not finished: ${finished.status} ${await finished.text()}`);
      const description = await until('the seal', async () => {
        const now = await status(begun);
        return now.state === 'sealed' ? now : undefined;
      });
      return { ...begun, description };
    },
  };
};

const sendFile = (url: string, begun: Begun, file: SentFile): Promise<string> =>
  new Promise((resolve, reject) => {
    const upload = new Upload(Buffer.from(file.content as Uint8Array), {
      endpoint: `${url}/uploads`,
      headers: { Authorization: `Bearer ${begun.credential}` },
      metadata: {
        filename: file.name,
        ...(file.relativePath === undefined ? {} : { relativePath: file.relativePath }),
      },
      retryDelays: null,
      onError: reject,
      onSuccess: () => resolve((upload.url ?? '').slice((upload.url ?? '').lastIndexOf('/') + 1)),
    });
    upload.start();
  });

/**
 * Asks until there is an answer.
 * @returns the first answer that is neither undefined nor false
 * @throws Error when there is none in time
 */
export const until = async <T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  limitMs = 20_000,
): Promise<T> => {
  const deadlineMs = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadlineMs) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

/** The server that the portal has in production, listening before it knows what to answer. */
const listen = async () => {
  type Fetch = Parameters<typeof serve>[0]['fetch'];
  let answer: Fetch = () => new Response('not yet', { status: 503 });
  const server = await new Promise<Server>((resolve) => {
    const made = serve(
      {
        fetch: (request, env) => answer(request, env),
        hostname: '127.0.0.1',
        port: 0,
        serverOptions: { requestTimeout: 0, headersTimeout: 30_000, keepAliveTimeout: 75_000 },
      },
      () => resolve(made),
    ) as Server;
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answerWith: (fetch: Fetch) => {
      answer = fetch;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const linesInto = (lines: string[]): Writable =>
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });

const buildAssetsIfMissing = (): void => {
  const manifest = fileURLToPath(new URL('../../dist/web/assets/manifest.json', import.meta.url));
  if (existsSync(manifest)) return;
  const tool = fileURLToPath(new URL('../../tools/build.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [tool, '--assets-only'], { encoding: 'utf8' });
  // Another test process may have built them at the same time, and one of the two loses.
  if (status !== 0 && !existsSync(manifest)) throw new Error(`the assets could not be built: ${stderr}`);
};
