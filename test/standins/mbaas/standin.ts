import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newServer } from './server.ts';
import {
  type Acl,
  type Bucket,
  newId,
  type Options,
  type Seen,
  type State,
  type StoredFile,
  type Trouble,
  type User,
} from './state.ts';

/**
 * A BaaS that keeps files in buckets, on this machine: written from the reference of NEC's mobile backend platform
 * (7.5), not from its code. It speaks what the vendor's own JavaScript client speaks; where the reference is silent, so
 * is this: no Retry-After, no page of a proxy.
 */
export interface MbaasStandin {
  /** As it is configured: up to before `/1/`. */
  readonly baseUrl: string;
  readonly options: Options;
  readonly seen: readonly Seen[];
  /** How many bytes of files have come, whether they were kept or not. */
  receivedBytes(): number;
  addUser(username: string, password: string, groups?: string[]): User;
  /** Open to all who are signed in, as the BaaS makes it when nothing is said. */
  addBucket(name: string, more?: Partial<Pick<Bucket, 'acl' | 'contentAcl'>>): Bucket;
  bucket(name: string): Bucket | undefined;
  bucketNames(): string[];
  /** Puts a file there as somebody else would. */
  put(bucket: string, filename: string, bytes: Buffer, more?: Partial<StoredFile>): Promise<StoredFile>;
  read(file: StoredFile): Promise<Buffer>;
  /** What becomes of the next upload. */
  trouble(trouble: Trouble): void;
  endSessions(): void;
  /** How many sessions there are. */
  sessions(): number;
  close(): Promise<void>;
}

export const startMbaas = async (given: Partial<Options> = {}): Promise<MbaasStandin> => {
  const options: Options = {
    tenant: 'tenant1',
    appId: '5af00000aaaa1111bbbb2222',
    appKey: 'app-key-of-the-standin',
    mostFileBytes: 100 * 1024 * 1024,
    capacityBytes: Number.MAX_SAFE_INTEGER,
    rootContentAcl: { c: ['g:authenticated'] },
    keepsCutBodies: false,
    ...given,
  };
  const state: State = {
    dir: await mkdtemp(join(tmpdir(), 'uketori-mbaas-')),
    options,
    users: [],
    sessions: new Map(),
    buckets: new Map(),
    trouble: undefined,
    seen: [],
    receivedBytes: 0,
    origin: '',
  };
  const server = newServer(state);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  state.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    baseUrl: `${state.origin}/api`,
    options,
    seen: state.seen,
    receivedBytes: () => state.receivedBytes,
    addUser(username, password, groups = []) {
      const user = {
        id: newId(),
        username,
        email: `${username}@example.com`,
        password,
        groups,
        enabled: true,
      };
      state.users.push(user);
      return user;
    },
    addBucket(name, more = {}) {
      const everybody: Acl = { r: ['g:authenticated'], w: ['g:authenticated'] };
      const bucket = {
        name,
        description: '',
        acl: { r: ['g:authenticated'] },
        contentAcl: everybody,
        files: new Map(),
        ...more,
      };
      state.buckets.set(name, bucket);
      return bucket;
    },
    bucket: (name) => state.buckets.get(name),
    bucketNames: () => [...state.buckets.keys()],
    async put(bucketName, filename, bytes, more = {}) {
      const file = await fileOf(state.dir, filename, bytes);
      Object.assign(file, more);
      state.buckets.get(bucketName)?.files.set(filename, file);
      return file;
    },
    read: ({ body }) => readFile(body.path),
    trouble(trouble) {
      state.trouble = trouble;
    },
    endSessions: () => state.sessions.clear(),
    sessions: () => state.sessions.size,
    async close() {
      server.close();
      server.closeAllConnections();
      await rm(state.dir, { recursive: true, force: true });
    },
  };
};

const fileOf = async (dir: string, filename: string, bytes: Buffer): Promise<StoredFile> => {
  const path = join(dir, newId());
  await writeFile(path, bytes);
  const now = new Date().toISOString();
  return {
    id: newId(),
    filename,
    contentType: 'application/octet-stream',
    body: { path, length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
    acl: { r: ['g:anonymous'], w: ['g:anonymous'] },
    createdAt: now,
    updatedAt: now,
    metaETag: newId(),
    fileETag: newId(),
    deleted: false,
    locked: false,
  };
};
