import { createImporter } from '../importer/importer.ts';
import { startImporter } from '../importer/run.ts';
import { createClamd } from '../importer/scan/clamd.ts';
import { composeDestinations } from './destinations.ts';
import { composeNode } from './node.ts';
import type { Surroundings } from './surroundings.ts';

/** Of one importer, to all destinations: more than one that hangs may have by itself (`maxConcurrent`, 4 unless set). */
const deliveriesAtOnce = 16;

/** The importer: hands sealed submissions to their destinations. */
export const composeImporter = async (surroundings: Surroundings) => {
  const { log } = surroundings;
  const node = await composeNode(surroundings, 'importer', deliveriesAtOnce);
  const { intake } = node;
  const destinations = composeDestinations(surroundings, intake);
  const importer = createImporter({
    db: intake.db,
    nodeId: node.nodeId,
    nextcloudFor: intake.accounts.nextcloudFor,
    destinations,
    zone: surroundings.config.zone,
    scanner: surroundings.config.clamd && createClamd(surroundings.config.clamd),
    log,
  });
  const running = await startImporter({ importer, pool: node.pool, log, concurrency: deliveriesAtOnce });
  return {
    importer,
    db: intake.db,
    async close() {
      await running.stop();
      await destinations.close();
      await node.close();
    },
  };
};
