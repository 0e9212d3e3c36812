import { composeImporter } from '../compose/importer.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../lib/log.ts';
import { guardProcess, onEnd, tellSupervisor } from './process.ts';
import { migrateWhenReachable } from './provision.ts';
import { findSurroundings } from './surroundings.ts';

/** Runs the importer in this process until it is told to end. */
export const runImporter = async (config: Config, log: Log): Promise<void> => {
  const surroundings = await findSurroundings(config, log);
  await migrateWhenReachable(surroundings.database, log);
  const importer = await composeImporter(surroundings);
  guardProcess(log, () => importer.db.renew());
  log.info('the importer runs');
  tellSupervisor({ ready: true });
  // Nothing else keeps this process alive while it waits for work.
  const alive = setInterval(() => undefined, 60_000);
  onEnd(() => {
    log.info('the importer ends');
    clearInterval(alive);
    return importer.close();
  });
};
