import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Acl {
  owner?: string;
  r?: string[];
  w?: string[];
  c?: string[];
  u?: string[];
  d?: string[];
  admin?: string[];
}

export interface User {
  id: string;
  username: string;
  email: string;
  password: string;
  groups: string[];
  enabled: boolean;
}

/** The bytes of a file, on disk. */
export interface Body {
  path: string;
  length: number;
  sha256: string;
}

export interface StoredFile {
  id: string;
  filename: string;
  contentType: string;
  body: Body;
  acl: Acl;
  createdAt: string;
  updatedAt: string;
  metaETag: string;
  fileETag: string;
  publicPath?: string | undefined;
  options?: unknown;
  deleted: boolean;
  /** While it is written, nobody else comes to it. */
  locked: boolean;
}

export interface Bucket {
  name: string;
  description: string;
  acl: Acl;
  contentAcl: Acl;
  files: Map<string, StoredFile>;
}

export interface Options {
  tenant: string;
  appId: string;
  appKey: string;
  /** As on GridFS unless given: 100 MB. */
  mostFileBytes: number;
  /** Room for all files together. */
  capacityBytes: number;
  /** Who may make buckets; everybody who is signed in, unless given. */
  rootContentAcl: Acl;
  /** What a server would do that keeps what has come of a body that breaks off: not known of any. */
  keepsCutBodies: boolean;
}

export type Trouble = 'throttled' | 'failing' | 'answer-lost' | 'hanging' | 'signed-out';

export interface Seen {
  method: string;
  path: string;
  status: number;
}

export interface State {
  readonly dir: string;
  options: Options;
  users: User[];
  /** User by session token. */
  sessions: Map<string, User>;
  buckets: Map<string, Bucket>;
  /** What happens to the next upload. */
  trouble: Trouble | undefined;
  /** Every request that has been answered. */
  seen: Seen[];
  /** Of bodies of files, whole or not. */
  receivedBytes: number;
  /** Below the address, without `/`. */
  origin: string;
}

export const newId = (): string => randomUUID().replaceAll('-', '').slice(0, 24);

/** A body that ended before its length: its sender is gone, there is nobody to answer. */
export class CutBody extends Error {}

/** Takes a request's body in. @throws CutBody when it ends early, unless what came is to be kept */
export const takeBody = async (state: State, request: IncomingMessage): Promise<Body> => {
  const path = join(state.dir, newId());
  const hash = createHash('sha256');
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      state.receivedBytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(request, count, createWriteStream(path));
  } catch {
    if (!state.options.keepsCutBodies) {
      await rm(path, { force: true });
      throw new CutBody();
    }
  }
  return { path, length: (await stat(path)).size, sha256: hash.digest('hex') };
};
