import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BoxError } from './errors.ts';
import { Faults, type SeenCall } from './exchange.ts';
import { Sessions } from './sessions.ts';
import { type Application, Tokens } from './tokens.ts';
import { ancestorsOf, type Item, type Role, Tree } from './tree.ts';

export interface BoxOptions {
  application: Application;
  partBytes?: number;
  pageLength?: number;
}

/** A server that answers as Box's description and guides say that it does, on 127.0.0.1. */
export class Box {
  readonly dir = mkdtempSync(join(tmpdir(), 'uketori-box-'));
  readonly tree = new Tree();
  readonly application: Application;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly faults = new Faults();
  readonly calls: SeenCall[] = [];
  /** Addresses that need no token, as long as they are known. */
  readonly downloads = new Map<string, string>();
  /** Of a folder and what is below it; elsewhere the account may do everything. */
  readonly roles = new Map<Item, Role>();
  spaceBytes = 10 * 1024 ** 4;
  commitAfterSeconds = 1;
  url = '';

  constructor({ application, partBytes = 8 * 1024 * 1024, pageLength = 1000 }: BoxOptions) {
    this.application = application;
    this.tokens = new Tokens(application, () => `${this.url}/oauth2/token`);
    this.sessions = new Sessions({ partBytes, commitsLater: 0, pageLength });
  }

  roleIn(item: Item): Role {
    const near = [item, ...ancestorsOf(item).toReversed()].find((each) => this.roles.has(each));
    return near === undefined ? 'editor' : (this.roles.get(near) ?? 'editor');
  }

  usedBytes(): number {
    return [...this.tree.items.values()].reduce((sum, { content }) => sum + (content?.sizeBytes ?? 0), 0);
  }

  requireRoom(bytes: number): void {
    if (this.usedBytes() + bytes > this.spaceBytes) throw new BoxError(403, 'storage_limit_exceeded');
  }
}
