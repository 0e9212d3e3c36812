import { type IncomingHttpHeaders, request } from 'node:http';
import { pipeline, Readable } from 'node:stream';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Sent {
  headers?: Record<string, string>;
  body?: { bytes: Iterable<Buffer>; sizeBytes: number } | undefined;
  signal: AbortSignal;
}

/** One request on a connection of its own. @throws Error when the connection breaks before the answer is whole */
export const exchange = (port: number, method: string, path: string, sent: Sent): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { body, signal } = sent;
    const length = body?.sizeBytes ?? 0;
    const headers = {
      ...sent.headers,
      ...(method === 'GET' || method === 'HEAD' ? {} : { 'content-length': String(length) }),
    };
    const call = request({ host: '127.0.0.1', port, method, path, headers, agent: false, signal });
    call.once('error', reject);
    call.once('response', (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.once('error', reject);
      response.once('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(pieces).toString('utf8'),
        });
        // What is left of the body is of no more use.
        call.destroy();
      });
    });
    if (length === 0) call.end();
    else
      pipeline(Readable.from(body?.bytes ?? [], { highWaterMark: 1 }), call, (error) => {
        if (error) reject(error);
      });
  });

/** Where an answer tells an offset; undefined where it tells none. */
export const offsetIn = ({ status, headers }: Answer): number | undefined => {
  const said = headers['upload-offset'];
  return status < 300 && typeof said === 'string' ? Number(said) : undefined;
};

/** After which answers a client asks again. */
export const mayPass = (status: number): boolean =>
  status >= 500 || [408, 409, 423, 425, 429].includes(status);

/** An answer after which a client doesn't try again. */
export class Refused extends Error {}
