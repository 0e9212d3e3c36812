import { box } from './box/deliver.ts';
import type { DestinationModule } from './destination.ts';
import { folder } from './folder/deliver.ts';
import { kintone } from './kintone/deliver.ts';
import { mbaas } from './mbaas/deliver.ts';
import { nextcloud } from './nextcloud/deliver.ts';
import { s3 } from './s3/deliver.ts';
import { sftp } from './sftp/deliver.ts';
import { webhook } from './webhook/deliver.ts';

/** Every kind of destination, by its name in the `destinations` table. */
export const destinationModules: ReadonlyMap<string, DestinationModule> = new Map(
  [box, folder, kintone, mbaas, nextcloud, s3, sftp, webhook].map((module) => [module.kind, module]),
);
