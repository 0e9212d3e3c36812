import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { silentLog } from '../../../server/lib/log.ts';
import { createNextcloud, type Nextcloud, type NextcloudOptions } from '../../../server/nextcloud/index.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server made for one test, which ends with it. */
export const serve = async (answer: Answer): Promise<{ url: string; requests: IncomingMessage[] }> => {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    void answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
};

export const clientOf = (url: string, options: Partial<NextcloudOptions> = {}): Nextcloud => {
  const nextcloud = createNextcloud({
    baseUrl: new URL(url),
    user: 'someone',
    appPassword: 'planted-app-password',
    log: silentLog,
    ...options,
  });
  onTestFinished(() => nextcloud.close());
  return nextcloud;
};

export const ocs = (data: unknown, statuscode = 200, message = 'OK'): string =>
  JSON.stringify({
    ocs: { meta: { status: statuscode === 200 ? 'ok' : 'failure', statuscode, message }, data },
  });

export const davError = (exception: string, message: string): string =>
  `<?xml version="1.0" encoding="utf-8"?><d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:exception>${exception}</s:exception><s:message>${message}</s:message></d:error>`;

export const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

export const wholeOf = async (body: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
};
