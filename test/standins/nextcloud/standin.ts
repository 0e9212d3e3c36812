import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Control, newControl } from './control.ts';
import { openInstance } from './instance.ts';
import { defaultUsers, type StandinOptions, type StandinUser } from './options.ts';
import { RequestRecord } from './record.ts';
import { newServer } from './server.ts';

export type { Control } from './control.ts';
export type { Fault, FaultAction, FaultRule } from './faults.ts';
export type { StandinOptions, StandinTheming, StandinUser } from './options.ts';
export type { RecordedRequest } from './record.ts';

/** A server that behaves on the wire as Nextcloud 32.0.1 was measured to, on 127.0.0.1. */
export interface Standin {
  /** Without a slash at the end. */
  readonly url: string;
  readonly root: string;
  readonly users: readonly StandinUser[];
  /** The first account that is no administrator, and the first that is one. */
  readonly user: StandinUser;
  readonly admin: StandinUser;
  readonly control: Control;
  readonly requests: RequestRecord;
  /** Cuts every connection. What was stored stays in `root`, if one was given. */
  close(): Promise<void>;
}

/** Throws when the port is taken, or when the users lack an administrator or an ordinary account. */
export const startStandin = async (options: StandinOptions = {}): Promise<Standin> => {
  const users = options.users ?? defaultUsers;
  const [user, admin] = [
    users.find((each) => each.admin !== true),
    users.find((each) => each.admin === true),
  ];
  if (user === undefined || admin === undefined)
    throw new Error('the stand-in needs an account and an administrator');
  const root = options.root ?? mkdtempSync(join(tmpdir(), 'uketori-standin-'));
  const instance = openInstance(root, { ...options, users });
  const requests = new RequestRecord(instance.workers);
  const server = newServer(instance, requests);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    root,
    users,
    user,
    admin,
    control: newControl(instance),
    requests,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await instance.save();
      if (options.root === undefined) rmSync(root, { recursive: true, force: true });
    },
  };
};
