import { BlockList } from 'node:net';
import type {
  Destination,
  DestinationTools,
  NextcloudPlace,
} from '../../../server/importer/destinations/destination.ts';
import { destinationModules } from '../../../server/importer/destinations/registry.ts';
import { silentLog } from '../../../server/lib/log.ts';
import { createOutgoingClient } from '../../../server/lib/outgoing/client.ts';
import { createAddressGuard } from '../../../server/lib/outgoing/guard.ts';
import { createNextcloud, type Nextcloud } from '../../../server/nextcloud/index.ts';

/** All that another process needs to open the same destination. */
export interface Settings {
  kind: string;
  config: Record<string, unknown>;
  secrets?: Record<string, string>;
  /** The Nextcloud that the files come from, where the destination has to do with it. */
  nextcloud?: NextcloudSettings;
}

export interface NextcloudSettings {
  url: string;
  user: string;
  appPassword: string;
}

/** A guard that lets tests call this machine. */
export const loopback = () => {
  const networks = new BlockList();
  networks.addSubnet('127.0.0.0', 8, 'ipv4');
  networks.addAddress('::1', 'ipv6');
  return createAddressGuard(networks);
};

export interface ToolsOptions {
  secrets?: Record<string, string> | undefined;
  nextcloud?: NextcloudPlace | undefined;
  /** After so long without a byte a system counts as silent. */
  progressTimeoutMs?: number;
}

/** What the composition hands to a destination, for tests on this machine. */
export const toolsOf = ({
  secrets = {},
  nextcloud,
  progressTimeoutMs = 3_000,
}: ToolsOptions = {}): DestinationTools => {
  const guard = loopback();
  return {
    secrets,
    guard,
    http: createOutgoingClient({ guard, progressTimeoutMs }),
    nextcloud: () =>
      nextcloud === undefined
        ? Promise.reject(new Error('no Nextcloud in this test'))
        : Promise.resolve(nextcloud),
  };
};

export const nextcloudOf = ({ url, user, appPassword }: NextcloudSettings): Nextcloud =>
  createNextcloud({
    baseUrl: new URL(url),
    user,
    appPassword,
    log: silentLog,
    progressTimeoutMs: 5_000,
    assemblyTimeoutMs: 5_000,
  });

/** As the registry would open it. */
export const openSettings = ({ kind, config, secrets, nextcloud }: Settings): Destination => {
  const module = destinationModules.get(kind);
  if (module === undefined) throw new Error(`${kind} is not in the registry`);
  return module.open(config, toolsOf({ secrets, nextcloud: nextcloud && nextcloudOf(nextcloud).files }));
};
