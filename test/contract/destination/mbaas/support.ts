import type { Delivery } from '../../../../server/importer/destinations/destination.ts';
import { mbaas } from '../../../../server/importer/destinations/mbaas/deliver.ts';
import type { MbaasStandin } from '../../../standins/mbaas/standin.ts';
import type { Options } from '../../../standins/mbaas/state.ts';
import { deliveryOf, fileOf } from '../deliveries.ts';
import { toolsOf } from '../tools.ts';
import { filesIn, openMbaas } from './harness.ts';

let opened: MbaasStandin[] = [];

/** Ends every stand-in that was opened: for `afterEach`. */
export const closeAll = async (): Promise<void> => {
  await Promise.all(opened.map((standin) => standin.close()));
  opened = [];
};

/** A stand-in, and the destination as configured; `again` opens another, configured otherwise. */
export const open = async (config: Record<string, unknown> = {}, given: Partial<Options> = {}) => {
  const { standin, settings, user } = await openMbaas(given, config);
  opened.push(standin);
  const again = (changed: Record<string, unknown> = {}, secrets = settings.secrets) =>
    mbaas.open({ ...settings.config, ...changed }, toolsOf({ secrets }));
  return { standin, settings, user, destination: again(), again };
};

export const small = (path = 'a.txt', text = 'a') => deliveryOf([fileOf(path, Buffer.from(text))]);
export const nameOf = ({ receiptNumber }: Delivery, name: string) => `${receiptNumber} ${name}`;
export const fileNamed = (standin: MbaasStandin, name: string) => standin.bucket('incoming')?.files.get(name);
export const namesIn = (standin: MbaasStandin) =>
  filesIn(standin)
    .map(({ filename }) => filename)
    .sort();
export const calls = (standin: MbaasStandin, method: string, part: string) =>
  standin.seen.filter((seen) => seen.method === method && seen.path.includes(part));

/** A request of somebody's own, signed in or not. */
export const ask = async (standin: MbaasStandin, path: string, token?: string) => {
  const { tenant, appId, appKey } = standin.options;
  return fetch(`${standin.baseUrl}/1/${tenant}/${path}`, {
    headers: {
      'x-application-id': appId,
      'x-application-key': appKey,
      ...(token === undefined ? {} : { 'x-session-token': token }),
    },
  });
};
export const tokenOf = async (standin: MbaasStandin, username: string, password: string): Promise<string> => {
  const { tenant, appId, appKey } = standin.options;
  const reply = await fetch(`${standin.baseUrl}/1/${tenant}/login`, {
    method: 'POST',
    headers: {
      'x-application-id': appId,
      'x-application-key': appKey,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ username, password }),
  });
  return ((await reply.json()) as { sessionToken: string }).sessionToken;
};
export const metaPath = (name: string) => `files/incoming/${encodeURIComponent(name)}/meta`;
