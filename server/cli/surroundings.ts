import { findEmbeddedPostgres, startEmbeddedPostgres } from '../../db/embedded.ts';
import { composeDestinations } from '../compose/destinations.ts';
import { composeIntake } from '../compose/intake.ts';
import { composeTeller } from '../compose/telling.ts';
import { type Config, parseConfig } from '../config/config.ts';
import { readEnvironment } from '../config/environment.ts';
import type { OpenDestinations } from '../importer/open-destinations.ts';
import type { Intake } from '../intake/context.ts';
import { createLog } from '../lib/log.ts';
import type { Teller } from '../mail/notifier.ts';
import { migrateWhenReachable } from '../start/provision.ts';
import { findSurroundings } from '../start/surroundings.ts';

/** What a command works with. */
export interface CommandContext {
  config: Config;
  intake: Intake;
  destinations: OpenDestinations;
  teller: () => Promise<Teller>;
}

/**
 * Opens the installation of this folder for one command, whether it is running or not: an embedded database that
 * stands still is started for it, and stopped again.
 */
export const withInstallation = async <T>(command: (context: CommandContext) => Promise<T>): Promise<T> => {
  const config = parseConfig(readEnvironment(process.cwd()), process.cwd());
  const log = createLog(process.env.LOG_LEVEL ?? 'silent');
  const isRunning = config.databaseUrl !== undefined || (await findEmbeddedPostgres(config)) !== undefined;
  const started = isRunning ? undefined : await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  try {
    const surroundings = await findSurroundings(config, log);
    await migrateWhenReachable(surroundings.database, log);
    const { intake, close } = composeIntake(surroundings, 'command line');
    const destinations = composeDestinations(surroundings, intake);
    const tellers = composeTeller(surroundings, intake);
    try {
      return await command({ config, intake, destinations, teller: tellers.teller });
    } finally {
      await destinations.close();
      await tellers.close();
      await close();
    }
  } finally {
    await started?.stop();
  }
};
