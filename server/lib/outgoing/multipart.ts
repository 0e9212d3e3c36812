import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

export interface FormPart {
  name: string;
  /** Only for a file; UTF-8. */
  filename?: string;
  contentType?: string;
  body: string | Buffer | { stream: Readable; sizeBytes: number };
}

export interface MultipartForm {
  /** `multipart/form-data; boundary=…` */
  contentType: string;
  stream: Readable;
  /** Exact, so that it can be sent with a Content-Length. */
  sizeBytes: number;
}

/**
 * A form (RFC 7578) that holds nothing in memory: its parts go out in their order, streams as they come. Names are
 * escaped as browsers do (WHATWG: CR, LF and `"` as %0D, %0A and %22), and sent in UTF-8.
 */
export const multipartForm = (parts: readonly FormPart[]): MultipartForm => {
  const boundary = `uketori-${randomUUID()}`;
  const heads = parts.map((part, index) =>
    Buffer.from(`${index === 0 ? '' : '\r\n'}${headOf(part, boundary)}`),
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const bodies = parts.map(({ body }) => (typeof body === 'string' ? Buffer.from(body) : body));
  const sizeOf = (body: (typeof bodies)[number]) => (Buffer.isBuffer(body) ? body.length : body.sizeBytes);
  async function* bytes(): AsyncGenerator<Buffer> {
    for (const [index, body] of bodies.entries()) {
      yield heads[index] ?? Buffer.alloc(0);
      if (Buffer.isBuffer(body)) yield body;
      else yield* body.stream as AsyncIterable<Buffer>;
    }
    yield tail;
  }
  const stream = Readable.from(bytes(), { objectMode: false });
  stream.once('close', () => {
    // A part that was never reached would keep its source open.
    for (const body of bodies) if (!Buffer.isBuffer(body)) body.stream.destroy();
  });
  const sizeBytes =
    tail.length + heads.reduce((sum, head, index) => sum + head.length + sizeOf(bodies[index] ?? tail), 0);
  return { contentType: `multipart/form-data; boundary=${boundary}`, stream, sizeBytes };
};

const headOf = (part: FormPart, boundary: string): string => {
  const filename = part.filename === undefined ? '' : `; filename="${escaped(part.filename)}"`;
  const type = part.contentType === undefined ? '' : `Content-Type: ${part.contentType}\r\n`;
  return `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(part.name)}"${filename}\r\n${type}\r\n`;
};

const escaped = (text: string): string =>
  text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
