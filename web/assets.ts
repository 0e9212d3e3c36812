import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a page finds its style sheet and its scripts: addresses on this portal, `/assets/<name>-<hash>.<ext>`. */
export interface Assets {
  css: string;
  scripts: Record<string, string>;
}

/**
 * Reads what the build wrote. Everything it names lies in the same folder and is served below `/assets/`; a name
 * carries the hash of its content, so it may be cached for ever.
 * @param dir folder of the built assets, `dist/web/assets`
 * @throws Error when it has not been built
 */
export const loadAssets = (dir: string): Assets => {
  const path = join(dir, 'manifest.json');
  const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isAssets(manifest)) throw new Error(`${path} is not a manifest of assets: build again`);
  return manifest;
};

const isAssets = (value: unknown): value is Assets =>
  typeof value === 'object' &&
  value !== null &&
  'css' in value &&
  typeof value.css === 'string' &&
  'scripts' in value &&
  typeof value.scripts === 'object' &&
  value.scripts !== null &&
  Object.values(value.scripts).every((script) => typeof script === 'string');
