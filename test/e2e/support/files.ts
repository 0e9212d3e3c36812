import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Writes a file in which no two places look alike. @returns its SHA-256, in hexadecimal digits */
export const writeNoise = async (path: string, sizeBytes: number): Promise<string> => {
  const block = randomBytes(1024 * 1024);
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  try {
    for (let start = 0; start < sizeBytes; start += block.length) {
      block.writeDoubleLE(start, 0);
      const piece = block.subarray(0, Math.min(block.length, sizeBytes - start));
      hash.update(piece);
      await file.write(piece);
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
};

export const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
};

/** Paths of all files below a folder, relative to it. A folder that is not there has none. */
export const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
};
