import { createHash } from 'node:crypto';
import type { ClientRequest } from 'node:http';
import { desc, eq } from 'drizzle-orm';
import { submissions } from '../../../db/schema/index.ts';
import { type OpenRequest, type TestPortal, until } from '../../support/portal.ts';
import { ask, open, type Reply, replyOf } from './wire.ts';

const boundary = '----a-browser';

export interface PlainFile {
  name: string;
  content: Uint8Array | string;
  field?: string;
}

export const formHeaders = { 'content-type': `multipart/form-data; boundary=${boundary}` };
export const asBrowser = { accept: 'text/html' };

export const fieldPart = (name: string, value: string): string =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
export const fileHead = ({ field = 'files', name }: Pick<PlainFile, 'field' | 'name'>): string =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
export const formEnd = `--${boundary}--\r\n`;

const filePart = (file: PlainFile): Buffer =>
  Buffer.concat([Buffer.from(fileHead(file)), Buffer.from(file.content as string), Buffer.from('\r\n')]);

/** A form as browsers write it. */
export const form = (fields: Record<string, string>, files: PlainFile[]): Buffer =>
  Buffer.concat([
    Buffer.from(
      Object.entries(fields)
        .map(([name, value]) => fieldPart(name, value))
        .join(''),
    ),
    ...files.map(filePart),
    Buffer.from(formEnd),
  ]);

export const post = (
  url: string,
  path: string,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<Reply> => ask(url, { method: 'POST', path, headers: { ...formHeaders, ...headers }, body });

/** A form that the caller writes piece by piece, and may never end. */
export const openForm = (url: string, path: string, headers: Record<string, string> = {}): ClientRequest =>
  open(url, { method: 'POST', path, headers: { ...formHeaders, ...headers } });

/** The cookies that a reply sets, as a browser sends them back. */
export const cookiesOf = ({ headers }: Reply): string =>
  (headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]).join('; ');

/** Follows a waiting page as a browser does. @returns where the receipt is */
export const receiptOf = (url: string, path: string, cookie: string): Promise<string> =>
  until('the receipt', async () => {
    const reply = await ask(url, { path, headers: { ...asBrowser, cookie } });
    return reply.headers.location?.startsWith('/receipts/') === true && reply.headers.location;
  });

/** What a program is told. */
export interface PlainReply {
  submissionId: string;
  credential: string;
  receiptNumber: string;
  state: string;
  files: { name: string; state: string; sha256?: string; metadata: Record<string, string | null> }[];
  refused: { name: string; code: string }[];
  skipped: number;
  code?: string;
}

export const told = (body: string): PlainReply => JSON.parse(body) as PlainReply;

export const sha256 = (content: Uint8Array | string): string =>
  createHash('sha256').update(content).digest('hex');

/** What a browser shows that runs no script. */
export const withoutScript = (body: string): string =>
  [...body.matchAll(/<noscript>(.*?)<\/noscript>/gs)].map(([, shown]) => shown).join('');

export const textFile = { name: 'a.txt', content: 'a text' };

/** Plain forms to a portal that is started before the tests. */
export const plainForms = (portalOf: () => TestPortal) => ({
  send: (request: OpenRequest, body: Uint8Array | string, headers: Record<string, string> = {}) =>
    post(portalOf().url, `/r/${request.token}/send`, body, headers),
  sealed: (begun: PlainReply) =>
    until('the seal', async () => {
      const now = await portalOf().status(begun);
      return now.state === 'sealed' ? now : undefined;
    }),
  /** The last submission of a request. */
  latestOf: async ({ id }: OpenRequest) => {
    const [row] = await portalOf()
      .db.select()
      .from(submissions)
      .where(eq(submissions.requestId, id))
      .orderBy(desc(submissions.createdAt));
    return row;
  },
});

export { replyOf };
