import { type Cipher, createCipheriv, createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** One file that a load sends: from the disk, or made in memory from a seed before the clock starts. */
export interface LoadFile {
  name: string;
  sizeBytes: number;
  sha256: string;
  content: { path: string } | { seed: string };
}

const blockBytes = 8 * 1024 * 1024;

const cipherOf = (seed: string): Cipher =>
  createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), Buffer.alloc(16));

/** Bytes without a pattern, the same for the same seed. */
export const bytesOf = (seed: string, sizeBytes: number): Buffer =>
  cipherOf(seed).update(Buffer.alloc(sizeBytes));

/** In memory before the clock starts: how fast a program reads its disk is not what is measured. */
export const contentsOf = (files: readonly LoadFile[]): Buffer[] => {
  const read = new Map<string, Buffer>();
  return files.map(({ content, sizeBytes }) => {
    if ('seed' in content) return bytesOf(content.seed, sizeBytes);
    const known = read.get(content.path) ?? readFileSync(content.path);
    read.set(content.path, known);
    return known;
  });
};

/** @returns the SHA-256 of what was written */
export const writeRandomFile = async (path: string, sizeBytes: number): Promise<string> => {
  const cipher = cipherOf(randomBytes(32).toString('hex'));
  const zeros = Buffer.alloc(blockBytes);
  const hash = createHash('sha256');
  const file = await open(path, 'wx');
  try {
    for (let leftBytes = sizeBytes; leftBytes > 0; leftBytes -= blockBytes) {
      const block = cipher.update(leftBytes < blockBytes ? zeros.subarray(0, leftBytes) : zeros);
      hash.update(block);
      await file.writeFile(block);
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
};

/** So many files, no two alike. */
export const seededFiles = (seed: string, count: number, sizeBytes: number): LoadFile[] =>
  Array.from({ length: count }, (_, n) => {
    const content = { seed: `${seed} ${n}` };
    const sha256 = createHash('sha256').update(bytesOf(content.seed, sizeBytes)).digest('hex');
    return { name: `small-${String(n).padStart(4, '0')}.bin`, sizeBytes, sha256, content };
  });
