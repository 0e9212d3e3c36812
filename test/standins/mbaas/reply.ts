import type { IncomingMessage, ServerResponse } from 'node:http';

/** A refusal as the BaaS words it. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: object;
  constructor(status: number, body: object) {
    super(String(status));
    this.status = status;
    this.body = body;
  }
}

export const refusal = (status: number, error: string): Refusal => new Refusal(status, { error });

/** 409 says why: each reason with its own detail. */
export const conflict = (
  reasonCode: 'duplicate_filename' | 'etag_mismatch' | 'file_locked' | 'duplicate_key',
  detail: unknown,
): Refusal => new Refusal(409, { reasonCode, detail });

export const locked = (): Refusal => conflict('file_locked', 'File is locked');

export const sendJson = (response: ServerResponse, status: number, body: object): void => {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
};

/** @throws Refusal 415 or 400 */
export const jsonOf = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw refusal(415, 'Unsupported Media Type');
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return parsedObject(Buffer.concat(chunks).toString('utf8'), 'Invalid JSON');
};

export const parsedObject = (text: string, error: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw refusal(400, error);
};
