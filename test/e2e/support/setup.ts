import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findChromium, noChromium } from './chromium.ts';

/** Once before all of these tests: a browser must be there, and what browsers load is built from today's sources. */
export default (): void => {
  if (findChromium() === undefined) {
    console.error(noChromium);
    process.exit(1);
  }
  const root = join(import.meta.dirname, '..', '..', '..');
  const built = spawnSync(process.execPath, ['tools/build.mjs', '--assets-only'], { cwd: root });
  if (built.status !== 0) throw new Error(`The pages could not be built:\n${String(built.stderr)}`);
};
