import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** The process's environment over what `.env` in `workDir` says. Reads; changes nothing. */
export const readEnvironment = (workDir: string): Record<string, string | undefined> => {
  const path = join(workDir, '.env');
  return { ...(existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {}), ...process.env };
};
