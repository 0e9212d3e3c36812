import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Content } from './tree.ts';

export const readAll = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** Writes bytes to disk, and says what they were. */
export const keep = async (bytes: Buffer, path: string): Promise<Content> => {
  await writeFile(path, bytes);
  const hash = (name: string) => createHash(name).update(bytes).digest('hex');
  return { path, sizeBytes: bytes.length, sha1: hash('sha1'), sha256: hash('sha256') };
};

export interface FormField {
  name: string;
  filename: string | undefined;
  bytes: Buffer;
}

/** A form in memory: Box takes at most 50 MB this way. */
export const formOf = (bytes: Buffer, contentType: string): FormField[] => {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) return [];
  const fields: FormField[] = [];
  const mark = Buffer.from(`--${boundary}`);
  for (let at = bytes.indexOf(mark); at >= 0; ) {
    const next = bytes.indexOf(mark, at + mark.length);
    if (next < 0) break;
    const part = bytes.subarray(at + mark.length + 2, next - 2);
    const end = part.indexOf('\r\n\r\n');
    const head = part.subarray(0, end).toString('utf8');
    fields.push({
      name: / name="([^"]*)"/.exec(head)?.[1] ?? '',
      filename: / filename="([^"]*)"/.exec(head)?.[1],
      bytes: part.subarray(end + 4),
    });
    at = next;
  }
  return fields;
};
