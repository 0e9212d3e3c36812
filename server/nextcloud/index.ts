import type { Log } from '../lib/log.ts';
import { createAccount } from './account.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import { createFiles } from './files.ts';
import { createHttp } from './http.ts';
import { createNotifications } from './notifications.ts';
import { createShares } from './shares.ts';
import { createTheming } from './theming.ts';
import type { Nextcloud } from './types.ts';
import { createUploads } from './uploads.ts';

export type { Body } from './body.ts';
export { type Circuit, type CircuitOptions, createCircuit } from './circuit.ts';
export * from './types.ts';

export interface NextcloudOptions {
  /** May have a path: https://host/nextcloud */
  baseUrl: URL;
  /** What the account signs in with. */
  user: string;
  /** Nextcloud's own name for the account, where it signs in with something else (an address). Default: `user`. */
  userId?: string;
  appPassword: string;
  log: Log;
  /** Most requests in flight, at least 2; default 8. Each holds a worker of the server's. */
  connections?: number;
  /** No byte moved either way for this long: `nextcloud.stalled`. Default 60 000. */
  progressTimeoutMs?: number;
  /** The same for COPY and MOVE, which answer only when all is done. Default 30 minutes. */
  assemblyTimeoutMs?: number;
  /** The account's circuit; default: one of its own. */
  circuit?: Circuit;
  /** For counting: status 0 where no answer came. */
  onAnswer?: (call: { method: string; status: number; seconds: number }) => void;
}

/** A client for one account. Opens nothing before the first call; close it when it is no longer needed. */
export function createNextcloud(options: NextcloudOptions): Nextcloud {
  const { baseUrl, user, appPassword } = options;
  const http = createHttp({
    ...options,
    account: { user, appPassword, circuit: options.circuit ?? createCircuit() },
  });
  const userId = options.userId ?? user;
  return {
    baseUrl,
    user,
    ...createAccount(http),
    ...createTheming(http),
    shares: createShares(http),
    files: createFiles(http, userId),
    uploads: createUploads(http, userId),
    notifications: createNotifications(http, userId),
    close: () => http.close(),
  };
}
