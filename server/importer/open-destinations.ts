import { Failure } from '../lib/failure.ts';
import type { Destination, DestinationModule, DestinationTools } from './destinations/destination.ts';

/** What is configured for a destination, as its row keeps it. */
export interface ConfiguredDestination {
  id: string;
  kind: string;
  config: Record<string, unknown>;
  secretsSealed: string | null;
}

/** The destinations that are open in this process: each keeps its connections and its sign-in between deliveries. */
export interface OpenDestinations {
  /** The open one while its row is unchanged. @throws Failure `destination.rejected` */
  of(row: ConfiguredDestination): Destination;
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
  const make = (row: ConfiguredDestination): Destination => {
    const module = options.modules.get(row.kind);
    if (module === undefined)
      throw new Failure('destination.rejected', { details: { unknownKind: row.kind } });
    const secrets = row.secretsSealed === null ? {} : options.openSecrets(row.id, row.secretsSealed);
    return module.open(row.config, { ...options.tools, secrets });
  };
  return {
    of(row) {
      const madeOf = JSON.stringify([row.kind, row.config, row.secretsSealed]);
      const known = open.get(row.id);
      if (known?.madeOf === madeOf) return known.destination;
      const destination = make(row);
      if (known !== undefined) replaced.push(known.destination);
      open.set(row.id, { madeOf, destination });
      return destination;
    },
    async close() {
      const all = [...replaced, ...[...open.values()].map(({ destination }) => destination)];
      await Promise.allSettled(all.map(async (destination) => destination.close?.()));
    },
  };
};
