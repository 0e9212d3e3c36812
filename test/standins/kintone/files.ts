import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { apiError } from './errors.ts';

export interface StoredFile {
  name: string;
  contentType: string;
  sizeBytes: number;
  sha256: string;
  /** Where its bytes are. */
  path: string;
}

const lifetimeMs = 3 * 24 * 3600_000;

/** What was uploaded and is attached to nothing yet. A key is good for one record and three days. */
export class TemporaryFiles {
  private readonly files = new Map<string, { file: StoredFile; since: number }>();

  /** Whether what comes in is kept with another first byte. */
  damaging = false;
  private readonly folder: string;
  private readonly nowMs: () => number;

  constructor(folder: string, nowMs: () => number) {
    this.folder = folder;
    this.nowMs = nowMs;
  }

  get(fileKey: string): StoredFile | undefined {
    const found = this.files.get(fileKey);
    return found !== undefined && this.nowMs() - found.since < lifetimeMs ? found.file : undefined;
  }

  use(fileKey: string): void {
    this.files.delete(fileKey);
  }

  keep(file: StoredFile): string {
    const fileKey = randomUUID();
    this.files.set(fileKey, { file, since: this.nowMs() });
    return fileKey;
  }

  /** A file that somebody attaches in the browser. */
  async put(name: string, bytes: Buffer): Promise<StoredFile> {
    const path = join(this.folder, randomUUID());
    await writeFile(path, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { name, contentType: 'application/octet-stream', sizeBytes: bytes.length, sha256, path };
  }

  /** Puts one request's form to disk as it comes. @throws ApiError unless it is one whole part named `file` */
  async receive(request: IncomingMessage): Promise<StoredFile> {
    const [, boundary] =
      /^multipart\/form-data; boundary="?([^";]+)"?$/.exec(request.headers['content-type'] ?? '') ?? [];
    const lengthBytes = Number(request.headers['content-length']);
    if (boundary === undefined || !Number.isSafeInteger(lengthBytes)) throw apiError(400, 'CB_IL02');
    const path = join(this.folder, randomUUID());
    const hash = createHash('sha256');
    const part = new PartReader(boundary, lengthBytes, (bytes) => hash.update(bytes));
    try {
      await pipeline(request, part, createWriteStream(path));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    if (this.damaging) await damage(path);
    const { name, filename, contentType } = part.head;
    if (name !== 'file' || filename === undefined) throw apiError(400, 'CB_IL02');
    return { name: filename, contentType, sizeBytes: part.bodyBytes, sha256: hash.digest('hex'), path };
  }
}

const damage = async (path: string): Promise<void> => {
  const bytes = await readFile(path);
  bytes.writeUInt8((bytes.at(0) ?? 0) ^ 1);
  await writeFile(path, bytes);
};

/** Takes the one part out of a form whose length is known, and checks that the form ends as it must. */
class PartReader extends Transform {
  head: { name?: string; filename?: string; contentType: string } = { contentType: '' };
  bodyBytes = 0;
  private start = Buffer.alloc(0);
  private rest = Buffer.alloc(0);
  private leftBytes: number | undefined;
  private readonly tail: string;
  private readonly lengthBytes: number;
  private readonly seen: (bytes: Buffer) => void;

  constructor(boundary: string, lengthBytes: number, seen: (bytes: Buffer) => void) {
    super();
    this.lengthBytes = lengthBytes;
    this.seen = seen;
    this.tail = `\r\n--${boundary}--\r\n`;
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    let bytes = chunk;
    if (this.leftBytes === undefined) {
      this.start = Buffer.concat([this.start, chunk]);
      const at = this.start.indexOf('\r\n\r\n');
      if (at < 0) return done();
      this.head = headOf(this.start.subarray(0, at).toString('utf8'));
      bytes = this.start.subarray(at + 4);
      this.bodyBytes = this.lengthBytes - at - 4 - this.tail.length;
      this.leftBytes = this.bodyBytes;
    }
    const body = bytes.subarray(0, this.leftBytes);
    this.leftBytes -= body.length;
    this.rest = Buffer.concat([this.rest, bytes.subarray(body.length)]);
    this.seen(body);
    if (body.length > 0) this.push(body);
    done();
  }

  override _flush(done: (error?: Error) => void): void {
    done(this.leftBytes === 0 && this.rest.toString() === this.tail ? undefined : apiError(400, 'CB_IL02'));
  }
}

const headOf = (text: string): { name?: string; filename?: string; contentType: string } => {
  const parameter = (name: string) => new RegExp(`[; ]${name}="([^"]*)"`).exec(text)?.[1];
  const name = parameter('name');
  const filename = parameter('filename')?.replaceAll('%22', '"');
  return {
    ...(name === undefined ? {} : { name }),
    ...(filename === undefined ? {} : { filename }),
    contentType: /^content-type: *(.+)$/im.exec(text)?.[1] ?? 'application/octet-stream',
  };
};
