import type { PostgresAddress } from '../../db/client.ts';
import type { Config, NextcloudConfig } from '../config/config.ts';
import type { Log } from '../lib/log.ts';
import type { UploadLimits } from '../upload/engine.ts';

/** What a process is given by whoever starts it. */
export interface Surroundings {
  config: Config;
  database: PostgresAddress;
  /** The configured account, or the stand-in's in the demo. */
  nextcloud: NextcloudConfig;
  log: Log;
  uploadLimits?: Partial<UploadLimits>;
}
