import { Failure } from '../lib/failure.ts';
import type { Destination, DestinationModule, DestinationTools } from './destinations/destination.ts';

/** What is configured for a destination, as its row keeps it. */
export interface ConfiguredDestination {
  id: string;
  kind: string;
  config: Record<string, unknown>;
  secretsSealed: string | null;
}

interface Secrets {
  secrets: Record<string, string>;
}

/** The destinations that are open in this process: each keeps its connections and its sign-in between deliveries. */
export interface OpenDestinations {
  /** The open one while its row is unchanged. @throws Failure `destination.rejected` */
  of(row: ConfiguredDestination): Destination;
  /** Opens one and closes it: what of its settings belongs together only its kind knows. @throws Failure `destination.rejected` */
  tryOut(settings: Pick<ConfiguredDestination, 'kind' | 'config'> & Secrets): Promise<void>;
  close(): Promise<void>;
}

export interface OpenDestinationsOptions {
  /** Every kind, by name. */
  modules: ReadonlyMap<string, DestinationModule>;
  /** Opens the sealed secrets of a destination; asked only where it has some. */
  openSecrets(destinationId: string, secretsSealed: string): Record<string, string>;
  tools: Omit<DestinationTools, 'secrets'>;
}

export const createOpenDestinations = (options: OpenDestinationsOptions): OpenDestinations => {
  const open = new Map<string, { madeOf: string; destination: Destination }>();
  // Deliveries may still run on one that was replaced: it is closed with all the others.
  const replaced: Destination[] = [];
  const make = (
    kind: string,
    config: Record<string, unknown>,
    secrets: Record<string, string>,
  ): Destination => {
    const module = options.modules.get(kind);
    if (module === undefined) throw new Failure('destination.rejected', { details: { unknownKind: kind } });
    return module.open(config, { ...options.tools, secrets });
  };
  return {
    of(row) {
      const madeOf = JSON.stringify([row.kind, row.config, row.secretsSealed]);
      const known = open.get(row.id);
      if (known?.madeOf === madeOf) return known.destination;
      const secrets = row.secretsSealed === null ? {} : options.openSecrets(row.id, row.secretsSealed);
      const destination = make(row.kind, row.config, secrets);
      if (known !== undefined) replaced.push(known.destination);
      open.set(row.id, { madeOf, destination });
      return destination;
    },
    async tryOut({ kind, config, secrets }) {
      await make(kind, config, secrets).close?.();
    },
    async close() {
      const all = [...replaced, ...[...open.values()].map(({ destination }) => destination)];
      await Promise.allSettled(all.map(async (destination) => destination.close?.()));
    },
  };
};
