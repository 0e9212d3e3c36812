import { ConfigError, parseConfig } from './config/config.ts';
import { readEnvironment } from './config/environment.ts';
import { createLog } from './lib/log.ts';
import { runAll } from './start/all.ts';
import { runImporter } from './start/importer.ts';
import { runPortal } from './start/portal.ts';
import { tellSupervisor } from './start/process.ts';
import { StartError } from './start/surroundings.ts';

const roles = { all: runAll, portal: runPortal, importer: runImporter };

/** `main [all|portal|importer]` */
const main = async (): Promise<void> => {
  const role = process.argv[2] ?? 'all';
  if (!Object.hasOwn(roles, role)) throw new StartError(`Expected all, portal or importer, not ${role}.`);
  const config = parseConfig(readEnvironment(process.cwd()), process.cwd());
  await roles[role as keyof typeof roles](config, createLog(config.logLevel, { role }));
};

try {
  await main();
} catch (error) {
  const expected =
    error instanceof StartError ||
    error instanceof ConfigError ||
    (error as Error).name === 'EmbeddedPostgresError';
  const words = expected ? (error as Error).message : ((error as Error).stack ?? String(error));
  if (process.send === undefined) console.error(words);
  tellSupervisor({ failed: words });
  process.exit(1);
}
