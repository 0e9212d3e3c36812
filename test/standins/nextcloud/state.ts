import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryPrefix } from './body.ts';
import type { StandinUser } from './options.ts';
import type { ShareRow } from './share-rules.ts';
import type { SavedNode } from './tree.ts';

export interface DirectLink {
  token: string;
  fileId: number;
  expiresAtMs: number;
}

export interface Webhook {
  id: number;
  userId: string;
  httpMethod: string;
  uri: string;
  event: string;
  eventFilter: unknown;
  authMethod: string;
}

export interface SavedState {
  instanceId: string;
  lastFileId: number;
  lastShareId: number;
  lastWebhookId: number;
  /** Those that an administrator made, beside the ones in the options. */
  users: StandinUser[];
  /** `<account> <SHA-256 of the app password>` */
  appPasswords: string[];
  /** App passwords from the options that were revoked, likewise. */
  revoked: string[];
  shares: ShareRow[];
  directLinks: DirectLink[];
  webhooks: Webhook[];
  nodes: SavedNode[];
}

const fileName = 'state.json';

export const readState = (root: string): SavedState => {
  mkdirSync(root, { recursive: true });
  sweep(root);
  let text: string;
  try {
    text = readFileSync(join(root, fileName), 'utf8');
  } catch {
    return {
      instanceId: `oc${randomBytes(5).toString('hex')}`,
      lastFileId: 100,
      lastShareId: 0,
      lastWebhookId: 0,
      users: [],
      appPasswords: [],
      revoked: [],
      shares: [],
      directLinks: [],
      webhooks: [],
      nodes: [],
    };
  }
  return JSON.parse(text) as SavedState;
};

/** What a killed process was writing. */
const sweep = (root: string): void => {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.name.startsWith(temporaryPrefix))
      rmSync(join(entry.parentPath, entry.name), { recursive: true });
  }
};

/** Writes the state after changes; those that come while it is being written share the next write. */
export class Saver {
  readonly #root: string;
  readonly #snapshot: () => SavedState;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(root: string, snapshot: () => SavedState) {
    this.#root = root;
    this.#snapshot = snapshot;
  }

  /** Resolves when everything up to this call is on the disk. */
  save(): Promise<void> {
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      this.#running = this.#write();
      return this.#running;
    });
    return this.#next;
  }

  async #write(): Promise<void> {
    const temporary = join(this.#root, `${temporaryPrefix}state`);
    await writeFile(temporary, JSON.stringify(this.#snapshot()));
    await rename(temporary, join(this.#root, fileName));
  }
}
