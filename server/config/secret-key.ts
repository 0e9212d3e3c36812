import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The key of an installation that was given none: read from `<dataDir>/secret-key`, or made there, readable by
 * its owner alone. Two processes that start at once end up with the same one.
 * @returns 32 bytes
 */
export const keptSecretKey = (dataDir: string): Buffer => {
  const path = secretKeyPath(dataDir);
  if (!existsSync(path)) {
    mkdirSync(dataDir, { recursive: true });
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
    try {
      linkSync(draft, path);
    } catch (error) {
      if (!existsSync(path)) throw error;
    } finally {
      rmSync(draft);
    }
  }
  chmodSync(path, 0o600);
  return readKey(path);
};

/** The same where it was made before. @returns undefined where none was; makes nothing */
export const foundSecretKey = (dataDir: string): Buffer | undefined => {
  const path = secretKeyPath(dataDir);
  return existsSync(path) ? readKey(path) : undefined;
};

export const secretKeyPath = (dataDir: string): string => join(dataDir, 'secret-key');

const readKey = (path: string): Buffer => {
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'hex');
  if (key.length !== 32) throw new Error(`${path} does not hold a key of 32 bytes in hex`);
  return key;
};
