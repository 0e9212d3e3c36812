import type { ClientRequest } from 'node:http';
import { until } from '../../support/portal.ts';
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

export { replyOf };
