import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { desc, eq } from 'drizzle-orm';
import { notices, shares, uploads } from '../../../db/schema/index.ts';
import { sealedShareContext } from '../../../server/intake/proof.ts';
import { type Begun, type OpenRequest, type TestPortal, until } from '../../support/portal.ts';

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Ask {
  method?: string;
  /** As it goes over the wire: nothing is normalised. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

/** Begins a request on a connection of its own; the caller writes and ends it. */
export const open = (url: string, { method = 'GET', path, headers = {} }: Ask): ClientRequest =>
  request({
    host: new URL(url).hostname,
    port: new URL(url).port,
    method,
    path,
    headers,
    agent: false,
    setHost: true,
  });

export const replyOf = async (sent: ClientRequest): Promise<Reply> => {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString(),
  };
};

/** One request, answered whole. */
export const ask = (url: string, wish: Ask): Promise<Reply> => {
  const sent = open(url, wish);
  const reply = replyOf(sent);
  sent.end(wish.body);
  return reply;
};

/** A reply without what differs from one to the next by itself. */
export const bare = ({ status, headers, body }: Reply) => ({
  status,
  headers: { ...headers, date: '' },
  body,
});

export const codeOf = (reply: Reply): string | undefined =>
  reply.body.startsWith('{') ? (JSON.parse(reply.body) as { code?: string }).code : undefined;

/** Upload-Metadata of these values. */
export const metadata = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');

const octets = 'application/offset+octet-stream';

/** The upload protocol, spoken by hand. */
export const tusOf = (portal: TestPortal, { credential }: Pick<Begun, 'credential'>) => {
  const base = { authorization: `Bearer ${credential}`, 'tus-resumable': '1.0.0' };
  const call = (method: string, path: string, headers: Record<string, string> = {}, body?: Uint8Array) =>
    ask(portal.url, { method, path, headers: { ...base, ...headers }, ...(body ? { body } : {}) });
  const create = (headers: Record<string, string>, body?: Uint8Array) =>
    call('POST', '/uploads', headers, body);
  return {
    call,
    create,
    createNamed: (name: string, sizeBytes: number, more: Record<string, string> = {}) =>
      create({
        'upload-length': String(sizeBytes),
        'upload-metadata': metadata({ filename: name, ...more }),
      }),
    /** @returns the upload's id @throws Error when it is refused */
    async made(name: string, sizeBytes: number): Promise<string> {
      const reply = await create({
        'upload-length': String(sizeBytes),
        'upload-metadata': metadata({ filename: name }),
      });
      if (reply.status !== 201) throw new Error(`not made: ${reply.status} ${reply.body}`);
      return idIn(reply);
    },
    head: (uploadId: string) => call('HEAD', `/uploads/${uploadId}`),
    patch: (uploadId: string, offset: number, body: Uint8Array, headers: Record<string, string> = {}) =>
      call(
        'PATCH',
        `/uploads/${uploadId}`,
        { 'content-type': octets, 'upload-offset': String(offset), ...headers },
        body,
      ),
    remove: (uploadId: string) => call('DELETE', `/uploads/${uploadId}`),
    /** A PATCH whose body the caller writes piece by piece, and may never end. */
    openPatch: (uploadId: string, offset: number, length: number) =>
      open(portal.url, {
        method: 'PATCH',
        path: `/uploads/${uploadId}`,
        headers: {
          ...base,
          'content-type': octets,
          'upload-offset': String(offset),
          'content-length': String(length),
        },
      }),
  };
};

export const idIn = (reply: Reply): string => {
  const location = reply.headers.location ?? '';
  return location.slice(location.lastIndexOf('/') + 1);
};

/** Every path below a folder of the portal's account, as Nextcloud holds it: folders end in a slash. */
export const storedBelow = (portal: TestPortal, folder = ''): string[] =>
  list(filesRoot(portal), folder.replace(/^\//, ''));

/** The files of a submission, as Nextcloud holds them below the folder of its request. */
export const filesOf = (
  portal: TestPortal,
  { folder }: Pick<OpenRequest, 'folder'>,
  { receiptNumber }: Pick<Begun, 'receiptNumber'>,
): string[] =>
  storedBelow(portal, folder).filter((path) => path.includes(receiptNumber) && !path.endsWith('/'));

/** Resolves when a file is stored. */
export const untilStored = (portal: TestPortal, uploadId: string) =>
  until('the file to be stored', async () => (await uploadRow(portal, uploadId)).state === 'stored');

const list = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? [`${path}/`, ...list(root, path)] : [path];
    })
    .sort();

const filesRoot = ({ standin }: TestPortal): string => join(standin.root, 'files', standin.user.id);

export const contentOf = (portal: TestPortal, path: string): Promise<Buffer> =>
  readFile(join(filesRoot(portal), path));

/** Upload folders that Nextcloud keeps. */
export const uploadFolders = ({ standin }: TestPortal): string[] => {
  try {
    return readdirSync(join(standin.root, 'uploads', standin.user.id));
  } catch {
    return [];
  }
};

export const uploadRow = async ({ db }: TestPortal, uploadId: string) => {
  const [row] = await db.select().from(uploads).where(eq(uploads.id, uploadId));
  if (row === undefined) throw new Error(`no upload ${uploadId}`);
  return row;
};

export const uploadsOfSubmission = ({ db }: TestPortal, { submissionId }: Pick<Begun, 'submissionId'>) =>
  db.select().from(uploads).where(eq(uploads.submissionId, submissionId)).orderBy(uploads.admittedAt);

export const noticesOf = ({ db }: TestPortal, code: string) =>
  db.select().from(notices).where(eq(notices.code, code)).orderBy(desc(notices.lastSeenAt));

/** The file drop of a request, with its secrets in the clear. */
export const shareOf = async ({ db, composed }: TestPortal, requestId: string) => {
  const [row] = await db.select().from(shares).where(eq(shares.requestId, requestId));
  if (row === undefined) throw new Error(`request ${requestId} has no share`);
  const { sealing } = composed.portal;
  return {
    id: row.nextcloudShareId,
    state: row.state,
    token: sealing.open(row.tokenSealed, sealedShareContext(requestId)),
    password: sealing.open(row.passwordSealed, sealedShareContext(requestId)),
  };
};

/** What a browser would send of a form as it is shown. */
export const fieldsIn = (html: string): URLSearchParams => {
  const fields = new URLSearchParams();
  for (const [tag, name] of html.matchAll(/<(?:input|textarea|select)[^>]* name="([^"]+)"[^>]*>/g)) {
    if (name === undefined || (tag.includes('type="checkbox"') && !tag.includes(' checked'))) continue;
    const after = html.slice(html.indexOf(tag) + tag.length);
    const value = tag.startsWith('<textarea')
      ? after.slice(0, after.indexOf('</textarea>'))
      : tag.startsWith('<select')
        ? /<option value="([^"]*)" selected/.exec(after.slice(0, after.indexOf('</select>')))?.[1]
        : / value="([^"]*)"/.exec(tag)?.[1];
    fields.append(name, value ?? '');
  }
  return fields;
};
