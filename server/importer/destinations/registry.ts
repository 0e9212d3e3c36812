import type { DestinationModule } from './destination.ts';
import { folder } from './folder/deliver.ts';

/** Every kind of destination, by its name in the `destinations` table. */
export const destinationModules: ReadonlyMap<string, DestinationModule> = new Map(
  [folder].map((module) => [module.kind, module]),
);
