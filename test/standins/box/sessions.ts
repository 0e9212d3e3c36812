import { createHash, type Hash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { BoxError } from './errors.ts';
import type { Content, Item } from './tree.ts';

export const leastSessionBytes = 20_000_000;

interface Part {
  part_id: string;
  offset: number;
  size: number;
  sha1: string;
}

interface Session {
  id: string;
  folder: Item;
  name: string;
  sizeBytes: number;
  partBytes: number;
  parts: Map<number, Part>;
  /** Of the parts so far. */
  sha1: Hash;
  sha256: Hash;
}

export interface SessionOptions {
  partBytes: number;
  /** So many commits are answered by 202 first. */
  commitsLater: number;
  /** Of one listing of parts. */
  pageLength: number;
}

/**
 * Upload sessions: parts of one size, each once, and a commit with the hash of the whole. Box takes parts in any order; here
 * they must come one after the other, since they are hashed and not kept.
 */
export class Sessions {
  readonly options: SessionOptions;
  readonly open = new Map<string, Session>();

  constructor(options: SessionOptions) {
    this.options = options;
  }

  begin(folder: Item, name: string, sizeBytes: number): Session {
    if (!Number.isInteger(sizeBytes)) throw new BoxError(400, 'invalid_file_size');
    if (sizeBytes < leastSessionBytes) throw new BoxError(400, 'file_size_too_small');
    const id = randomBytes(16).toString('hex').toUpperCase();
    const session: Session = {
      id,
      folder,
      name,
      sizeBytes,
      partBytes: this.options.partBytes,
      parts: new Map(),
      sha1: createHash('sha1'),
      sha256: createHash('sha256'),
    };
    this.open.set(id, session);
    return session;
  }

  of(id: string): Session {
    const session = this.open.get(id);
    if (session === undefined) throw new BoxError(404, 'not_found');
    return session;
  }

  async addPart(session: Session, headers: IncomingHttpHeaders, body: Readable): Promise<Part> {
    const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(String(headers['content-range'])) ?? [];
    const [, from = -1, to = -1, total = -1] = range.map(Number);
    const next = session.parts.size * session.partBytes;
    const hashes = { part: createHash('sha1'), sha1: session.sha1.copy(), sha256: session.sha256.copy() };
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      for (const hash of Object.values(hashes)) hash.update(chunk);
      size += chunk.length;
    }
    const rightBytes = Math.min(session.partBytes, session.sizeBytes - from);
    const fits = total === session.sizeBytes && from >= 0 && from % session.partBytes === 0;
    if (!fits || to !== from + rightBytes - 1 || size !== rightBytes)
      throw new BoxError(416, 'invalid_content_range');
    const sha1 = hashes.part.digest('hex');
    if (headers['digest'] !== digestOf(sha1)) throw new BoxError(412, 'sha1_mismatch');
    if (session.parts.has(from)) throw new BoxError(409, 'range_overlaps_existing_range');
    if (from !== next) throw new Error('the stand-in takes parts in their order only');
    session.sha1 = hashes.sha1;
    session.sha256 = hashes.sha256;
    const part = { part_id: randomBytes(4).toString('hex').toUpperCase(), offset: from, size, sha1 };
    session.parts.set(from, part);
    return part;
  }

  /** @returns undefined where Box is not done with the parts yet; the bytes are nowhere */
  commit(session: Session, digest: unknown, named: { part_id: string }[]): Content | undefined {
    if (this.options.commitsLater > 0) {
      this.options.commitsLater -= 1;
      return undefined;
    }
    const parts = [...session.parts.values()];
    const sizeBytes = parts.reduce((sum, { size }) => sum + size, 0);
    const ids = new Set(named.map(({ part_id }) => part_id));
    if (sizeBytes !== session.sizeBytes || parts.some(({ part_id }) => !ids.has(part_id)))
      throw new BoxError(400, 'parts_mismatch');
    const sha1 = session.sha1.copy().digest('hex');
    if (digest !== digestOf(sha1)) throw new BoxError(412, 'sha1_mismatch');
    return { path: '', sizeBytes, sha1, sha256: session.sha256.copy().digest('hex') };
  }
}

const digestOf = (sha1: string): string => `sha=${Buffer.from(sha1, 'hex').toString('base64')}`;
